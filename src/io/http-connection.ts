/** Connections to one origin, each of which carries one request at a time. */

import type { Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';

/** What makes sockets: undici's connector, which returns the socket, though its type does not say so. */
export type Connect = (
  options: buildConnector.Options,
  callback: buildConnector.Callback,
) => Socket | undefined;

/** One connection, made when it is first needed and again when it was closed. */
export class HttpConnection {
  readonly #pool: HttpConnections;
  readonly #client: Client;
  #socket: Socket | undefined;
  #isDropped = false;
  /** Whether the socket has carried a whole answer. */
  isProven = false;

  constructor(pool: HttpConnections, origin: string, connect: Connect) {
    this.#pool = pool;
    this.#client = new Client(origin, {
      pipelining: 1,
      // Every exchange has a deadline; these would only measure silence.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (options, callback) => {
        this.isProven = false;
        // undici itself forgets a socket that is still connecting when the client is destroyed.
        const socket = connect(options, (...made) => {
          if (made[1]) this.#keep(made[1]);
          callback(...made);
        });
        if (socket) this.#keep(socket);
      },
    });
  }

  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  /** It is free for the next request. */
  free(): void {
    if (!this.#isDropped) this.#pool.free(this);
  }

  /** Closes it, whatever it is doing. Nobody uses it again. */
  drop(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#pool.forget(this);
    // Not at once: undici may be in the middle of telling this client's requests of an error.
    queueMicrotask(() => this.#client.destroy().catch(() => {}));
    this.#socket?.destroy();
  }

  /** Drops it; resolves when its socket is closed. */
  async close(): Promise<void> {
    const socket = this.#socket;
    const closed =
      socket && !socket.closed && new Promise<void>((resolve) => socket.once('close', resolve));
    this.drop();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#socket = socket;
    if (this.#isDropped) socket.destroy();
  }
}

/** All connections to one origin. As many are made as there are requests at once. */
export class HttpConnections {
  readonly #origin: string;
  readonly #connect: Connect;
  readonly #all = new Set<HttpConnection>();
  /** The one that was used last is used next: the others may be closed for idleness. */
  readonly #idle: HttpConnection[] = [];

  constructor(origin: string, connect: Connect) {
    this.#origin = origin;
    this.#connect = connect;
  }

  get isIdle(): boolean {
    return this.#idle.length === this.#all.size;
  }

  take(): HttpConnection {
    const idle = this.#idle.pop();
    if (idle) return idle;
    const connection = new HttpConnection(this, this.#origin, this.#connect);
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

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((connection) => connection.close()));
  }
}
