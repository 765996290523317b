/** A connection and what happened on it so far. */

import type { Connection, Query } from '../transports/connection.js';

export class OpenConnection {
  readonly #connection: Connection;
  #inFlight = 0;
  #sent = 0;
  #answers = 0;
  #openedAt: number | undefined;
  #usedAt: number | undefined;
  #readAt: number | undefined;

  /**
   * @param dialledAt milliseconds
   * @param isExtra one above the usual number
   */
  constructor(
    connection: Connection,
    readonly dialledAt: number,
    readonly isExtra: boolean,
  ) {
    this.#connection = connection;
  }

  get room(): number {
    return this.#connection.room;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get sent(): number {
    return this.#sent;
  }

  get answers(): number {
    return this.#answers;
  }

  /** When it stood; undefined before. Datagrams need no connection. */
  get openedAt(): number | undefined {
    return this.#openedAt;
  }

  /** When the first query was sent; milliseconds. */
  get usedAt(): number | undefined {
    return this.#usedAt;
  }

  /** When something was read last; milliseconds. */
  get readAt(): number | undefined {
    return this.#readAt;
  }

  /** Whether it is not known yet if the server takes so many connections. */
  get isUnproven(): boolean {
    return this.isExtra && this.#answers === 0;
  }

  read(now: number): void {
    this.#readAt = now;
  }

  opened(now: number): void {
    this.#openedAt = now;
  }

  send(query: Query, now: number): void {
    this.#usedAt ??= now;
    this.#inFlight++;
    this.#sent++;
    this.#connection.send(query);
  }

  answered(): void {
    this.#answers++;
  }

  /** A query is no longer in flight. */
  end(): void {
    this.#inFlight--;
  }

  cancel(query: Query): void {
    this.#connection.cancel(query);
  }

  close(): void {
    this.#connection.close();
  }
}
