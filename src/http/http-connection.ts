/** Connections to one origin, each of which carries one request at a time. */

import type { Socket } from 'node:net';

/** What a connection tells of its request. */
export interface Carried {
  /** The connection stands: the request may be written. */
  onReady(): void;
  /** The first `length` of these bytes have come. They are overwritten afterwards. */
  onBytes(bytes: Buffer, length: number): void;
  /** The connection has ended; nothing more will come. */
  onClosed(error: Error | undefined): void;
  /** A look at the clock. */
  expire(now: number): void;
}

/**
 * Makes a socket, and gives a function that breaks off. `read` is told of every byte that comes in;
 * `made` is called once, when the socket stands or cannot be had.
 */
export type Dial = (
  read: (bytes: Buffer, length: number) => void,
  made: (error: Error | undefined, socket?: Socket) => void,
) => () => void;

/** Milliseconds: one that was idle for longer may have been forgotten by somebody on the way. */
const MAX_IDLE = 4000;

export class HttpConnection {
  readonly #pool: HttpConnections;
  readonly #breakOff: () => void;
  #socket: Socket | undefined;
  #carried: Carried | undefined;
  #error: Error | undefined;
  #isDropped = false;
  /** Whether it has carried a whole answer. */
  isProven = false;
  /** Since when it carries nothing, on the clock of `performance.now()`. */
  idleSince = 0;

  constructor(pool: HttpConnections, dial: Dial) {
    this.#pool = pool;
    this.#breakOff = dial(this.#onBytes, this.#onMade);
  }

  /** Carries a request, which is told when it can be written. */
  carry(carried: Carried): void {
    this.#carried = carried;
    if (this.#socket) carried.onReady();
  }

  write(text: string): void {
    this.#socket?.write(text, 'latin1');
  }

  /** Ends its request if that takes too long, and itself if it was idle for too long. */
  expire(now: number): void {
    if (this.#carried) this.#carried.expire(now);
    else if (now - this.idleSince >= MAX_IDLE) this.drop();
  }

  /** Nothing is read until {@link resume}. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** It is free for the next request. */
  free(): void {
    this.#carried = undefined;
    if (this.#isDropped) return;
    this.idleSince = performance.now();
    this.#pool.free(this);
  }

  /** Closes it, whatever it is doing. Nobody uses it again. */
  drop(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#carried = undefined;
    this.#pool.forget(this);
    if (this.#socket) this.#socket.destroy();
    else this.#breakOff();
  }

  /** Drops it; resolves when its socket is closed. Whoever is carried is told. */
  async close(): Promise<void> {
    const socket = this.#socket;
    const closed =
      socket && !socket.closed && new Promise<void>((resolve) => socket.once('close', resolve));
    this.#end(new Error('the client is closed'));
    await closed;
  }

  readonly #onBytes = (bytes: Buffer, length: number): void => {
    if (this.#carried) this.#carried.onBytes(bytes, length);
    // An answer to nothing: who knows what it would be taken for.
    else this.drop();
  };

  readonly #onMade = (error: Error | undefined, socket?: Socket): void => {
    if (this.#isDropped) {
      socket?.destroy();
    } else if (error || !socket) {
      this.#end(error);
    } else {
      this.#socket = socket;
      socket
        .on('error', (reason) => {
          this.#error = reason;
        })
        .once('end', () => this.#end(undefined))
        .once('close', () => this.#end(this.#error));
      this.#carried?.onReady();
    }
  };

  #end(error: Error | undefined): void {
    const carried = this.#carried;
    this.drop();
    carried?.onClosed(error);
  }
}

/** All connections to one origin. As many are made as there are requests at once. */
export class HttpConnections {
  readonly #dial: Dial;
  readonly #all = new Set<HttpConnection>();
  /** The one that was used last is used next: the others may be closed for idleness. */
  readonly #idle: HttpConnection[] = [];

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  get isIdle(): boolean {
    return this.#idle.length === this.#all.size;
  }

  take(now: number): HttpConnection {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (now - idle.idleSince < MAX_IDLE) return idle;
      idle.drop();
    }
    const connection = new HttpConnection(this, this.#dial);
    this.#all.add(connection);
    return connection;
  }

  free(connection: HttpConnection): void {
    this.#idle.push(connection);
  }

  forget(connection: HttpConnection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Ends the requests that take too long, and the connections that were idle for too long. */
  expire(now: number): void {
    for (const connection of this.#all) connection.expire(now);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((connection) => connection.close()));
  }
}
