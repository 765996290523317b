/** The connections of one transport to one resolver: which of them takes the next query, and how many there are. */

import { ZERO } from '../core/zero.js';
import { StreamWidth } from '../pacing/stream-width.js';
import type { Transport } from '../transports/connection.js';
import type { Clock } from './clock.js';
import type { OpenConnection } from './open-connection.js';

/** The pause before the next connection after one that brought nothing; doubles. */
const REDIAL_MS = 50;
const MAX_REDIAL_MS = 2000;
/**
 * Some servers end a connection after so many queries, and undici drops all that is in flight at a
 * GOAWAY (RFC 9113, 6.8). After a connection that ended without an answer the next ones take this part
 * of its queries at a time; after one that brought fewer answers than it lost, this part of the answers,
 * so that most of what is sent is answered. They take twice as many once one has brought so many answers
 * for each.
 */
const LOSS_PART = 1 / 8;
const ANSWERS_PART = 1 / 4;
const ANSWERS_TO_DOUBLE = 8;
/**
 * Servers bound the connections of a client: one too many is closed, or is never accepted and stays silent. One
 * above the usual number takes few queries until it has brought an answer.
 */
const UNPROVEN_QUERIES = 16;
/** How long a connection may be silent from its first query on, if others were served in the second half of that. */
const UNSERVED_MS = 2000;

/** How a connection ended. */
export interface ConnectionEnd {
  readonly wasOpen: boolean;
  /** What was in flight on it. */
  readonly lost: number;
  /** Connections that ended one after the other without an answer, with this one. */
  readonly fruitless: number;
}

export class ConnectionPool {
  readonly #transport: Transport;
  readonly #width: StreamWidth;
  #all: OpenConnection[] = [];
  #redialAt = ZERO;
  /** When the latest turn began in which something was read, and the one before. */
  #readingSince = ZERO;
  #readBefore = ZERO;
  /** The most attempts in flight on one connection. */
  #queryLimit = Number.POSITIVE_INFINITY;

  constructor(transport: Transport) {
    this.#transport = transport;
    const { connections, maxConnections } = transport;
    this.#width = new StreamWidth(connections, maxConnections);
  }

  get size(): number {
    return this.#all.length;
  }

  add(connection: OpenConnection): void {
    this.#all.push(connection);
  }

  hasRoom(now: number): boolean {
    // A loop, as this is asked for every question: a closure each time would cost more.
    for (const connection of this.#all) {
      if (connection.room > 0 && connection.inFlight < this.#limitOf(connection)) return true;
    }
    return this.#mayOpen(now);
  }

  /** The connection with the fewest attempts; undefined if another is to be opened. */
  pick(now: number): OpenConnection | undefined {
    let best: OpenConnection | undefined;
    for (const connection of this.#all) {
      if (best && connection.inFlight >= best.inFlight) continue;
      if (connection.inFlight < this.#limitOf(connection)) best = connection;
    }
    const full = this.#transport.queriesPerConnection * this.#width.share;
    if (best && best.inFlight < full) return best;
    return this.#mayOpen(now) ? undefined : (best ?? this.#all[0]);
  }

  #mayOpen(now: number): boolean {
    return this.#all.length < this.#width.size && now >= this.#redialAt;
  }

  #limitOf({ isUnproven }: OpenConnection): number {
    return isUnproven ? Math.min(UNPROVEN_QUERIES, this.#queryLimit) : this.#queryLimit;
  }

  /** @returns whether a connection that is opened now is one above the usual number */
  get isWidened(): boolean {
    return this.#all.length >= this.#transport.connections;
  }

  /** A connection of a stream brings something. */
  onRead(
    connection: OpenConnection,
    clock: Pick<Clock, 'now' | 'arrivedAfter' | 'readingSince'>,
  ): void {
    const { readingSince, arrivedAfter, now } = clock;
    if (readingSince !== this.#readingSince) {
      this.#readBefore = this.#readingSince;
      this.#readingSince = readingSince;
    }
    const { readAt, inFlight } = connection;
    // Others were served in an earlier turn, however long it took; and this may have waited for us.
    const servedAt = Math.min(this.#readBefore, arrivedAfter);
    if (readAt !== undefined) this.#width.onRead(servedAt - readAt, inFlight);
    connection.read(now);
  }

  /** An answer was taken from a connection. */
  onAnswer({ answers }: OpenConnection): void {
    if (answers >= ANSWERS_TO_DOUBLE * this.#queryLimit) this.#queryLimit *= 2;
  }

  /**
   * A connection has ended by itself.
   *
   * @returns whether it was one too many: above the usual number, and it has brought nothing though others are served
   */
  remove(connection: OpenConnection, end: ConnectionEnd, now: number): boolean {
    const { answers, isUnproven } = connection;
    this.#take(connection);
    const { wasOpen, lost, fruitless } = end;
    if (answers === 0) {
      const pause = REDIAL_MS * 2 ** (fruitless - 1);
      this.#redialAt = now + Math.min(pause, MAX_REDIAL_MS);
    }
    if (isUnproven && this.#isServed) {
      this.#width.found(this.#all.length);
      return true;
    }
    if (wasOpen && lost > Math.max(1, answers)) {
      const part = answers === 0 ? lost * LOSS_PART : answers * ANSWERS_PART;
      this.#queryLimit = Math.max(1, Math.floor(part));
    }
    return false;
  }

  #take(connection: OpenConnection): void {
    this.#all.splice(this.#all.indexOf(connection), 1);
  }

  get #isServed(): boolean {
    return this.#all.some(({ answers }) => answers > 0);
  }

  /** To be called often. @returns whether there may be more connections than before, as those there are held up */
  widen(now: number): boolean {
    return this.#width.tick(now, this.#all.length);
  }

  /** Closes a connection that is not served though others are. */
  closeUnserved(now: number): OpenConnection | undefined {
    const unserved = this.#all.find(
      ({ answers, usedAt }) => answers === 0 && usedAt !== undefined && now - usedAt >= UNSERVED_MS,
    );
    // Where none is answered, it is no matter of how many there are; what one brings need not be an answer.
    const areOthersServed = this.#all.some(
      ({ answers, readAt = 0 }) => answers > 0 && readAt > now - UNSERVED_MS / 2,
    );
    if (!unserved || !areOthersServed) return undefined;
    this.#take(unserved);
    unserved.close();
    this.#width.found(this.#all.length);
    return unserved;
  }

  close(): void {
    for (const connection of this.#all) connection.close();
    this.#all = [];
  }
}
