/** One request and its answer: undici calls this object with what arrives, and it settles once. */

import { tooBig } from './decode-body.js';
import { type HttpFailure, httpFailure, isClosedByPeer } from './failure.js';
import { type Head, headerValues, Reply, type Room } from './reply.js';

/** How much of an answer is waited for, and read. */
export interface RequestOptions {
  /** Milliseconds, each: for the connection, for the head, and for any silence in the body. */
  readonly timeoutMs: number;
  /** Bytes of the largest body, as it is sent. */
  readonly maxSize: number;
  /** Whether the body of an answer with this status is of use (of every status). */
  readonly wantsBody?: (status: number) => boolean;
  readonly room?: Room | undefined;
  /** Asked when the request is about to be written: with `false` it is not, and `not-sent` comes back. */
  readonly mayStart?: () => boolean;
}

export type Outcome = Reply | HttpFailure;

/** The connection that carries a request. */
export interface Carrier {
  /** Why its socket failed, if it did. */
  readonly error: Error | undefined;
  /** Counts a request that is about to be written; whether its socket has carried one before. */
  beginRequest(): boolean;
  /** Stops or goes on reading from the socket. */
  hold(isHeld: boolean): void;
  /** Ends the socket. */
  destroy(): void;
}

/** Bytes of an unwanted body that are read, so that its connection can be kept. */
const MAX_DISCARDED = 65_536;
/** Interim answers (RFC 9110, 15.2) before the one that counts. */
const MAX_INTERIM = 50;

/** Thrown where a request is about to be written and must not be: its connection is kept. */
const NOT_SENT = new Error('not sent');

const NOTHING = Buffer.alloc(0);

/** What came of a request that `mayStart` forbade. */
export type NotSent = 'not-sent';

/** Why a request did not settle with a reply or a failure: `stale` is asked again at once. */
export type Unsettled = NotSent | 'stale';

/** The callbacks are undici's `Dispatcher.DispatchHandler`; HTTP itself is its work. */
export class Exchange {
  readonly #options: RequestOptions;
  readonly #carrier: Carrier;
  readonly #settle: (outcome: Outcome | Unsettled) => void;
  /** When the next byte is due, on the clock of `performance.now()`. */
  #dueAt: number;
  #phase: 'connection' | 'head' | 'body' = 'connection';
  #hasSettled = false;
  #isReused = false;
  #hasBegun = false;
  #interim = 0;
  #head: Head | undefined;
  #isWanted = false;
  #size = 0;
  #reserved = 0;
  readonly #pieces: Buffer[] = [];
  /** While bytes wait for room. */
  #waiting: Promise<void> | undefined;
  #isComplete = false;

  constructor(
    options: RequestOptions,
    carrier: Carrier,
    settle: (outcome: Outcome | Unsettled) => void,
  ) {
    this.#options = options;
    this.#carrier = carrier;
    this.#settle = settle;
    this.#dueAt = performance.now() + options.timeoutMs;
  }

