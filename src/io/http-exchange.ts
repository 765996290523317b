/** One GET and its answer: undici tells this object what happens, and it settles once. */

import type { Dispatcher } from 'undici';
import type { HttpConnection } from './http-connection.js';
import { type HttpFailure, httpFailure } from './http-failure.js';

export interface HttpGet {
  readonly url: URL;
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
  /** Milliseconds until the whole answer must be there; waiting for room does not count. */
  readonly timeout: number;
  /** The most bytes a body may have, encoded or decoded. */
  readonly maxSize: number;
  /** Asked right before the request is written: with false it stays unsent, and settles `held`. */
  readonly mayStart: () => boolean;
  readonly room: Room;
  /** Told once what came of it, unless it is cancelled before. */
  readonly settle: (exchanged: HttpReply | HttpFailure | 'held') => void;
}

/** Where the bytes of a body find room. */
interface Room {
  /** Makes room for so many more bytes; a promise if they have to wait. */
  grow(bytes: number): Promise<void> | undefined;
  /** Takes it at once, also for bytes that were told to wait. */
  take(bytes: number): void;
}

export interface HttpReply {
  readonly status: number;
  /** The words that the server put behind the status. */
  readonly phrase: string;
  /** The value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  /** Nothing unless the status is 200 or 203: only they carry what was asked for (RFC 9110, 15.3). */
  readonly chunks: readonly Uint8Array[];
  /** Bytes of the chunks together. */
  readonly size: number;
}

/** `stale`: a kept-alive connection closed before any byte of the answer (RFC 9112, 9.3.1). */
export type Exchanged = HttpReply | HttpFailure | 'held' | 'stale';

/** Bytes of a body that nobody wants which are read, so that the connection can be kept. */
const MAX_DROPPED = 65_536;

type OnSettled = (exchanged: Exchanged, exchange: Exchange) => void;

