/** DNS over HTTPS (RFC 8484): each question a POST, many at a time on one HTTP/2 connection. */

// By the name of its file: by that of the package, Bun gives a stand-in of its own.
import { type buildConnector, Client, type Dispatcher } from 'undici/index.js';
import { MAX_QUERY, matchQuestion, writeQuery } from '../dns/message.js';
import { retryAfter } from '../http/retry-after.js';
import {
  type Connection,
  type ConnectionEvents,
  type Failure,
  malformed,
  type Query,
  readAnswer,
  type Transport,
} from './connection.js';
import { type ConnectionFailure, connectionFailure } from './connection-failure.js';
import type { Endpoint } from './endpoint.js';
import { openSecureSocket } from './secure-socket.js';

const PORT = 443;
/** Questions at a time on one HTTP/2 connection: what most servers allow (RFC 9113, 6.5.2). */
const STREAMS = 100;
/** Connections to a server that speaks only HTTP/1.1, each with one question at a time. */
const CONNECTIONS = 16;
/** Bytes of the longest DNS message. */
const MAX_BODY = 65_535;
const MEDIA_TYPE = 'application/dns-message';

export const https: Transport = {
  name: 'https',
  usualPort: PORT,
  open: (to, events) => new HttpsConnection(to, events),
  connections: 1,
  maxConnections: 1,
  queriesPerConnection: STREAMS,
  isStream: true,
  isPaced: true,
};

/** One connection over HTTP/2; over HTTP/1.1 several, which are closed together. */
class HttpsConnection implements Connection {
  readonly #to: Endpoint;
  readonly #events: ConnectionEvents;
  readonly #origin: string;
  readonly #clients: Client[] = [];
  /** HTTP/1.1: the clients without a request. */
  readonly #idle: Client[] = [];
  readonly #sockets = new Set<{ destroy(): void }>();
  readonly #requests = new Map<Query, Request>();
  #waiting: Query[] = [];
  /** Unknown until the first connection stands. */
  #protocol: 'h2' | 'http/1.1' | undefined;
  #isClosed = false;

