/**
 * What a resolver refuses, and why: names, or the pace. What it has answered before is asked beside what it refuses, a
 * countercheck: a limit would refuse that as well.
 */

import { ZERO } from '../core/zero.js';
import type { Question } from '../dns/message.js';
import { RefusedShare } from '../pacing/refused-share.js';
import { type AnswerListener, PendingQuery, type QueryResult } from './query.js';

export interface RefusalsOptions {
  /** The resolver: its name in results, and its number. */
  readonly label: string;
  readonly number: number;
  /** Told of each sign of a limit. */
  readonly onLimit: (now: number) => void;
}

/** Milliseconds that an answer may come after that to a question that was asked later. */
const LATE_MS = 50;
/** A resolver that has answered nothing else well for so long, and refuses, does not only do so above a rate. */
const OF_LATE_MS = 3000;
/** A sign of a limit that holds no longer than this is looked for anew. */
const SIGN_WEARS_OFF_MS = 1500;

export class Refusals implements AnswerListener {
  readonly #options: RefusalsOptions;
  readonly #share = new RefusedShare();
  #lastGoodAt = ZERO;
  /** Of the latest countercheck. */
  #askedAt = ZERO;
  #isOpen = false;
  /** The one that ended last was refused, or lost. */
  #hasFailed = false;

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  /** The share of questions that it refuses because it is asked too fast; 0 if there is no sign of that. */
  limitedShare(now: number): number {
    return this.#share.at(now);
  }

  /** It has answered a question well. */
  answered({ listener }: PendingQuery, now: number): void {
    if (listener !== this) this.#lastGoodAt = now;
  }

  /** It has answered a name that it had refused so often, or refused (0) what it had answered. */
  noteLimit(refusals: number, now: number): void {
    this.#share.noteLimit(refusals, now);
    this.#options.onLimit(now);
  }

  /**
   * A countercheck to be asked now; undefined while one is under way, a limit is known, or nothing else was answered
   * of late.
   *
   * @param question that it has answered before
   */
  countercheck({ name, type }: Question, now: number): PendingQuery | undefined {
    const isAnswering = this.#lastGoodAt > 0 && now - this.#lastGoodAt < OF_LATE_MS;
    if (this.#isOpen || !isAnswering || this.#share.at(now + SIGN_WEARS_OFF_MS) > 0)
      return undefined;
    this.#askedAt = now;
    this.#isOpen = true;
    const query = new PendingQuery(name, type, this, false);
    const { number: only } = this.#options;
    query.restrict({ only, over: undefined, not: [], isForItAlone: true, isKnown: true });
    return query;
  }

  onAnswer(result: QueryResult): void {
    this.#isOpen = false;
    // What was lost may have been asked elsewhere in the end.
    const isOwn = result.resolver === this.#options.label;
    this.#hasFailed = !isOwn || 'failed' in result;
    const isRefused = isOwn && 'failed' in result && result.failed === 'refused';
    if (isRefused) this.noteLimit(0, this.#askedAt);
  }

  /**
   * Whether nothing speaks for a limit: one is under way that is not late, and the last one did not fail.
   *
   * @param sentAt when the name was asked that was refused
   */
  areOfNames(sentAt: number): boolean {
    return this.#isOpen && !this.#hasFailed && this.#askedAt > sentAt - LATE_MS;
  }
}
