/** One GET and its answer: undici tells this object what happens, and it settles one promise. */

import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import type { Cancellation } from './cancellation.js';
import { type HttpFailure, httpFailure } from './http-failure.js';

export interface HttpGet {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the whole answer must be there; waiting for room does not count. */
  readonly timeout: number;
  /** The most bytes a body may have, encoded or decoded. */
  readonly maxSize: number;
  /** Asked right before the request is written: with false it stays unsent, and settles `held`. */
  readonly mayStart: () => boolean;
  readonly room: Room;
  readonly cancellation: Cancellation;
}

/** Where the bytes of a body find room. */
interface Room {
  /** Makes room for so many more bytes; a promise if they have to wait. */
  grow(bytes: number): Promise<void> | undefined;
  /** The same for bytes that cannot wait. */
  take(bytes: number): void;
}

export interface HttpReply {
  readonly status: number;
  /** The words that the server put behind the status. */
  readonly phrase: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty unless the status is 200 or 203: only they carry what was asked for (RFC 9110, 15.3). */
  readonly body: Uint8Array;
}

/** `stale`: a kept-alive connection closed before any byte of the answer (RFC 9112, 9.3.1). */
export type Exchanged = HttpReply | HttpFailure | 'held' | 'stale';

/** Bytes of a body that nobody wants which are read, so that the connection can be kept. */
const MAX_DROPPED = 65_536;

/** Connections that have carried a whole answer. */
const proven = new WeakSet<Socket>();

let starting: Exchange | undefined;

/** To be told of `undici:client:sendHeaders`, which comes right after `onRequestStart`. */
export function onSendHeaders(message: unknown): void {
  starting?.onSocket((message as { socket: Socket }).socket);
  starting = undefined;
}

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #get: HttpGet;
  readonly #resolve: (exchanged: Exchanged) => void;
  readonly #reject: (reason: unknown) => void;
  #isSettled = false;
  #timer: NodeJS.Timeout | undefined;
  #timerStart = 0;
  /** Milliseconds left when the timer was last started. */
  #left: number;
  #controller: Dispatcher.DispatchController | undefined;
  #socket: Socket | undefined;
  #readBefore = 0;
  #head: HttpReply | undefined;
  #isWanted = false;
  #reserved = 0;
  #length = 0;
  readonly #chunks: Buffer[] = [];

  constructor(
    get: HttpGet,
    timeout: number,
    resolve: (exchanged: Exchanged) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#get = get;
    this.#left = timeout;
    this.#resolve = resolve;
    this.#reject = reject;
    get.cancellation.add(this.#onCancel);
    this.#startTimer();
  }

  /** The connection that carries the request. */
  onSocket(socket: Socket): void {
    this.#socket = socket;
    this.#readBefore = socket.bytesRead;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (!this.#isSettled && this.#get.mayStart()) starting = this;
    else this.#stop('held');
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpReply['headers'],
    phrase = '',
  ): void {
    if (status < 200) return;
    this.#head = { status, phrase, headers, body: new Uint8Array(0) };
    this.#isWanted = status === 200 || status === 203;
    const promised = Number(headers['content-length'] ?? 0);
    if (!this.#isWanted) {
      if (promised > MAX_DROPPED) this.#stop(this.#head);
    } else if (promised > this.#get.maxSize) {
      this.#tooBig();
    } else {
      this.#reserve(promised, controller);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length;
    if (!this.#isWanted) {
      if (this.#length > MAX_DROPPED) this.#stop(this.#head!);
    } else if (this.#length > this.#get.maxSize) {
      this.#tooBig();
    } else {
      this.#chunks.push(chunk);
      this.#reserve(this.#length - this.#reserved, controller);
    }
  }

  onResponseEnd(): void {
    if (this.#socket) proven.add(this.#socket);
    this.#settle({ ...this.#head!, body: this.#body() });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const socket = this.#socket;
    const isStale =
      socket && !this.#head && proven.has(socket) && socket.bytesRead === this.#readBefore;
    this.#settle(isStale ? 'stale' : httpFailure(error, this.#head?.status));
  }

  /** The body in memory of its own: a chunk is a window into what the socket read. */
  #body(): Uint8Array {
    if (!this.#isWanted) return this.#head!.body;
    const body = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    return body;
  }

  #reserve(bytes: number, controller: Dispatcher.DispatchController): void {
    if (bytes <= 0) return;
    this.#reserved += bytes;
    const { room } = this.#get;
    if (!this.#canWait) {
      room.take(bytes);
      return;
    }
    const waiting = room.grow(bytes);
    if (!waiting) return;
    controller.pause();
    this.#stopTimer();
    waiting.then(() => {
      if (this.#isSettled) return;
      this.#startTimer();
      controller.resume();
    });
  }

  /**
   * undici 7 brings the process down (`assert(!this.paused)`, nodejs/undici#5360) when a paused
   * connection ends that was not to be kept, and such a one ends with the body.
   */
  get #canWait(): boolean {
    const { headers } = this.#head!;
    const hasEnd = (headers['content-length'] ?? headers['transfer-encoding']) !== undefined;
    return hasEnd && String(headers.connection).toLowerCase() === 'keep-alive';
  }

  #tooBig(): void {
    const detail = `more than ${this.#get.maxSize} bytes`;
    this.#stop({ failed: 'too-big', detail, mayPass: false, status: this.#head!.status });
  }

  readonly #onTimeout = (): void => {
    const status = this.#head && { status: this.#head.status };
    this.#stop({ failed: 'timeout', detail: 'no whole answer in time', mayPass: true, ...status });
  };

  readonly #onCancel = (reason: unknown): void => {
    this.#reject(reason);
    this.#stop('held');
  };

  /** Settles, and closes the connection if there is one. */
  #stop(exchanged: Exchanged): void {
    this.#settle(exchanged);
    this.#controller?.abort(new Error('The answer is not wanted any more'));
  }

  #settle(exchanged: Exchanged): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#stopTimer();
    this.#get.cancellation.delete(this.#onCancel);
    this.#resolve(exchanged);
  }

  #startTimer(): void {
    this.#timerStart = performance.now();
    this.#timer = setTimeout(this.#onTimeout, this.#left);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#left = Math.max(1, this.#left - (performance.now() - this.#timerStart));
  }
}
