/** A connection carries queries to one resolver over one transport. Policy is the scheduler's. */

import { randomFillSync } from 'node:crypto';
import type { LookupFailure } from '../core/model.js';
import type { IdentifiedQuery, IdTable } from '../dns/id-table.js';
import { bareReply, type Match, type Reply, readRcode, readReply } from '../dns/message.js';
import type { ConnectionFailure } from './connection-failure.js';
import type { Endpoint } from './endpoint.js';

/** One query in flight. */
export interface Query extends IdentifiedQuery {
  /** Whether it is asked with EDNS. */
  readonly edns: boolean;
  /** When it was handed to the system; milliseconds. A connection that gathers queries sets it anew. */
  sentAt: number;
}

/** Why a connection has no answer to a query. */
export interface Failure {
  readonly failed: LookupFailure;
  /** Of an answer of HTTP that is no success. */
  readonly httpStatus?: number;
  /** Milliseconds that the server wants to be left alone (HTTP's Retry-After). */
  readonly retryAfter?: number;
}

export interface Connection {
  /** How many more queries it takes. */
  readonly room: number;
  /** Queues a query; all of one turn of the event loop go out together. Never throws. */
  send(query: Query): void;
  /** Stops waiting for an answer. */
  cancel(query: Query): void;
  /** Closes it. No event comes afterwards. */
  close(): void;
}

export interface ConnectionEvents {
  /** A stream's connection stands. Datagrams need none. */
  onOpen(): void;
  /** Queries are about to be written. @returns the time, for their `sentAt` */
  onWrite(): number;
  /**
   * Something was read: the answers that it holds follow.
   *
   * @param isAll whether nothing more waits to be read
   * @returns the time
   */
  onRead(isAll: boolean): number;
  onAnswer(query: Query, answer: Reply | Failure): void;
  /**
   * The connection is gone; `wasOpen` is false if it never stood.
   *
   * @param failure what the system or TLS said, if anything
   */
  onClose(wasOpen: boolean, failure?: ConnectionFailure): void;
}

/** What a transport exports. */
export interface Transport {
  /** How results call it. */
  readonly name: string;
  /** Where a resolver listens that names no port; 0 if there are no ports. */
  readonly usualPort: number;
  /** Opens a connection, which takes queries at once. */
  readonly open: (to: Endpoint, events: ConnectionEvents) => Connection;
  /**
   * Connections to one resolver: the usual number, and the most, where segments are lost; and how many queries
   * fill one before the next is opened.
   */
  readonly connections: number;
  readonly maxConnections: number;
  readonly queriesPerConnection: number;
  /** A stream: its messages are never truncated, and when it is silent it is stuck. */
  readonly isStream: boolean;
  /** Answers come from a server whose pace can be learned. */
  readonly isPaced: boolean;
}

/** One message in bytes that may hold more: [start, end). */
export interface MessageBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Passes on a message that came in with the query that it answers; drops one that answers none. */
export function deliverMessage(
  ids: IdTable<Query>,
  events: ConnectionEvents,
  message: MessageBytes,
): void {
  const found = ids.find(message.bytes, message.start, message.end);
  if (!found) return;
  const { query, match } = found;
  ids.release(query);
  events.onAnswer(query, readAnswer(query, match, message));
}

/** What a message says that matches the question. */
export function readAnswer(
  { question }: Query,
  match: Exclude<Match, 'other'>,
  { bytes, start, end }: MessageBytes,
): Reply | Failure {
  // An error without its question: the rcode is all that is believed of it.
  if (match === 'error') return bareReply(readRcode(bytes, start));
  return readReply(bytes, start, end, question) ?? malformed;
}

export const malformed: Failure = { failed: 'malformed' };

const pool = new Uint16Array(4096);
let drawn = pool.length;

/** An unpredictable id (RFC 5452, 9.2). */
export function randomId(): number {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  return pool[drawn++] as number;
}
