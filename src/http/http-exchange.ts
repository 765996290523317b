/** One GET and its answer: its connection tells this object what comes, and it settles once. */

import { Gathering } from './body-buffer.js';
import { type BodyReader, type BodyTaker, openBody } from './http-body.js';
import type { Carried, HttpConnection } from './http-connection.js';
import { type HttpFailure, httpFailure } from './http-failure.js';
import { type HttpHead, readHead } from './http-head.js';

export interface HttpGet {
  readonly url: URL;
  /** Header lines, each with its CR LF. */
  readonly headers: string;
  /** Milliseconds until the whole answer must be there; waiting for room does not count. */
  readonly timeout: number;
  /** The most bytes a body may have, encoded or decoded. */
  readonly maxSize: number;
  /** Asked right before the request is written: with false it stays unsent, and settles `held`. */
  mayStart(): boolean;
  readonly room: Room;
  /** Told once what came of it, unless it is cancelled before. */
  settle(exchanged: HttpReply | HttpFailure | 'held'): void;
}

/** Where the bytes of a body find room. */
interface Room {
  /** Makes room for so many more bytes; a promise if they have to wait. */
  grow(bytes: number): Promise<void> | undefined;
}

export interface HttpReply {
  readonly head: Pick<HttpHead, 'status' | 'phrase' | 'header' | 'list'>;
  /** Nothing unless the status is 200 or 203: only they carry what was asked for (RFC 9110, 15.3). */
  readonly body: Uint8Array;
}

/** `stale`: a kept-alive connection closed before any byte of the answer (RFC 9112, 9.3.1). */
export type Exchanged = HttpReply | HttpFailure | 'held' | 'stale';

/** Bytes of a body that nobody wants which are read, so that the connection can be kept. */
const MAX_DROPPED = 65_536;

const NOTHING = new Uint8Array(0);

/** Bytes of a head, with those of the interim answers before it (RFC 9110, 15.2). */
const MAX_HEAD = 65_536;

/** Whoever asked for an exchange. */
export interface ExchangeOwner {
  exchanged(exchange: Exchange, what: Exchanged): void;
}

export class Exchange implements Carried, BodyTaker {
  readonly get: HttpGet;
  readonly #owner: ExchangeOwner;
  readonly #request: string;
  /** When the whole answer must be there, on the clock of `performance.now()`. */
  #deadline: number;
  #connection!: HttpConnection;
  #isCancelled = false;
  #isWritten = false;
  #hasHeard = false;
  #isSettled = false;
  #pausedAt: number | undefined;
  /** The beginning of a head that has not come whole. */
  #begun: Buffer | undefined;
  #headSize = 0;
  #head: HttpHead | undefined;
  #body: BodyReader | undefined;
  #isWanted = false;
  /** The connection takes no other request after this one. */
  #isLast = false;
  #reserved = 0;
  /** Bytes of the body, wanted or not. */
  #size = 0;
  #gathering: Gathering | undefined;

  /** @param request the whole request */
  constructor(get: HttpGet, request: string, deadline: number, owner: ExchangeOwner) {
    this.get = get;
    this.#request = request;
    this.#deadline = deadline;
    this.#owner = owner;
  }

  /** Asks on this connection: the first, or another after a stale one. */
  begin(connection: HttpConnection): void {
    this.#connection = connection;
    this.#isWritten = false;
    connection.carry(this);
  }

  /** Ends it without a connection. */
  turnAway(failure: HttpFailure): void {
    this.#isSettled = true;
    this.get.settle(failure);
  }

  get isOver(): boolean {
    return this.#isSettled;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  onReady(): void {
    if (this.get.mayStart()) {
      this.#isWritten = true;
      this.#connection.write(this.#request);
    } else {
      this.#settle('held');
    }
  }

  onBytes(bytes: Buffer, length: number): void {
    this.#hasHeard = true;
    if (this.#head) this.#readBody(bytes, 0, length);
    else if (this.#begun) this.#readHead(Buffer.concat([this.#begun, bytes.subarray(0, length)]));
    else this.#readHead(bytes, length);
  }

  #readHead(bytes: Buffer, length = bytes.length): void {
    this.#begun = undefined;
    for (let at = 0; !this.#isSettled; ) {
      const head = readHead(bytes, at, length);
      const size = typeof head === 'object' ? head.size : length - at;
      if (this.#headSize + size > MAX_HEAD) {
        this.#malformed(`its head has more than ${MAX_HEAD} bytes`);
      } else if (typeof head === 'string') {
        this.#malformed(`its head has ${head}`);
      } else if (head === undefined) {
        this.#begun = Buffer.from(bytes.subarray(at, length));
        return;
      } else {
        this.#headSize += size;
        at += size;
        this.#onHead(head);
        if (this.#head) {
          this.#readBody(bytes, at, length);
          return;
        }
      }
    }
  }

  #onHead(head: HttpHead): void {
    if (head.status === 101) {
      this.#malformed('it changes the protocol');
    } else if (head.status >= 200) {
      this.#head = head;
      this.#expectBody(head);
    }
    // Other interim answers announce one that follows (RFC 9110, 15.2).
  }

