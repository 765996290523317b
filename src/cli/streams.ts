/** Where a command reads and writes: the streams of the process, or those of a test. */

import type { Readable, Writable } from 'node:stream';
import { printable } from '../core/printable.js';
import { terminalLines } from './terminal-lines.js';

export interface Streams {
  readonly stdin: InputStream;
  /** Results. */
  readonly stdout: OutputStream;
  /** Everything that is for people. */
  readonly stderr: OutputStream;
}

export type InputStream = Readable & {
  readonly fd?: number;
  readonly isTTY?: boolean;
  unref?(): void;
};

export type OutputStream = Writable & {
  readonly fd?: number;
  readonly isTTY?: boolean;
  /** Characters of a line of the terminal. */
  readonly columns?: number;
  /** Lines of the terminal. */
  readonly rows?: number;
};

/** Opened one by one when they are used: standard input that is opened can keep a process alive. */
export const processStreams: Streams = {
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
};

/** Runs a write so that a bar on the same terminal does not stand in its way. */
type Around = (write: () => void) => void;

/** The bars that are drawn, by their stream. */
const bars = new WeakMap<OutputStream, Around>();

/** Lets lines for people go around a bar from now on. @returns to be called when the bar is gone */
export function drawnOn(stream: OutputStream, around: Around): () => void {
  bars.set(stream, around);
  return () => bars.delete(stream);
}

/** The streams on which every line is a JSON object, for programs. */
const jsonStreams = new WeakSet<OutputStream>();

/** Makes every line for people a JSON object from now on: `{"event":"note","text":"…"}`. */
export function writeJsonTo(stream: OutputStream): void {
  jsonStreams.add(stream);
}

export function carriesJson(stream: OutputStream): boolean {
  return jsonStreams.has(stream);
}

/** Writes lines for people, made safe for a terminal; nothing with `--quiet`. */
export type Say = (text: string) => void;

export function sayTo({ stderr }: Streams, isQuiet: boolean): Say {
  return (text) => {
    if (!isQuiet) tell(stderr, 'note', text);
  };
}

/** Says what `--quiet` does not hide: why a run does not end with 0. */
export function sayError({ stderr }: Streams, text: string): void {
  tell(stderr, 'error', text);
}

function tell(stderr: OutputStream, event: 'note' | 'error', text: string): void {
  const lines = text.split('\n').map(printable).join('\n');
  const line = carriesJson(stderr)
    ? JSON.stringify({ event, text: lines })
    : terminalLines(lines, stderr);
  const write = () => stderr.write(`${line}\n`);
  const around = bars.get(stderr);
  if (around) around(write);
  else write();
}
