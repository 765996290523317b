/** A question that a resolver was quick to answer, as one to be asked again that it knows. */

import type { Question } from '../dns/message.js';
import { TYPE } from '../dns/types.js';

/** How many times what the quickest answer took it may have taken. */
const LATEST_QUICK = 2;

export class QuickQuestion {
  #name = '';
  #type: number = TYPE.NS;
  #quickestMs = Number.POSITIVE_INFINITY;

  /** For the root, until it has answered another. */
  get name(): string {
    return this.#name;
  }

  get type(): number {
    return this.#type;
  }

  /** @param tookMs how long the answer took; @param inTimeMs how long most take at the longest */
  answered({ name, type }: Question, tookMs: number, inTimeMs: number): void {
    if (tookMs > LATEST_QUICK * this.#quickestMs || tookMs > inTimeMs) return;
    this.#quickestMs = Math.min(this.#quickestMs, tookMs);
    this.#name = name;
    this.#type = type;
  }
}
