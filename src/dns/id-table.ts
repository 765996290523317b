/**
 * The queries in flight on one connection: claims an id for each, and finds the query that a message
 * answers. Late, forged and foreign messages find none.
 */

import { type Match, matchQuestion, type Question } from './message.js';

/** A query that holds an id while it is in flight. */
export interface IdentifiedQuery {
  readonly question: Question;
  /** The id in the message that asks. Only the table sets it. */
  id: number;
}

/** Half of the 65,536 ids stay free, so that a random draw soon finds a free one. */
export const MAX_IN_FLIGHT = 32_768;

/** Slots of an empty table. A power of two, as every size is. */
const FIRST_SLOTS = 16;

/**
 * A hash table with open addressing. An array with an entry for each id would cost half a megabyte a
 * connection, and there may be thousands of connections with a few queries each. Ids are random, so
 * that their lower bits are a good hash.
 */
export class IdTable<Q extends IdentifiedQuery> {
  readonly #random: () => number;
  #slots: (Q | undefined)[] = new Array(FIRST_SLOTS).fill(undefined);
  #size = 0;

  /** @param random unpredictable integers from 0 to 65,535 (RFC 5452, 9.2) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Queries that may still be claimed an id for. */
  get room(): number {
    return MAX_IN_FLIGHT - this.#size;
  }

  /** Queries in flight. */
  get size(): number {
    return this.#size;
  }

  /** Gives the query an id. There must be room. */
  claim(query: Q): void {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    let id = this.#random();
    let slot = this.#slotOf(id);
    while (this.#slots[slot] !== undefined) {
      id = this.#random();
      slot = this.#slotOf(id);
    }
    query.id = id;
    this.#slots[slot] = query;
    this.#size++;
  }

  /** The query that the message in [start, end) answers, and whether it names it. */
  find(bytes: Uint8Array, start: number, end: number): Found<Q> | undefined {
    if (end - start < 2) return undefined;
    const id = ((bytes[start] as number) << 8) | (bytes[start + 1] as number);
    const query = this.#slots[this.#slotOf(id)];
    if (query === undefined) return undefined;
    const match = matchQuestion(bytes, start, end, query.question);
    return match === 'other' ? undefined : { query, match };
  }

  /** Frees the id of a query that was answered or given up. */
  release(query: Q): void {
    const slot = this.#slotOf(query.id);
    if (this.#slots[slot] !== query) return;
    this.#size--;
    this.#close(slot);
  }

  /** Where the query with this id is, or the free slot where it belongs. */
  #slotOf(id: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = id & mask;
    for (let query = slots[slot]; query !== undefined && query.id !== id; query = slots[slot]) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Empties a slot, and moves what stood behind it because it was taken. */
  #close(hole: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let free = hole;
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const query = slots[slot];
      if (query === undefined) break;
      const distance = (slot - query.id) & mask;
      if (distance < ((slot - free) & mask)) continue;
      slots[free] = query;
      free = slot;
    }
    slots[free] = undefined;
  }

  #grow(): void {
    const queries = this.#slots;
    this.#slots = new Array(queries.length * 2).fill(undefined);
    for (const query of queries) {
      if (query !== undefined) this.#slots[this.#slotOf(query.id)] = query;
    }
  }
}

interface Found<Q> {
  readonly query: Q;
  readonly match: Exclude<Match, 'other'>;
}
