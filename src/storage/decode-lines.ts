/** Lines out of a byte stream, whatever the lists of the field are written in. */

import { pipeline, Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';

/** Characters. Hardly an input has longer lines; the rest is dropped, so that memory stays bounded. */
const MAX_LINE = 65_536;

/** How the bytes of a list are to be read. */
type Encoding = 'gzip' | 'utf-8' | 'utf-16le' | 'utf-16be';

/** What a list may begin with, byte for byte. */
const SIGNATURES: readonly (readonly [bytes: string, encoding: Encoding])[] = [
  ['\x1f\x8b', 'gzip'],
  ['\xff\xfe', 'utf-16le'],
  ['\xfe\xff', 'utf-16be'],
  ['\xef\xbb\xbf', 'utf-8'],
];

/** What people feed to a line reader by mistake: better named than read as thousands of bad lines. */
const REFUSED: readonly (readonly [bytes: string, what: string])[] = [
  ['PK\x03\x04', 'a ZIP archive or a spreadsheet'],
  ['\xd0\xcf\x11\xe0', 'a document of an old office program'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive'],
  ['Rar!\x1a\x07', 'a RAR archive'],
  ['%PDF-', 'a PDF document'],
  ['SQLite format 3\0', 'an SQLite database'],
  ['\x04\x22\x4d\x18', 'compressed with LZ4'],
  // Mostly the page that came in place of a list.
  ...['<!DOCTYPE', '<!doctype', '<html', '<HTML'].map((begin) => [begin, 'a web page'] as const),
  ['\xff\xfe\0\0', 'text in UTF-32'],
  ['\0\0\xfe\xff', 'text in UTF-32'],
  ['\xfd7zXZ\0', 'compressed with xz'],
  ['\x28\xb5\x2f\xfd', 'compressed with Zstandard'],
  ...[...'123456789'].map((level) => [`BZh${level}1AY&SY`, 'compressed with bzip2'] as const),
];

/** Where a tar archive says that it is one. */
const TAR = { at: 257, mark: 'ustar' };
/** Bytes that a compressed file may have when it is read as a whole. */
const MAX_WHOLE = 256 * 1024 * 1024;

/** A whole file as text, read as {@link readLines} reads a stream. */
export function decodeText(bytes: Uint8Array, onBadLine?: (line: number) => void): string {
  const isZipped = encodingOf(bytes) === 'gzip';
  const plain = isZipped ? gunzipSync(bytes, { maxOutputLength: MAX_WHOLE }) : bytes;
  const encoding = textEncoding(encodingOf(plain));
  const text = new TextDecoder(encoding).decode(plain);
  if (encoding === 'utf-8' && onBadLine && text.includes(REPLACEMENT)) {
    const splitter = new LineSplitter(onBadLine, Number.POSITIVE_INFINITY);
    splitter.split(bufferOf(plain));
    splitter.end();
  }
  return text;
}

/** What ends a line, where its text is whole. */
export const LINE_END = /\r\n|\n|\r/;

/**
 * Yields the lines of a stream, all of one chunk at a time, without line ends (LF, CRLF or CR) and
 * without a byte order mark. A last line without an end counts. Reads UTF-8, UTF-16 and gzip, told
 * apart by their first bytes; throws an Error that names any other kind of file it recognises.
 *
 * @param onBadLine called once, with the number of the first line that is no UTF-8, as far as it is read
 * @param maxLine characters of a line, of which the rest is dropped
 */
export async function* readLines(
  stream: Readable,
  onBadLine: (line: number) => void = () => {},
  maxLine = MAX_LINE,
): AsyncGenerator<string[], void, undefined> {
  try {
    const { chunks, encoding } = await sniff(stream);
    if (encoding === 'gzip') {
      const plain = pipeline(Readable.from(chunks), createGunzip({ chunkSize: 65_536 }), () => {});
      const inner = await sniff(plain);
      yield* splitLines(inner.chunks, inner.encoding, onBadLine, maxLine);
    } else {
      yield* splitLines(chunks, encoding, onBadLine, maxLine);
    }
  } finally {
    // The pipeline would wait for a chunk that may never come before it lets go of its source.
    stream.destroy();
  }
}

/** Reads as much of a stream as tells its encoding, and gives that back together with the rest. */
async function sniff(stream: Readable) {
  const source: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let isDone = false;
  while (!isDone && mayBeSignature(head)) {
    const next = await source.next();
    if (next.done) isDone = true;
    else head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    if (head.length > 0) yield head;
    if (!isDone) yield* { [Symbol.asyncIterator]: () => source };
  }
  return { chunks: chunks(), encoding: encodingOf(head) };
}

/** Whether more bytes are needed: a pipe may deliver a byte order mark in pieces. */
function mayBeSignature(head: Uint8Array): boolean {
  const text = latin1(head);
  return [...SIGNATURES, ...REFUSED].some(
    ([bytes]) => text.length < bytes.length && bytes.startsWith(text),
  );
}

function encodingOf(head: Uint8Array): Encoding {
  const text = latin1(head);
  const refused = REFUSED.find(([bytes]) => text.startsWith(bytes));
  if (refused) throw new Error(`it is ${refused[1]}, not a list`);
  const tarEnd = TAR.at + TAR.mark.length;
  if (Buffer.from(head.subarray(TAR.at, tarEnd)).toString('latin1') === TAR.mark) {
    throw new Error('it is a tar archive, not a list');
  }
  const known = SIGNATURES.find(([bytes]) => text.startsWith(bytes));
  if (known) return known[1];
  // ASCII in UTF-16 without a mark: every other byte is NUL.
  if (/^[^\0]\0[^\0]\0/.test(text)) return 'utf-16le';
  if (/^\0[^\0]\0[^\0]/.test(text)) return 'utf-16be';
  return 'utf-8';
}

/** Gzip inside gzip is read as text: its lines are refused like any others that make no sense. */
function textEncoding(encoding: Encoding): Exclude<Encoding, 'gzip'> {
  return encoding === 'gzip' ? 'utf-8' : encoding;
}

function latin1(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('latin1', 0, 16);
}

/** The same bytes, not copied. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  encoding: Encoding,
  onBadLine: (line: number) => void,
  maxLine: number,
): AsyncGenerator<string[], void, undefined> {
  const splitter = new LineSplitter(onBadLine, maxLine);
  for await (const chunk of inUtf8(chunks, encoding)) {
    const lines = splitter.split(chunk);
    if (lines.length > 0) yield lines;
  }
  const last = splitter.end();
  if (last !== undefined) yield [last];
}

/** Without a byte order mark. */
async function* inUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding: Encoding,
): AsyncGenerator<Buffer, void, undefined> {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
    return;
  }
  let isFirst = true;
  for await (const chunk of chunks) {
    const bytes = bufferOf(chunk);
    yield isFirst && bytes.indexOf(MARK) === 0 ? bytes.subarray(MARK.length) : bytes;
    isFirst = false;
  }
}

