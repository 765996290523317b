/**
 * Which pace was good before. A pace that was is not beyond a limit: where it fares worse, that may pass,
 * unless it lasts. Pure: time is passed in, in milliseconds, and rates are attempts a second.
 */

import { ZERO } from '../core/zero.js';
import type { Cohort } from './cohort.js';
import type { LatencySurvey } from './latency-survey.js';
import type { PacedWindow } from './paced-window.js';

/** What lasts as long does not pass: neither does a single cohort that took as long, where few are asked. */
const PASSING_MS = 400;
/** Rates that differ by less than this part are the same pace. */
const SAME_PACE = 1.05;
/** So many times a limit that was found may be good still: it may be none. */
const STILL_PROVEN = 2;
/** Of a cohort of which less was not refused, it is not a passing trouble. */
const LEAST_UNREFUSED = 0.85;
/** How much is remembered from one tick to the next. */
const REMEMBERED = 0.999;

export class ProvenPace {
  readonly #window: PacedWindow;
  readonly #survey: LatencySurvey;
  #rate = ZERO;
  #worseSince: number | undefined;

  constructor(window: PacedWindow, survey: LatencySurvey) {
    this.#window = window;
    this.#survey = survey;
  }

  /** @param cohort of the present size and rate */
  noteGood(cohort: Cohort): void {
    this.#worseSince = undefined;
    this.#rate = Math.max(this.#rate, this.#rateOf(cohort));
  }

  /** Whether a cohort that fares worse may do so for a moment only. A refusal is none of the network's troubles. */
  mayPass(cohort: Cohort): boolean {
    const { startedAt, closedAt, mostShare } = cohort;
    if (mostShare < LEAST_UNREFUSED || this.#rateOf(cohort) > SAME_PACE * this.#rate) return false;
    this.#worseSince ??= startedAt;
    if ((closedAt as number) - this.#worseSince >= PASSING_MS) return false;
    cohort.suspect();
    return true;
  }

  #rateOf(cohort: Cohort): number {
    return this.#window.rate ?? cohort.rate(this.#survey.median);
  }

  tick(): void {
    this.#rate *= REMEMBERED;
  }

  limitFound(limit: number): void {
    this.#worseSince = undefined;
    this.#rate = Math.min(this.#rate, STILL_PROVEN * limit);
  }

  /** A limit was felt at the same height again: it is one. */
  forget(): void {
    this.#rate = 0;
  }
}
