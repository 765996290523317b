/**
 * Which share of questions a resolver refuses because it is asked too fast, measured by how often it had refused
 * again, after the first time, what it has answered. What it never refused does not count: a forwarder answers from
 * its cache whatever else it has to do. Pure: time is passed in, in milliseconds.
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
  #refusedAgain = 0;
  #answered = 0;

  /** 0 if there is no sign of a limit. */
  at(now: number): number {
    if (now >= this.#limitedUntil) return 0;
    const share = this.#refusedAgain / Math.max(1, this.#refusedAgain + this.#answered);
    return Math.min(MAX_SHARE, Math.max(MIN_SHARE, share));
  }

  /** A name was answered that had been refused so often, or refused (0) that had been answered: by a rate limit. */
  noteLimit(refusals: number, now: number): void {
    this.#limitedUntil = Math.max(this.#limitedUntil, now + LIMITED_MS);
    if (refusals === 0) return;
    this.#refusedAgain += refusals - 1;
    this.#answered++;
    if (this.#refusedAgain + this.#answered < ANSWERS) return;
    this.#refusedAgain /= 2;
    this.#answered /= 2;
  }
}