/** The byte order mark. */
const MARK = Buffer.from('\ufeff');
/** What a decoder puts in the place of bytes that are none of UTF-8. */
const REPLACEMENT = '\ufffd';
const LF = 10;
const CR = 13;
/** The most bytes that UTF-8 needs for what is one character to JavaScript. */
const CHARACTER_BYTES = 3;

/**
 * Decodes each line by itself: a text that is cut out of another keeps all of that in memory, so that a name
 * which is remembered would keep a whole chunk of the list.
 */
class LineSplitter {
  readonly #onBadLine: (line: number) => void;
  readonly #maxLine: number;
  /** The line that no chunk has ended yet, as far as it may be long. */
  #rest = Buffer.alloc(0);
  #restBytes = 0;
  #endedInCr = false;
  #lines = 0;
  #hasBadLine = false;

  constructor(onBadLine: (line: number) => void, maxLine: number) {
    this.#onBadLine = onBadLine;
    this.#maxLine = maxLine;
  }

  /** The lines that end in this chunk. */
  split(chunk: Buffer): string[] {
    if (chunk.length === 0) return [];
    const lines: string[] = [];
    let start = this.#endedInCr && chunk[0] === LF ? 1 : 0;
    this.#endedInCr = chunk.at(-1) === CR;
    let cr = chunk.indexOf(CR, start);
    let lf = chunk.indexOf(LF, start);
    while (cr >= 0 || lf >= 0) {
      const end = lf < 0 || (cr >= 0 && cr < lf) ? cr : lf;
      lines.push(this.#line(chunk, start, end));
      start = end === cr && lf === cr + 1 ? end + 2 : end + 1;
      if (cr >= 0 && cr < start) cr = chunk.indexOf(CR, start);
      if (lf >= 0 && lf < start) lf = chunk.indexOf(LF, start);
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** A last line that nothing ends. */
  end(): string | undefined {
    return this.#restBytes > 0 ? this.#line(Buffer.alloc(0), 0, 0) : undefined;
  }

  #line(chunk: Buffer, start: number, end: number): string {
    this.#lines++;
    if (this.#restBytes === 0 && end - start <= this.#maxLine) return this.#text(chunk, start, end);
    this.#keep(chunk.subarray(start, end));
    const text = this.#text(this.#rest, 0, this.#restBytes);
    this.#restBytes = 0;
    return text;
  }

  #text(bytes: Buffer, start: number, end: number): string {
    // The bytes of what is longer may end within a character.
    const text = bytes.toString('utf8', start, end).slice(0, this.#maxLine);
    if (!this.#hasBadLine && text.includes(REPLACEMENT)) {
      // The list may have that letter itself.
      this.#hasBadLine = !bytes.subarray(start, end).includes(REPLACEMENT);
      if (this.#hasBadLine) this.#onBadLine(this.#lines);
    }
    return text;
  }

  #keep(bytes: Buffer): void {
    const wanted = this.#restBytes + bytes.length;
    const size = Math.min(wanted, CHARACTER_BYTES * (this.#maxLine + 1));
    if (size > this.#rest.length) {
      const larger = Buffer.alloc(2 * size);
      this.#rest.copy(larger);
      this.#rest = larger;
    }
    this.#restBytes += bytes.copy(this.#rest, this.#restBytes, 0, size - this.#restBytes);
  }
}
