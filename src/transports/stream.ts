/**
 * DNS over a byte stream (RFC 7766): many queries in one write, answers in any order. What is common
 * to TCP and TLS.
 */

import type { OnReadOpts, Socket } from 'node:net';
import { ZERO } from '../core/zero.js';
import { FrameReader } from '../dns/frames.js';
import { IdTable } from '../dns/id-table.js';
import { MAX_QUERY, readKeepalive, writeQuery } from '../dns/message.js';
import {
  type Connection,
  type ConnectionEvents,
  deliverMessage,
  type Query,
  randomId,
} from './connection.js';
import { type ConnectionFailure, connectionFailure } from './connection-failure.js';

/**
 * A write waits until one query in so many in flight is in it, but no longer than this part of the
 * time that the first answer took.
 */
const WRITE_SHARE = 4;
const LATENCY_SHARE = 1 / 16;
const MIN_WRITE_DELAY_MS = 1;
const MAX_WRITE_DELAY_MS = 4;

/** The most bytes of a query, without those of its name: its length and all that is not the name. */
const MAX_QUERY_WITHOUT_NAME = 2 + MAX_QUERY - 255;

/** What all streams read into, one at a time: what is read is used up before the next read. */
const received = Buffer.allocUnsafeSlow(64 * 1024);

/** Starts to connect a socket that reads as it is told. */
type Dial = (onread: OnReadOpts) => Socket;

export class StreamConnection implements Connection {
  readonly #ids = new IdTable<Query>(randomId);
  readonly #frames = new FrameReader();
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  #outbox: Query[] = [];
  #isConnected = false;
  #isClosed = false;
  #isFlushing = false;
  #delayedFlush: NodeJS.Timeout | undefined;
  #writeDelayMs = MIN_WRITE_DELAY_MS;
  /** When the first query was written. Milliseconds. */
  #firstWriteAt = ZERO;
  /** When the bytes in hand were read. Milliseconds. */
  #readAt = ZERO;
  #isAnswered = false;
  #failure: ConnectionFailure | undefined;

  /** @param readyEvent the event that says that the socket is connected */
  constructor(dial: Dial, readyEvent: string, events: ConnectionEvents) {
    this.#events = events;
    const socket = dial({ buffer: received, callback: this.#onRead });
    this.#socket = socket;
    socket.on(readyEvent, () => {
      this.#isConnected = true;
      this.#flush();
      this.#events.onOpen();
    });
    socket.on('error', (error) => {
      this.#failure = connectionFailure(error);
    });
    // A server that ends its half will answer nothing more.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      if (this.#isClosed) return;
      this.close();
      events.onClose(this.#isConnected, this.#failure);
    });
  }

  get room(): number {
    return this.#isClosed ? 0 : this.#ids.room;
  }

  send(query: Query): void {
    this.#ids.claim(query);
    this.#outbox.push(query);
    if (!this.#isConnected) return;
    // While many answers are still to come, the queries that follow them can share one write: a write
    // costs the kernel more than a hundred queries cost us.
    if (this.#outbox.length * WRITE_SHARE < this.#ids.size) {
      this.#delayedFlush ??= setTimeout(this.#flush, this.#writeDelayMs);
    } else if (!this.#isFlushing) {
      this.#isFlushing = true;
      setImmediate(this.#flush);
    }
  }

  cancel(query: Query): void {
    this.#ids.release(query);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#delayedFlush);
    this.#socket.destroy();
  }

  readonly #flush = (): void => {
    const queries = this.#outbox;
    this.#outbox = [];
    this.#isFlushing = false;
    clearTimeout(this.#delayedFlush);
    this.#delayedFlush = undefined;
    if (this.#isClosed || queries.length === 0) return;
    let size = 0;
    for (const { question } of queries) size += MAX_QUERY_WITHOUT_NAME + question.name.length + 2;
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    const now = this.#events.onWrite();
    for (const query of queries) {
      query.sentAt = now;
      const end = writeQuery(bytes, at + 2, query, query.edns ? 'keepalive' : 'none');
      bytes.writeUInt16BE(end - at - 2, at);
      at = end;
    }
    if (this.#firstWriteAt === 0) this.#firstWriteAt = now;
    this.#socket.write(bytes.subarray(0, at));
  };

  readonly #onRead = (length: number): boolean => {
    this.#readAt = this.#events.onRead(length < received.length);
    this.#frames.push(received.subarray(0, length), this.#onFrame);
    return true;
  };

  readonly #onFrame = (bytes: Uint8Array, start: number, end: number): void => {
    if (this.#isClosed) return;
    if (!this.#isAnswered) this.#onFirstFrame(readKeepalive(bytes, start, end));
    deliverMessage(this.#ids, this.#events, { bytes, start, end });
  };

  /** @param idleMs how long the server keeps an idle connection open, if it says so */
  #onFirstFrame(idleMs: number | undefined): void {
    this.#isAnswered = true;
    const latency = this.#readAt - this.#firstWriteAt;
    this.#writeDelayMs = Math.max(
      MIN_WRITE_DELAY_MS,
      Math.min(latency * LATENCY_SHARE, MAX_WRITE_DELAY_MS),
    );
    if (idleMs === undefined) return;
    // Leaves before the server does: a query that crosses its goodbye would be asked in vain.
    this.#socket.setTimeout(Math.max(1, idleMs * 0.9), () => {
      if (this.#ids.size === 0) this.#socket.destroy();
    });
  }
}

/**
 * RFC 7766 (6.2.2) wants as few connections as will do, and the fewer, the more go into one write: another is
 * dialled only when those there are full, with some 50 KB of queries, which a connection carries after two round
 * trips (ten segments at once, RFC 6928). A server gives each connection to one of its threads, so one alone would
 * use one thread; and where segments are lost more are needed.
 */
export const streamTraits = {
  connections: 8,
  maxConnections: 32,
  queriesPerConnection: 1024,
  isStream: true,
  isPaced: true,
} as const;
