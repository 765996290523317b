/**
 * The questions in flight on one conversation (a socket): claims an id for each, finds the question
 * that a message answers. Late, forged and foreign messages find none.
 */

import { type Match, matchQuestion, type Question } from './message.js';

/** A query that holds an id while it is in flight. */
export interface IdentifiedQuery {
  readonly question: Question;
  /** The id in the message that asks; the table sets it. */
  id: number;
}

const IDS = 65_536;
/** Half of the ids stay free, so that a random draw finds a free one soon. */
export const MAX_IN_FLIGHT = IDS / 2;

export class IdTable<Q extends IdentifiedQuery> {
  readonly #random: () => number;
  readonly #byId: (Q | undefined)[] = new Array(IDS).fill(undefined);
  #size = 0;

  /** @param random integers from 0 to 65,535 that nobody can guess (RFC 5452, 9.2) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Questions that may still be asked. */
  get room(): number {
    return MAX_IN_FLIGHT - this.#size;
  }

  /** Questions in flight. */
  get size(): number {
    return this.#size;
  }

  /** Gives the question an id. There must be room. */
  claim(query: Q): void {
    let id = this.#random();
    while (this.#byId[id] !== undefined) id = this.#random();
    this.#byId[id] = query;
    query.id = id;
    this.#size++;
  }

  /** The question that the message in [start, end) answers, and whether it names it. */
  find(bytes: Uint8Array, start: number, end: number): Found<Q> | undefined {
    if (end - start < 2) return undefined;
    const query = this.#byId[((bytes[start] as number) << 8) | (bytes[start + 1] as number)];
    if (query === undefined) return undefined;
    const match = matchQuestion(bytes, start, end, query.question);
    return match === 'other' ? undefined : { query, match };
  }

  /** Frees the id of a question that was answered or given up. */
  release(query: Q): void {
    if (this.#byId[query.id] !== query) return;
    this.#byId[query.id] = undefined;
    this.#size--;
  }
}

interface Found<Q> {
  readonly query: Q;
  readonly match: Exclude<Match, 'other'>;
}
