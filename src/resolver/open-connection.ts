/** A connection and what happened on it so far. */

import type { Connection, Query } from '../transports/connection.js';

export class OpenConnection {
  readonly #connection: Connection;
  #inFlight = 0;
  #sent = 0;
  #answers = 0;
  #openedAt: number | undefined;

  /** @param dialledAt milliseconds */
  constructor(
    connection: Connection,
    readonly dialledAt: number,
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

  opened(now: number): void {
    this.#openedAt = now;
  }

  send(query: Query): void {
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