  /** Right before the request is written. */
  onConnect(): void {
    if (this.#hasSettled || this.#options.mayStart?.() === false) throw NOT_SENT;
    this.#isReused = this.#carrier.beginRequest();
    this.#phase = 'head';
    this.extend();
  }

  onResponseStarted(): void {
    this.#hasBegun = true;
  }

  onHeaders(status: number, headers: Buffer[], _resume: () => void, phrase: string): boolean {
    this.extend();
    if (status < 200) {
      if (status === 101) this.#malformed('it changes the protocol');
      else if (++this.#interim > MAX_INTERIM) this.#malformed('too many interim answers');
      return true;
    }
    this.#phase = 'body';
    this.#head = { status, phrase, headers };
    const { wantsBody, maxSize } = this.#options;
    this.#isWanted = wantsBody?.(status) ?? true;
    // We ask for no other transfer coding, so a server may not use one (RFC 9110, 10.1.4).
    const codings = headerValues(headers, 'transfer-encoding');
    if (codings.length > 0 && codings.join().trim().toLowerCase() !== 'chunked') {
      this.#malformed('an unknown transfer coding');
      return true;
    }
    const promised = Number(headerValues(headers, 'content-length')[0] ?? 0);
    if (!this.#isWanted) {
      if (promised > MAX_DISCARDED) this.stop(new Reply(this.#head, NOTHING));
    } else if (promised > maxSize) {
      this.stop(tooBig(maxSize, status));
    } else {
      this.#reserve(promised);
    }
    return true;
  }

  onData(bytes: Buffer): boolean {
    if (this.#hasSettled) return true;
    this.extend();
    this.#size += bytes.length;
    if (!this.#isWanted) {
      if (this.#size > MAX_DISCARDED) this.stop(new Reply(this.#head!, NOTHING));
    } else if (this.#size > this.#options.maxSize) {
      this.stop(tooBig(this.#options.maxSize, this.#head!.status));
    } else {
      this.#pieces.push(bytes);
      this.#reserve(this.#size);
    }
    return true;
  }

  onComplete(): void {
    if (this.#hasSettled) return;
    // undici takes a reset as well for the end of a body whose length was not promised.
    if (this.#carrier.error) {
      this.onError(this.#carrier.error);
      return;
    }
    this.#isComplete = true;
    this.#carrier.hold(false);
    if (!this.#waiting) this.#end(this.#reply);
  }

  onError(error: Error): void {
    if (this.#hasSettled || this.#isComplete) return;
    if (error === NOT_SENT) this.#end('not-sent');
    else if (this.#isReused && !this.#hasBegun && isClosedByPeer(error)) this.#end('stale');
    else {
      const failure = httpFailure(this.#carrier.error ?? error, this.#head?.status);
      this.#end({ ...failure, wasSent: this.#phase !== 'connection' });
    }
  }

  /** The next byte has the whole time-out from now on. */
  extend(): void {
    this.#dueAt = performance.now() + this.#options.timeoutMs;
  }

  /** Ends what took too long. */
  expire(now: number): void {
    if (this.#hasSettled || this.#waiting || now < this.#dueAt) return;
    const seconds = this.#options.timeoutMs / 1000;
    const detail = {
      connection: `no connection within ${seconds} s`,
      head: `no answer within ${seconds} s`,
      body: `no byte of the answer for ${seconds} s`,
    }[this.#phase];
    const status = this.#head?.status;
    this.stop({ failed: 'timeout', detail, isTransient: true, status, remedy: 'time' });
  }

  get #reply(): Reply {
    const [first = NOTHING] = this.#pieces;
    const body = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first;
    return new Reply(this.#head!, body);
  }

  #malformed(what: string): void {
    const detail = `the answer is malformed: ${what}`;
    const status = this.#head?.status;
    this.stop({ failed: 'malformed', detail, isTransient: false, status });
  }

  /** Settles, and ends the connection. */
  stop(outcome: Outcome): void {
    if (this.#hasSettled) return;
    if (!this.#isComplete) this.#carrier.destroy();
    this.#end(outcome);
  }

  #end(outcome: Outcome | Unsettled): void {
    if (this.#hasSettled) return;
    this.#hasSettled = true;
    this.#settle(outcome);
  }

  /** Makes room for so many bytes of the body; nothing more is read until it is there. */
  #reserve(size: number): void {
    if (this.#waiting || size <= this.#reserved) return;
    this.#waiting = this.#options.room?.grow(size - this.#reserved);
    this.#reserved = size;
    if (!this.#waiting) return;
    this.#carrier.hold(true);
    this.#waiting.then(() => this.#onRoom());
  }

  #onRoom(): void {
    this.#waiting = undefined;
    if (this.#hasSettled) return;
    // What was read with the bytes that had to wait needs room as well.
    this.#reserve(this.#size);
    if (this.#waiting) return;
    this.extend();
    if (this.#isComplete) this.#end(this.#reply);
    else this.#carrier.hold(false);
  }
}