  constructor(to: Endpoint, events: ConnectionEvents) {
    this.#to = to;
    this.#events = events;
    const { host, port = PORT } = to;
    this.#origin = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  get room(): number {
    if (this.#isClosed) return 0;
    const all = this.#protocol === 'http/1.1' ? CONNECTIONS : STREAMS;
    return all - this.#requests.size - this.#waiting.length;
  }

  send(query: Query): void {
    this.#waiting.push(query);
    this.#pump();
  }

  cancel(query: Query): void {
    const request = this.#requests.get(query);
    this.#requests.delete(query);
    if (request) request.abort();
    else this.#waiting = this.#waiting.filter((each) => each !== query);
  }

  close(): void {
    this.#isClosed = true;
    // This may run inside one of undici's callbacks, where its bookkeeping is half done: a client that
    // is destroyed there fails its assertions.
    setImmediate(() => {
      for (const client of this.#clients) client.destroy().catch(() => {});
      // undici does not close a socket that is still connecting.
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #pump(): void {
    while (this.#waiting.length > 0) {
      const client = this.#free();
      if (!client) return;
      this.#ask(this.#waiting.shift() as Query, client);
    }
  }

  /** A client that can take one more request. */
  #free(): Client | undefined {
    const [first] = this.#clients;
    if (!first) return this.#newClient();
    if (this.#protocol === 'h2') return this.#requests.size < STREAMS ? first : undefined;
    // The first request goes out alone: its connection tells which protocol the server speaks.
    if (this.#protocol === undefined) return undefined;
    return this.#idle.pop() ?? (this.#clients.length < CONNECTIONS ? this.#newClient() : undefined);
  }

  #newClient(): Client {
    const client: Client = new Client(this.#origin, {
      allowH2: true,
      // The scheduler times out queries itself.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => this.#connect(client, callback),
    });
    this.#clients.push(client);
    return client;
  }

  #connect(client: Client, callback: buildConnector.Callback): void {
    const socket = openSecureSocket(this.#to, {
      usualPort: PORT,
      protocols: ['h2', 'http/1.1'],
    });
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const onError = (error: Error) => {
      this.#break(connectionFailure(error));
      callback(error, null);
    };
    socket.once('error', onError);
    socket.once('secureConnect', () => {
      socket.off('error', onError);
      this.#protocol = socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1';
      if (this.#protocol === 'h2') client.pipelining = STREAMS;
      callback(null, socket);
      this.#pump();
      this.#events.onOpen();
    });
  }

  #ask(query: Query, client: Client): void {
    // Id 0, so that caches see equal questions as equal (RFC 8484, 4.1).
    query.id = 0;
    const body = Buffer.allocUnsafe(MAX_QUERY);
    const length = writeQuery(body, 0, query, 'none');
    const request = new Request({
      ended: (answer) => {
        if (this.#requests.delete(query)) this.#events.onAnswer(query, answer(query));
      },
      released: () => {
        if (this.#isClosed) return;
        if (this.#protocol !== 'h2') this.#idle.push(client);
        this.#pump();
      },
      broke: () => this.#break(),
    });
    this.#requests.set(query, request);
    // POST is shorter than GET, and a cache on the way would not help: the names of a list differ.
    // All headers but the length are equal each time, which HPACK encodes in a few bytes.
    client.dispatch(
      {
        path: this.#to.path ?? '/',
        method: 'POST',
        headers: { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE },
        body: body.subarray(0, length),
        idempotent: true,
      },
      request,
    );
  }

  #break(failure?: ConnectionFailure): void {
    if (this.#isClosed) return;
    this.close();
    this.#events.onClose(this.#protocol !== undefined, failure);
  }
}

interface RequestEvents {
  /** The response is whole, or never will be. */
  ended(answer: (query: Query) => ReturnType<typeof readAnswer>): void;
  /** The client can take another request. */
  released(): void;
  /** The connection broke. */
  broke(): void;
}

/** undici's handler for the request of one query. */
class Request implements Dispatcher.DispatchHandler {
  readonly #events: RequestEvents;
  #controller: Dispatcher.DispatchController | undefined;
  #isAborted = false;
  #failure: Failure | undefined;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(events: RequestEvents) {
    this.#events = events;
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort(new Error('The query was dropped'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isAborted) this.abort();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    if (status >= 300) {
      const wait = retryAfter(one(headers['retry-after']), one(headers.date), Date.now());
      this.#failure = {
        failed: 'http',
        httpStatus: status,
        ...(wait === undefined ? undefined : { retryAfter: wait }),
      };
    } else if (!isDnsMessage(one(headers['content-type']))) {
      this.#failure = malformed;
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size <= MAX_BODY) {
      this.#chunks.push(chunk);
    } else if (!this.#isAborted) {
      const failure = this.#failure ?? malformed;
      this.#events.ended(() => failure);
      this.abort();
    }
  }

  onResponseEnd(): void {
    const failure = this.#failure;
    const [first = Buffer.alloc(0)] = this.#chunks;
    const bytes = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first;
    this.#events.ended((query) => failure ?? answerIn(bytes, query));
    this.#events.released();
  }

  onResponseError(): void {
    if (this.#isAborted) this.#events.released();
    else this.#events.broke();
  }
}

function answerIn(bytes: Buffer, query: Query): ReturnType<typeof readAnswer> {
  const match = matchQuestion(bytes, 0, bytes.length, query.question);
  if (match === 'other' || bytes.readUInt16BE(0) !== 0) return malformed;
  return readAnswer(query, match, { bytes, start: 0, end: bytes.length });
}

/** The first value of a header that came more than once. */
function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function isDnsMessage(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === MEDIA_TYPE;
}
