/**
 * Which share of questions a resolver refuses because it is asked too fast, measured by how often it had refused
 * what it has answered. Pure: time is passed in, in milliseconds.
 */

import { ZERO } from '../core/zero.js';

/** How long after a sign of it refusals are taken for a rate limit. */
const LIMITED_MS = 3000;
/** The least and the most that is believed. */
const MIN_SHARE = 0.3;
const MAX_SHARE = 0.9;
/** Answers that it is measured over. */
const ANSWERS = 1000;

export class RefusedShare {
  #limitedUntil = ZERO;
  #refusedFirst = 0;
  #answeredAfter = 0;

  /** 0 if there is no sign of a limit. */
  at(now: number): number {
    if (now >= this.#limitedUntil) return 0;
    const share = this.#refusedFirst / Math.max(1, this.#refusedFirst + this.#answeredAfter);
    return Math.min(MAX_SHARE, Math.max(MIN_SHARE, share));
  }

  /** A question was answered well. */
  answered(): void {
    if (this.#limitedUntil > 0) this.#answeredAfter++;
  }

  /** A name was answered that had been refused so often, or refused (0) that had been answered: by a rate limit. */
  noteLimit(refusals: number, now: number): void {
    this.#limitedUntil = Math.max(this.#limitedUntil, now + LIMITED_MS);
    this.#refusedFirst += refusals;
    if (this.#refusedFirst + this.#answeredAfter < ANSWERS) return;
    this.#refusedFirst /= 2;
    this.#answeredAfter /= 2;
  }
}
