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

/** Writes lines for people, made safe for a terminal; nothing with `--quiet`. */
export type Say = (text: string) => void;

export function sayTo({ stderr }: Streams, isQuiet: boolean): Say {
  return (text) => {
    if (isQuiet) return;
    const lines = text.split('\n').map(printable).join('\n');
    const write = () => stderr.write(`${terminalLines(lines, stderr)}\n`);
    const around = bars.get(stderr);
    if (around) around(write);
    else write();
  };
}
