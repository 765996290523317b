/** Where a command's lines come from: arguments, files, standard input. */

import { createReadStream, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { RunError, systemReason } from '../core/run-error.js';
import { UsageError } from '../core/usage-error.js';
import { cleanLine } from '../names/clean-domain.js';
import { readLines } from '../storage/decode-lines.js';
import type { InputStream, Say } from './streams.js';

/** How long a pipe that was not named has to show that it is meant. */
const IMPLIED_INPUT_WAIT_MS = 1000;
const READ_SIZE_BYTES = 65_536;
/** Texts that are passed on at a time: a whole chunk of a file would be counted as read at once. */
const PIECE = 256;

/** One source of lines, already opened: what can be wrong with it has been. */
export interface LineSource {
  /** How messages call it. */
  readonly label: string;
  readonly lists: Iterable<readonly string[]> | AsyncIterable<readonly string[]>;
  /** How much of it has been taken, in bytes of a file or in words; undefined where no end is known. */
  extent?(): Extent | undefined;
  /** What is to be said at the end of how it was read. */
  note?(): string | undefined;
  /** Stops a read that is under way. */
  close(): void;
}

interface Extent {
  readonly read: number;
  readonly whole: number;
}

/** The share of all sources that has been read; undefined if one of them has no known end. */
export function shareRead(sources: readonly LineSource[]): number | undefined {
  let read = 0;
  let whole = 0;
  for (const source of sources) {
    const extent = source.extent?.();
    if (!extent) return undefined;
    read += Math.min(extent.read, extent.whole);
    whole += extent.whole;
  }
  return whole > 0 ? read / whole : undefined;
}

/** Reads the lines of one source. */
interface LineReader {
  /** What the next lines say. */
  read(lines: readonly string[]): readonly string[];
  /** What is to be said at the end of how they were read. */
  note?(): string | undefined;
}

/** A reader for a source, which messages call so. */
export type LineReaderFor = (label: string) => LineReader;

/** How lines are read, and who is told that some are not UTF-8. */
export interface Reading {
  readonly readerFor: LineReaderFor;
  readonly hint: Say;
  /** Characters of a line, beyond which it is cut. */
  readonly maxLine?: number;
}

/** One item a line, comments and white space taken off. */
const plainLines: LineReaderFor = () => ({
  read(lines) {
    const texts: string[] = [];
    for (const line of lines) {
      const text = cleanLine(line);
      if (text !== undefined) texts.push(text);
    }
    return texts;
  },
});

const plainly: Reading = { readerFor: plainLines, hint: () => {} };

/** Texts that are there already. */
export function listInput(label: string, texts: readonly string[]): LineSource {
  // Its texts are taken at once, so what is left of a run depends on the other sources.
  return { label, lists: [texts], extent: () => ({ read: 0, whole: 0 }), close() {} };
}

/**
 * Opens a file, or standard input for `-`. Throws a {@link UsageError} that names the option if it
 * cannot be read.
 */
export function openInput(
  option: string,
  path: string,
  stdin: InputStream,
  reading = plainly,
): LineSource {
  if (path === '-') return standardInput(stdin, reading);
  try {
    if (statSync(path).isDirectory()) throw new Error('it is a folder');
    const stream = createReadStream(path, {
      fd: openSync(path, 'r'),
      highWaterMark: READ_SIZE_BYTES,
    });
    const before = statSync(path);
    const source = streamInput(`\`${path}\``, stream, reading, before);
    return { ...source, lists: unchanged(source.lists, path, before) };
  } catch (error) {
    throw new UsageError(
      `Expected \`${option}\` to be a readable file or -, got \`${path}\`: ${systemReason(error)}`,
    );
  }
}

/**
 * Throws a RunError at the end of a file that was written to while it was read: lines of it may have been left out,
 * read twice or cut in two. A file that was put into its place is another one, and no matter.
 */
async function* unchanged(
  lists: LineSource['lists'],
  path: string,
  before: Stats,
): AsyncGenerator<readonly string[]> {
  yield* lists;
  const after = statSync(path, { throwIfNoEntry: false });
  if (!before.isFile() || after?.ino !== before.ino) return;
  if (after.size === before.size && after.mtimeMs === before.mtimeMs) return;
  throw new RunError(
    `\`${path}\` was written to while it was read, so lines of it may be missing or torn: ` +
      'run again; a new list is best written under another name and moved into place',
  );
}

function standardInput(stdin: InputStream, reading: Reading): LineSource {
  const stats = stdin.fd === undefined ? undefined : fstatSync(stdin.fd);
  return streamInput('standard input', stdin, reading, stats);
}

function streamInput(
  label: string,
  stream: Readable & { readonly bytesRead?: number },
  { readerFor, hint, maxLine }: Reading,
  stats: Stats | undefined,
): LineSource {
  const whole = stats?.isFile() ? stats.size : undefined;
  let read = 0;
  const reader = readerFor(label);
  async function* lists(): AsyncGenerator<readonly string[]> {
    const lines = readLines(stream, (line) => hint(notUtf8(label, line)), maxLine);
    for await (const texts of contentLines(label, lines, reader)) {
      const before = read;
      // What waits in the stream has been read from the file, and not been taken.
      const end = (stream.bytesRead ?? 0) - stream.readableLength;
      for (let i = 0; i < texts.length; i += PIECE) {
        read = before + (end - before) * Math.min(1, (i + PIECE) / texts.length);
        yield texts.slice(i, i + PIECE);
      }
      read = end;
    }
  }
  return {
    label,
    lists: lists(),
    extent: () => (whole === undefined ? undefined : { read, whole }),
    note: () => reader.note?.(),
    close: () => stream.destroy(),
  };
}

/** What the lines say. */
async function* contentLines(
  label: string,
  lists: AsyncIterable<readonly string[]>,
  reader: LineReader,
): AsyncGenerator<readonly string[]> {
  try {
    for await (const lines of lists) yield reader.read(lines);
  } catch (error) {
    throw new RunError(`cannot read ${label}: ${systemReason(error)}`);
  }
}

/** What is said of a source with a line that is not UTF-8. */
export function notUtf8(label: string, line: number): string {
  return `${label} is not UTF-8 (first in line ${line}); \`iconv -f ISO-8859-1 -t UTF-8\` converts it, if it is Latin-1`;
}

/**
 * Standard input that was not named: read if it is a file, or a pipe on which something (or its end)
 * arrives soon. A pipe that stays silent is left alone, with a line that says so.
 *
 * @param instead what the line says of what is done then, and of how to name standard input
 */
export async function impliedInput(
  stdin: InputStream,
  warn: Say,
  instead: string,
  reading = plainly,
): Promise<LineSource | undefined> {
  if (stdin.fd === undefined) return undefined;
  const kind = fstatSync(stdin.fd);
  if (!kind.isFIFO() && !kind.isFile()) return undefined;
  if (await shows(stdin)) return standardInput(stdin, reading);
  stdin.pause();
  // A pipe is a socket to Node: only referenced ones keep the process alive.
  stdin.unref?.();
  warn(`nothing came on standard input within a second, so it is not read, and ${instead}`);
  return undefined;
}

function shows(stream: Readable): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (shown: boolean) => {
      clearTimeout(timer);
      stream.off('readable', onReadable);
      resolve(shown);
    };
    const onReadable = () => end(true);
    const timer = setTimeout(end, IMPLIED_INPUT_WAIT_MS, false);
    stream.on('readable', onReadable);
  });
}

/** A run that is stopped reads no further. */
export function closeOnAbort(inputs: readonly LineSource[], signal: AbortSignal): void {
  signal.addEventListener('abort', () => {
    for (const input of inputs) input.close();
  });
}

/** All inputs as one stream of lists, one after the other; `onEnd` is called after the last. */
export async function* joinInputs(
  inputs: readonly LineSource[],
  onEnd: () => void,
): AsyncGenerator<readonly string[], void, undefined> {
  for (const { lists } of inputs) yield* lists;
  onEnd();
}
