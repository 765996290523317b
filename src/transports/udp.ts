/** DNS over UDP (RFC 1035, 4.2.1): one connected socket, which receives from its resolver only. */

import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { IdTable } from '../dns/id-table.js';
import { MAX_QUERY, writeQuery } from '../dns/message.js';
import {
  type Connection,
  type ConnectionEvents,
  deliverMessage,
  type Query,
  randomId,
  type Transport,
} from './connection.js';
import { connectionFailure } from './connection-failure.js';
import type { Endpoint } from './endpoint.js';

const PORT = 53;

/** The most bytes of answers that may wait in the kernel for us to read them. */
const MAX_RECEIVE_BUFFER = 4 * 1024 * 1024;
/** Bytes that the kernel counts for an answer, whose own bytes are the least of them. */
const BYTES_PER_ANSWER = 2048;
/** Answers that fit into the receive buffer that every system grants unasked. */
const ANSWERS_WITHOUT_ASKING = 100;

/** Does something once for every connection that asked for it, when this turn of the event loop is over. */
class TurnEnd {
  readonly #act: (connection: UdpConnection) => void;
  #waiting: UdpConnection[] = [];

  constructor(act: (connection: UdpConnection) => void) {
    this.#act = act;
  }

  await(connection: UdpConnection): void {
    if (this.#waiting.push(connection) === 1) setImmediate(this.#actOnAll);
  }

  readonly #actOnAll = (): void => {
    const connections = this.#waiting;
    this.#waiting = [];
    let done = 0;
    try {
      for (const connection of connections) {
        done++;
        this.#act(connection);
      }
    } finally {
      // One that throws leaves the others their turn.
      for (const connection of connections.slice(done)) this.await(connection);
    }
  };
}

class UdpConnection implements Connection {
  /**
   * Node runs all that waits for a result behind every callback of its own. What all sockets of the process have
   * received in one turn of the event loop is passed on together, and what all have to send goes out together, so
   * that this happens once a turn: a tenth less CPU with one resolver, some more with many.
   */
  static readonly #deliveries = new TurnEnd((connection) => connection.#deliver());
  static readonly #flushes = new TurnEnd((connection) => connection.#flush());

  readonly #ids = new IdTable<Query>(randomId);
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  #outbox: Query[] = [];
  #inbox: Buffer[] = [];
  #isConnected = false;
  #isClosed = false;
  /** Queries in flight whose answers fit into the receive buffer. */
  #fitting = ANSWERS_WITHOUT_ASKING;

  constructor({ host, address = host, port = PORT }: Endpoint, events: ConnectionEvents) {
    this.#events = events;
    // Not `isIPv6`, whose regular expression takes Node 6 ms to compile: `isIP` needs it for IPv6 alone.
    this.#socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    this.#socket.on('error', this.#fail);
    this.#socket.on('message', this.#onMessage);
    this.#socket.on('connect', () => {
      this.#isConnected = true;
      this.#flush();
    });
    this.#socket.connect(port, address);
  }

  get room(): number {
    return this.#isClosed ? 0 : this.#ids.room;
  }

  send(query: Query): void {
    this.#ids.claim(query);
    this.#outbox.push(query);
    if (this.#isConnected && this.#outbox.length === 1) UdpConnection.#flushes.await(this);
  }

  cancel(query: Query): void {
    this.#ids.release(query);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  #flush(): void {
    const queries = this.#outbox;
    this.#outbox = [];
    if (this.#isClosed) return;
    if (this.#ids.size > this.#fitting) this.#enlarge();
    const last = queries.length - 1;
    let now = 0;
    for (let index = 0; index <= last; index++) {
      const query = queries[index] as Query;
      if (index % SENDS_A_TIME === 0) now = this.#events.onWrite();
      query.sentAt = now;
      const start = reserve();
      const end = writeQuery(slab, start, query, query.edns ? 'payload' : 'none');
      used = end;
      // A callback for each datagram costs as much as writing it. An error of the network is reported
      // by the next call on the socket. The first of a batch reports what came since the batch before,
      // the last or the next read what this one has led to.
      const isWatched = index === 0 || index === last;
      this.#socket.send(slab, start, end - start, isWatched ? this.#sent : undefined);
    }
  }

  readonly #onMessage = (bytes: Buffer): void => {
    if (this.#inbox.push(bytes) === 1) UdpConnection.#deliveries.await(this);
  };

  #deliver(): void {
    const messages = this.#inbox;
    this.#inbox = [];
    if (this.#isClosed) return;
    this.#events.onRead(messages.length < READS_A_TURN);
    for (const bytes of messages) {
      if (this.#isClosed) return;
      deliverMessage(this.#ids, this.#events, { bytes, start: 0, end: bytes.length });
    }
  }

  readonly #sent = (error: Error | null): void => {
    // A full send queue has lost this one datagram; anything else concerns the path itself.
    if (error && (error as NodeJS.ErrnoException).code !== 'ENOBUFS') this.#fail(error);
  };

  /** The network reports that nothing listens there, or that no route leads there. */
  readonly #fail = (error: Error): void => {
    if (this.#isClosed) return;
    this.close();
    this.#events.onClose(false, connectionFailure(error));
  };

  /**
   * Makes room for the answers to what is in flight, or the kernel would drop some of a burst. By need:
   * with a thousand resolvers few answers wait on each socket.
   */
  #enlarge(): void {
    const needed = 2 * this.#ids.size;
    const wanted = Math.min(needed * BYTES_PER_ANSWER, MAX_RECEIVE_BUFFER);
    this.#fitting = wanted < MAX_RECEIVE_BUFFER ? needed : Number.POSITIVE_INFINITY;
    // More than the system allows is an error on some systems, so it is halved until it is taken.
    for (let size = wanted; size > this.#socket.getRecvBufferSize(); size /= 2) {
      try {
        this.#socket.setRecvBufferSize(size);
      } catch {
        this.#fitting = Number.POSITIVE_INFINITY;
      }
    }
  }
}

/** libuv reads no more datagrams from one socket in a turn of the event loop. */
const READS_A_TURN = 32;
/** Datagrams that go out so soon one after the other that they share a time. */
const SENDS_A_TIME = 32;

/** Where the next queries of all sockets are written. */
const SLAB = 64 * 1024;
let slab = Buffer.alloc(0);
let used = SLAB;

/**
 * The offset in the slab that a query may be written to. The kernel may take a datagram later than it
 * is handed over, so no bytes are used twice: a full slab is left to the garbage collector.
 */
function reserve(): number {
  if (used + MAX_QUERY > SLAB) {
    slab = Buffer.allocUnsafeSlow(SLAB);
    used = 0;
  }
  return used;
}

/** About 200 answers fit into the receive buffer that every system grants. */
export const udp: Transport = {
  name: 'udp',
  usualPort: PORT,
  open: (endpoint, events) => new UdpConnection(endpoint, events),
  connections: 8,
  maxConnections: 8,
  queriesPerConnection: 200,
  isStream: false,
  isPaced: true,
};