/**
 * The methods are those of undici's first handler interface: the second makes an object of all the
 * headers of every answer, of which five are looked at.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly get: HttpGet;
  readonly #connection: HttpConnection;
  readonly #onSettled: OnSettled;
  /** When the whole answer must be there, on the clock of `performance.now()`. */
  #deadline: number;
  #pausedAt: number | undefined;
  #isSettled = false;
  #abort: ((reason?: Error) => void) | undefined;
  #readBefore = 0;
  #head: Head | undefined;
  #isWanted = false;
  #reserved = 0;
  #size = 0;
  #chunks: Buffer[] = [];

  constructor(
    get: HttpGet,
    connection: HttpConnection,
    now: number,
    timeout: number,
    onSettled: OnSettled,
  ) {
    this.get = get;
    this.#connection = connection;
    this.#deadline = now + timeout;
    this.#onSettled = onSettled;
  }

  /** Milliseconds until the whole answer must be there. */
  left(now: number): number {
    return this.#deadline - now;
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort;
    if (this.#isSettled) {
      abort(unwanted());
    } else if (this.get.mayStart()) {
      this.#readBefore = this.#connection.bytesRead;
    } else {
      this.#stop('held');
    }
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, phrase: string): boolean {
    if (status < 200) return true;
    const head = new Head(status, phrase, raw);
    this.#head = head;
    this.#isWanted = status === 200 || status === 203;
    const promised = Number(head.header('content-length') ?? 0);
    if (!this.#isWanted) {
      if (promised > MAX_DROPPED) this.#stop(head);
    } else if (promised > this.get.maxSize) {
      this.#tooBig();
    } else {
      return this.#reserve(promised, resume);
    }
    return true;
  }

  /** Where the rest of a paused answer is asked for; undici hands it out with the head only. */
  #resume: () => void = () => {};

  onData(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (!this.#isWanted) {
      if (this.#size > MAX_DROPPED) this.#stop(this.#head!);
    } else if (this.#size > this.get.maxSize) {
      this.#tooBig();
    } else {
      this.#chunks.push(chunk);
      if (this.#size > this.#reserved) {
        return this.#reserve(this.#size - this.#reserved, this.#resume);
      }
    }
    return true;
  }

  onComplete(): void {
    const head = this.#head!;
    if (this.#isWanted) head.carry(this.#chunks, this.#size);
    this.#connection.isProven = true;
    this.#settle(head);
  }

  onError(error: Error): void {
    const isStale =
      this.#abort !== undefined &&
      !this.#head &&
      this.#connection.isProven &&
      this.#connection.bytesRead === this.#readBefore;
    this.#connection.drop();
    this.#settle(isStale ? 'stale' : httpFailure(error, this.#head?.status));
  }

  /** Ends what took too long. */
  expire(now: number): void {
    if (this.#isSettled || this.#pausedAt !== undefined || this.#deadline > now) return;
    const status = this.#head && { status: this.#head.status };
    this.#stop({ failed: 'timeout', detail: 'no whole answer in time', mayPass: true, ...status });
  }

  /** Nobody is told any more. */
  cancel(): void {
    this.#isSettled = true;
    this.#close();
  }

  /** Settles, and closes the connection. */
  #stop(exchanged: Exchanged): void {
    if (this.#isSettled) return;
    // First, because undici tells of the abort at once.
    this.#isSettled = true;
    this.#close();
    this.#onSettled(exchanged, this);
  }

  #close(): void {
    this.#connection.drop();
    this.#abort?.(unwanted());
  }

  #settle(exchanged: Exchanged): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#onSettled(exchanged, this);
  }

  #tooBig(): void {
    const detail = `more than ${this.get.maxSize} bytes`;
    this.#stop({ failed: 'too-big', detail, mayPass: false, status: this.#head!.status });
  }

  /** False if the answer has to wait until there is room. */
  #reserve(bytes: number, resume: () => void): boolean {
    this.#resume = resume;
    if (bytes <= 0) return true;
    this.#reserved += bytes;
    const { room } = this.get;
    const waiting = room.grow(bytes);
    if (!waiting) return true;
    if (!this.#canWait) {
      room.take(bytes);
      return true;
    }
    this.#pausedAt = performance.now();
    waiting.then(() => {
      if (this.#isSettled) return;
      this.#deadline += performance.now() - this.#pausedAt!;
      this.#pausedAt = undefined;
      resume();
    });
    return false;
  }

  /**
   * undici 7 brings the process down (`assert(!this.paused)`, nodejs/undici#5360) when a paused
   * connection ends that was not to be kept, and such a one ends with the body.
   */
  get #canWait(): boolean {
    const head = this.#head!;
    const hasEnd =
      (head.header('content-length') ?? head.header('transfer-encoding')) !== undefined;
    return hasEnd && head.header('connection')?.toLowerCase() === 'keep-alive';
  }
}

class Head implements HttpReply {
  readonly status: number;
  readonly phrase: string;
  /** Name, value, name, value, … */
  readonly #raw: readonly Buffer[];
  chunks: readonly Uint8Array[] = [];
  size = 0;

  constructor(status: number, phrase: string, raw: readonly Buffer[]) {
    this.status = status;
    this.phrase = phrase;
    this.#raw = raw;
  }

  header(name: string): string | undefined {
    const raw = this.#raw;
    for (let i = 0; i < raw.length; i += 2) {
      if (isCalled(raw[i]!, name)) return raw[i + 1]!.toString('latin1');
    }
    return undefined;
  }

  carry(chunks: readonly Uint8Array[], size: number): void {
    this.chunks = chunks;
    this.size = size;
  }
}

/** Compared byte by byte: to make a text of every name of every answer costs more than all the rest. */
function isCalled(candidate: Buffer, name: string): boolean {
  if (candidate.length !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = candidate[i]!;
    const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte;
    if (lower !== name.charCodeAt(i)) return false;
  }
  return true;
}

function unwanted(): Error {
  return new Error('The answer is not wanted any more');
}
