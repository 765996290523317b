/** What of the bytes on a connection is the body of an answer, and where it ends (RFC 9112, 6 and 7). */

import type { Framing } from './http-head.js';

/** Is given the body, piece by piece. */
export interface BodyTaker {
  take(bytes: Buffer, from: number, to: number): void;
}

export interface BodyReader {
  /** All of it has come. */
  readonly isWhole: boolean;
  /** It is not what its head said that it would be. */
  readonly isBroken: boolean;
  /** Reads on in bytes `from` to `to`; gives the place after the last that belongs to the body. */
  read(bytes: Buffer, from: number, to: number, taker: BodyTaker): number;
}

export function openBody(framing: Framing): BodyReader {
  if (framing === 'chunked') return new ChunkedBody();
  return new PlainBody(framing === 'close' ? Number.POSITIVE_INFINITY : framing);
}

/** So many bytes; Infinity is until the connection ends. */
class PlainBody implements BodyReader {
  readonly isBroken = false;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get isWhole(): boolean {
    return this.#left === 0;
  }

  read(bytes: Buffer, from: number, to: number, taker: BodyTaker): number {
    const end = Math.min(to, from + this.#left);
    if (end > from) taker.take(bytes, from, end);
    this.#left -= end - from;
    return end;
  }
}

/** Characters of the lines that say how long a chunk is, of one and of all that follow the last. */
const MAX_LINE = 4096;
const MAX_TRAILERS = 65_536;

const LF = 10;

/** Chunks, each with its length before it; extensions and trailers are passed over (RFC 9112, 7.1). */
class ChunkedBody implements BodyReader {
  isWhole = false;
  isBroken = false;
  /** Bytes left of this chunk. */
  #left = 0;
  #awaited: 'size' | 'end of chunk' | 'trailer' = 'size';
  #line = '';
  #trailers = 0;

  read(bytes: Buffer, from: number, to: number, taker: BodyTaker): number {
    let at = from;
    while (at < to && !this.isWhole && !this.isBroken) {
      if (this.#left > 0) {
        const end = Math.min(to, at + this.#left);
        taker.take(bytes, at, end);
        this.#left -= end - at;
        at = end;
      } else {
        at = this.#readLine(bytes, at, to);
      }
    }
    return at;
  }

  #readLine(bytes: Buffer, from: number, to: number): number {
    let end = from;
    while (end < to && bytes[end] !== LF) end++;
    this.#line += bytes.toString('latin1', from, end);
    if (this.#line.length > MAX_LINE) this.isBroken = true;
    if (end === to) return to;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    this.#onLine(line);
    return end + 1;
  }

  #onLine(line: string): void {
    if (this.#awaited === 'size') {
      const [, size] = /^([\da-f]{1,12})[ \t]*(?:;|$)/i.exec(line) ?? [];
      this.#left = Number.parseInt(size ?? '', 16);
      this.isBroken ||= size === undefined;
      this.#awaited = this.#left === 0 ? 'trailer' : 'end of chunk';
    } else if (this.#awaited === 'end of chunk') {
      this.isBroken ||= line !== '';
      this.#awaited = 'size';
    } else {
      this.isWhole = line === '';
      this.#trailers += line.length;
      this.isBroken ||= this.#trailers > MAX_TRAILERS;
    }
  }
}
