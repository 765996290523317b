/** One connection, which carries one request at a time: undici's client with a socket of ours. */

import type { Socket } from 'node:net';
import type { Client, Dispatcher } from 'undici';
import type { DialRequest } from './dial.js';
import type { Carrier, Exchange } from './exchange.js';
import { ContinueFilter } from './interim.js';
import type { Undici } from './undici.js';

/** Bytes of a head. */
const MAX_HEAD = 65_536;

/** How a request is written on a connection. */
export interface RequestLine {
  readonly path: string;
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
}

/** Who has the connection. */
export interface ConnectionOwner {
  dial(how: Pick<DialRequest, 'signal' | 'onNoDescriptor'>): Promise<Socket>;
  /** The process may open no more files. */
  onNoDescriptor(): void;
  /** Its socket has ended while it carried nothing. */
  onIdleEnd(connection: Connection): void;
}

export class Connection implements Carrier {
  readonly #client: Client;
  readonly #dialing = new AbortController();
  readonly #filter = new ContinueFilter();
  #socket: Socket | undefined;
  #requests = 0;
  #isHeld = false;
  #destroyed: Promise<void> | undefined;
  #error: Error | undefined;
  /** What it carries. */
  exchange: Exchange | undefined;

  constructor({ Client }: Undici, origin: string, owner: ConnectionOwner) {
    this.#client = new Client(origin, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MAX_HEAD,
      // The agent has a clock of its own, and one that is finer.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => {
        const { signal } = this.#dialing;
        const onNoDescriptor = () => {
          // Whoever waits for a descriptor of our own must not run out of time by it.
          this.exchange?.extend();
          owner.onNoDescriptor();
        };
        owner.dial({ signal, onNoDescriptor }).then(
          (socket) => callback(null, this.#adopt(socket)),
          (error) => callback(error, null),
        );
      },
    });
    this.#client.on('disconnect', () => {
      this.#socket = undefined;
      if (!this.exchange) owner.onIdleEnd(this);
    });
  }

  get error(): Error | undefined {
    const socket = this.#socket;
    // With TLS a reset may close the socket with neither an end nor an error.
    const isBroken = socket?.destroyed && !socket.readableEnded;
    return this.#error ?? (isBroken ? new Error('the connection was reset') : undefined);
  }

  /** Whether it takes another request without being made anew. */
  get isOpen(): boolean {
    return this.#socket !== undefined && !this.#destroyed;
  }

  carry(exchange: Exchange, request: RequestLine): void {
    this.exchange = exchange;
    const { path } = request;
    const headers = request.headers as string[];
    const handler = exchange as unknown as Dispatcher.DispatchHandler;
    this.#client.dispatch({ path, method: 'GET', headers, blocking: false }, handler);
  }

  beginRequest(): boolean {
    this.#filter.begin();
    return this.#requests++ > 0;
  }

  /**
   * undici's own pause trips over a socket that fails meanwhile (an assertion, uncaught), so the
   * socket is what reads nothing.
   */
  hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    if (!isHeld) this.#socket?.emit('readable');
  }

  /** Closes it, whatever it is doing. Resolves when its socket is closed. */
  destroy(): Promise<void> {
    this.#destroyed ??= new Promise((resolve) => {
      // Not in one of undici's own callbacks, which destroying a client does not survive.
      setImmediate(() => {
        this.#dialing.abort(new Error('the connection is not needed any more'));
        this.#client.destroy().then(resolve, () => resolve());
      });
    });
    return this.#destroyed;
  }

  #adopt(socket: Socket): Socket {
    this.#socket = socket;
    this.#requests = 0;
    this.#isHeld = false;
    this.#error = undefined;
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => {
      const bytes: Buffer | null = this.#isHeld ? null : read(size);
      if (bytes) this.#filter.apply(bytes);
      return bytes;
    };
    return socket.on('error', (error) => {
      this.#error = error;
    });
  }
}