  #expectBody(head: HttpHead): void {
    const { framing } = head;
    if (framing === undefined) {
      this.#malformed('where it ends is not to be told');
      return;
    }
    this.#body = openBody(framing);
    this.#isLast = framing === 'close' || !head.isKept;
    this.#isWanted = head.status === 200 || head.status === 203;
    const promised = typeof framing === 'number' ? framing : 0;
    if (!this.#isWanted) {
      if (promised > MAX_DROPPED) this.#stop(this.#reply);
    } else if (promised > this.get.maxSize) {
      this.#tooBig();
    } else {
      this.#gathering = new Gathering(promised);
      this.#reserve(promised);
    }
  }

  #readBody(bytes: Buffer, from: number, to: number): void {
    const body = this.#body;
    if (!body || this.#isSettled) return;
    const end = body.read(bytes, from, to, this);
    if (this.#isSettled) return;
    if (body.isBroken) {
      this.#malformed('a chunk of it is none');
      return;
    }
    if (this.#isWanted) this.#reserve(this.#size);
    if (!body.isWhole) return;
    // What nobody asked for would be taken for the next answer.
    if (end < to) this.#isLast = true;
    if (this.#pausedAt === undefined) this.#complete();
  }

  take(bytes: Buffer, from: number, to: number): void {
    if (this.#isSettled) return;
    this.#size += to - from;
    if (!this.#isWanted) {
      if (this.#size > MAX_DROPPED) this.#stop(this.#reply);
    } else if (this.#size > this.get.maxSize) {
      this.#tooBig();
    } else {
      this.#gathering?.add(bytes, from, to);
    }
  }

  onClosed(error: Error | undefined): void {
    // All of it is there, and waits for room only.
    if (this.#isSettled || this.#body?.isWhole) return;
    const status = this.#head?.status;
    if (!error && this.#head?.framing === 'close') this.#complete();
    else if (this.#isStale) this.#owner.exchanged(this, 'stale');
    else this.#settle(httpFailure(error ?? new Error(closedEarly(status)), status));
  }

  get #isStale(): boolean {
    return this.#isWritten && !this.#hasHeard && this.#connection.isProven;
  }

  /** Ends what took too long. */
  expire(now: number): void {
    if (this.#isSettled || this.#pausedAt !== undefined || this.#deadline > now) return;
    const status = this.#head && { status: this.#head.status };
    this.#stop({ failed: 'timeout', detail: 'no whole answer in time', mayPass: true, ...status });
  }

  /** Nobody is told any more. */
  cancel(): void {
    this.#isCancelled = true;
    // While its body is decoded, the connection is another's already.
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#connection.drop();
  }

  get #reply(): HttpReply {
    return { head: this.#head!, body: this.#gathering?.bytes ?? NOTHING };
  }

  #complete(): void {
    this.#connection.isProven = true;
    if (this.#isLast) this.#connection.drop();
    this.#settle(this.#reply);
  }

  /** Settles, and closes the connection. */
  #stop(exchanged: Exchanged): void {
    this.#connection.drop();
    this.#settle(exchanged);
  }

  #settle(exchanged: Exchanged): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#connection.free();
    this.#owner.exchanged(this, exchanged);
  }

  #malformed(what: string): void {
    const status = this.#head && { status: this.#head.status };
    const detail = `the answer is malformed: ${what}`;
    this.#stop({ failed: 'malformed', detail, mayPass: false, ...status });
  }

  #tooBig(): void {
    const detail = `more than ${this.get.maxSize} bytes`;
    this.#stop({ failed: 'too-big', detail, mayPass: false, status: this.#head!.status });
  }

  /** Makes room for so many bytes of the body; nothing more is read until it is there. */
  #reserve(size: number): void {
    if (this.#pausedAt !== undefined || size <= this.#reserved) return;
    const waiting = this.get.room.grow(size - this.#reserved);
    this.#reserved = size;
    if (!waiting) return;
    this.#pausedAt = performance.now();
    this.#connection.pause();
    waiting.then(() => this.#onRoom());
  }

  #onRoom(): void {
    if (this.#isSettled) return;
    this.#deadline += performance.now() - this.#pausedAt!;
    this.#pausedAt = undefined;
    // With TLS, some more comes after the pause.
    this.#reserve(this.#size);
    if (this.#pausedAt !== undefined) return;
    this.#connection.resume();
    if (this.#body!.isWhole) this.#complete();
  }
}

function closedEarly(status: number | undefined): string {
  return status === undefined
    ? 'the connection was closed before an answer'
    : 'the connection was closed in the middle of the answer';
}
