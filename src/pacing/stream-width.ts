/**
 * Over how many connections the queries to one resolver are spread. A segment that is lost holds up all that
 * follows it on its connection, and halves how much that carries: where connections are held up often, more
 * of them are needed. Pure: time is passed in, in milliseconds.
 */

import { ZERO } from '../core/zero.js';

/**
 * Silence this long while others are served is no chance: to send a lost segment again takes a round trip, or a timer
 * (RFC 6298), which Linux lets run for 200 ms at least. Shorter silences come of servers that are busy.
 */
const HELD_UP_MS = 50;
/** Queries in flight of which some would have been answered meanwhile. */
const MANY = 32;
/** How long it is measured, and the share of the time from which on more connections are opened. */
const SLOT_MS = 200;
const HELD_UP_SHARE = 0.1;

export class StreamWidth {
  readonly #usual: number;
  readonly #most: number;
  #size: number;
  #isFound = false;
  #heldUpMs = ZERO;
  #slotStart = ZERO;

  /**
   * @param usual connections, where nothing is lost
   * @param most the most of them
   */
  constructor(usual: number, most: number) {
    this.#usual = usual;
    this.#size = usual;
    this.#most = most;
  }

  /** The most connections at a time. */
  get size(): number {
    return this.#size;
  }

  /** The share of the usual number of queries with which a connection is full: they are spread over more. */
  get share(): number {
    return Math.min(1, this.#usual / this.#size);
  }

  /**
   * A connection brings something.
   *
   * @param silentMs for how long it has brought nothing while others did
   * @param inFlight queries that wait on it
   */
  onRead(silentMs: number, inFlight: number): void {
    if (silentMs >= HELD_UP_MS && inFlight >= MANY) this.#heldUpMs += silentMs;
  }

  /** The resolver serves so many connections and no more. */
  found(size: number): void {
    this.#size = Math.max(1, Math.min(size, this.#size));
    this.#isFound = true;
  }

  /**
   * To be called often.
   *
   * @param connections how many there are
   * @returns whether there may be more than before
   */
  tick(now: number, connections: number): boolean {
    const elapsed = now - this.#slotStart;
    if (elapsed < SLOT_MS) return false;
    const isHeldUp = this.#heldUpMs > HELD_UP_SHARE * elapsed * connections;
    this.#slotStart = now;
    this.#heldUpMs = 0;
    if (!isHeldUp || this.#isFound || this.#size === this.#most) return false;
    this.#size = Math.min(this.#most, 2 * this.#size);
    return true;
  }
}
