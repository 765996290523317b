/**
 * How fast one resolver is asked over one transport. Pure: time is passed in, in milliseconds.
 *
 * Attempts are judged in cohorts, by the share of them that was answered well and in time. Until a
 * limit is found the window grows, each time only when a cohort of the present size has been answered.
 * Once one is found, a token bucket paces what is sent: a limit is a rate, however long the names take,
 * and names that stay unanswered must not use up a window.
 */

import { ZERO } from '../core/zero.js';
import type { Cohort, Freshness, Outcome } from './cohort.js';
import { DeliveryMeter } from './delivery-meter.js';
import { FEW, LatencySurvey } from './latency-survey.js';
import { LimitSearch } from './limit-search.js';
import { DROP } from './limit-trial.js';
import { PacedWindow, RAMP_MS, type WindowOptions } from './paced-window.js';
import { QueueWatch } from './queue-watch.js';
import { ResendTimer } from './resend-timer.js';

/** What is to be known of an attempt that was answered. */
export interface JudgedAttempt {
  readonly cohort: Cohort;
  readonly freshness: Freshness;
}

export interface PacerOptions extends WindowOptions {
  /** Milliseconds that an attempt may take. */
  readonly timeout: number;
  /** Answers come in order over a connection, not each by itself. */
  readonly isStream: boolean;
}

/** So many first attempts need no more time. */
const COHORT = 128;
/** A limit is felt for with cohorts this large: they tell small differences. */
const LARGE_COHORT = 320;
const LONG_COHORT_MS = 500;
/** By then a cohort ends though it shows nothing: without evidence no pace stays low. */
const BLANK_COHORT_MS = 1000;
/** Where little is asked it lasts until it holds so many, but no longer than this. */
const SOME = 16;
const MAX_COHORT_MS = 3000;
/** A new stream is slow at first (RFC 5681, 3.1): so many median latencies of it are not judged. */
const SLOW_START = 4;
/**
 * An answer over a stream is slow that takes so many times as long as is in time, and at least so long:
 * a segment may have been lost.
 */
const SLOW_FACTOR = 1.25;
const SLOW_MS = 400;
/** The part of the window that a cohort after the first must have, to let it grow on a stream. */
const TELLING_PART = 1 / 4;
/** A reference below this says too little to grow by. */
const MIN_REFERENCE = 0.3;
/** At most one name for so many answers, with none waiting behind it, is among the last. */
const ANSWERS_FOR_LAST = 50;

export class Pacer {
  readonly #window: PacedWindow;
  readonly #survey: LatencySurvey;
  readonly #resend: ResendTimer;
  readonly #meter = new DeliveryMeter();
  readonly #queue = new QueueWatch();
  readonly #search: LimitSearch;
  readonly #isStream: boolean;
  #isWanted = false;
  /** Questions wait, new ones among them, or more have come of late. */
  #isFed = false;
  #answers = 0;
  /** What was sent in this time is not judged: a new stream was getting up to speed. */
  #adoptedAt = ZERO;
  #judgedFrom = ZERO;

  constructor(options: PacerOptions) {
    const { timeout, isStream } = options;
    this.#isStream = isStream;
    this.#window = new PacedWindow(options);
    this.#survey = new LatencySurvey(timeout, isStream);
    this.#resend = new ResendTimer(timeout);
    this.#search = new LimitSearch({
      window: this.#window,
      survey: this.#survey,
      meter: this.#meter,
      resend: this.#resend,
    });
  }

  get inFlight(): number {
    return this.#window.inFlight;
  }

  get size(): number {
    return this.#window.size;
  }

  /** Attempts a second that the resolver is asked at the most; undefined while no limit is known or tried. */
  get limit(): number | undefined {
    return this.#window.rate;
  }

  /** A limit was found, and not only tried. */
  get isLimited(): boolean {
    return this.#search.kind === 'limited';
  }

  /** The share of first attempts that come in time when all is well; 1 before it is known. */
  get reference(): number {
    return this.#survey.reference ?? 1;
  }

  /** 0 before it is known. */
  get medianMs(): number {
    return this.#survey.median;
  }

  /** Milliseconds within which an answer is to be expected. */
  get inTimeMs(): number {
    return this.#survey.inTime;
  }

  /** Milliseconds after which an attempt is taken for lost. */
  get resendAfterMs(): number {
    return this.#resend.afterMs;
  }

  /**
   * The same with regard to what else is to be asked. Where a limit is known and questions wait, what is only slow is
   * not asked twice. The whole run waits for its last names, and asking those few again costs little.
   */
  get lostAfterMs(): number {
    const { afterMs, patientMs, lastMs } = this.#resend;
    const isLimited = this.#window.rate !== undefined;
    if (this.#isWanted) return isLimited ? patientMs : afterMs;
    return !isLimited && this.inFlight * ANSWERS_FOR_LAST < this.#answers ? lastMs : afterMs;
  }

  /** Milliseconds after which an attempt takes no room any more: it is its name that is slow. */
  get roomForMs(): number {
    const { lostAfterMs } = this;
    if (!this.#isStream) return lostAfterMs;
    return Math.min(lostAfterMs, Math.max(SLOW_MS, SLOW_FACTOR * this.#survey.inTime));
  }

  /** Attempts a second that there is room for; 0 before latencies are known. */
  get roomRate(): number {
    const { size, limit = Number.POSITIVE_INFINITY, medianMs } = this;
    return medianMs === 0 ? 0 : Math.min((size / medianMs) * 1000, limit);
  }

  /** How many more may be sent now. */
  room(now: number): number {
    return this.#window.room(now, this.#survey.median);
  }

  /** @returns what {@link answered} is told */
  sent(freshness: Freshness, now: number): Cohort {
    this.#meter.sent(freshness === 'fresh');
    return this.#window.sent(freshness, now);
  }

  /** It has answered a name that it had refused, or the reverse: refusals are for asking too fast. */
  noteRefusal(now: number): void {
    this.#search.noteRefusal(now);
  }

  /** An attempt is no longer waited for, or was taken for lost. */
  left(): void {
    this.#window.left();
  }

  /** Does not judge an attempt whose connection ended before the answer. {@link left} follows. */
  lost(cohort: Cohort, freshness: Freshness): void {
    cohort.lost(freshness);
  }

  /**
   * @param latency milliseconds until it was read
   * @param waited the most of them that it may have waited for us: that is not the resolver's
   */
  answered(attempt: JudgedAttempt, outcome: Outcome, latency: number, waited: number): void {
    const { cohort, freshness } = attempt;
    if (outcome === 'refused') cohort.refused(freshness);
    if (outcome !== 'answered') return;
    this.#answers++;
    cohort.noteAnswered(latency, latency - waited, freshness);
    const isFresh = freshness === 'fresh';
    this.#meter.answered(latency - waited, isFresh);
    if (!isFresh) return;
    this.#queue.answered(latency);
    // When little is left to ask, only the slow names are still to come.
    if (this.#isFed) this.#resend.add(latency);
  }

  /** Takes over what is known about the same resolver over another transport. */
  adopt(other: Pacer, now: number): void {
    this.#window.adopt(other.#window, now);
    this.#survey.adopt(other.#survey);
    this.#queue.adopt(other.#queue);
    this.#resend.adopt(other.#resend);
    this.#adoptedAt = now;
    this.#judgedFrom = now + SLOW_START * this.#survey.median;
    this.#search.adopt(other.#search, now);
  }

  /** The queue was on the way, and there are more ways now. */
  forgetQueue(): void {
    this.#window.forgetQueue();
  }

  /** Begins anew, after the resolver was gone. What is known of a limit stays. */
  restart(now: number): void {
    this.#search.cancel(now);
    this.#window.restart(now);
  }

  /**
   * Judges what can be judged.
   *
   * @param isWanted whether questions wait for room here
   * @param isFed whether any of them is new, or more have come of late
   */
  tick(now: number, isWanted: boolean, isFed = isWanted): void {
    this.#isWanted = isWanted;
    this.#isFed = isFed;
    this.#meter.tick(now);
    this.#watchQueue(now);
    this.#search.tick(now, isWanted);
    this.#window.tick(now, isWanted, this.#survey.median);
    const { current } = this.#window;
    if (current && this.#isComplete(current, now)) this.#window.closeCurrent(now);
    for (const each of this.#window.closed) this.#survey.measureFirst(each, now);
    if (this.#mayGrow()) this.#window.grow(now, this.#survey.median);
    while (this.#window.oldestClosed && this.#judge(this.#window.oldestClosed, now)) {
      this.#window.dropOldest();
      this.#resend.update(now, this.#survey.median);
    }
    this.#survey.countRipe(now);
    this.#resend.fade();
  }

  /** What only waits in a queue before the resolver is given back. */
  #watchQueue(now: number): void {
    const queue = this.#queue.look(this.#meter, this.#survey.median, now);
    if (!queue) return;
    this.#window.condemnUnjudged();
    if (this.#window.shrink(queue, now) <= queue.waiting / 2) this.#queue.noteKept();
  }

  #isComplete(cohort: Cohort, now: number): boolean {
    const { median } = this.#survey;
    const duration = now - cohort.startedAt;
    if (median === 0) return cohort.fresh >= Math.min(FEW, this.#window.size) && duration > 0;
    if (duration < Math.max(median, RAMP_MS)) return false;
    if (cohort.firsts >= this.#enough) return true;
    return duration >= (cohort.firsts >= FEW ? LONG_COHORT_MS : this.#blankMs);
  }

  /** By then a cohort ends though it holds few. */
  get #blankMs(): number {
    const { rate = Number.POSITIVE_INFINITY } = this.#window;
    return Math.min(MAX_COHORT_MS, Math.max(BLANK_COHORT_MS, (SOME / rate) * 1000));
  }

  /** First attempts that a cohort needs: a large step shows in few. */
  get #enough(): number {
    const { isSlow, mayBeNone, isFeeling } = this.#search;
    if (mayBeNone) return isSlow ? FEW / 2 : FEW;
    if (isSlow) return FEW;
    return isFeeling ? LARGE_COHORT : COHORT;
  }

  /** @returns whether the cohort is done with */
  #judge(cohort: Cohort, now: number): boolean {
    const isCurrent = this.#window.isCurrent(cohort);
    const isRipe = now - (cohort.closedAt as number) >= this.#survey.lateAfter;
    // Refusals come at once.
    if (
      !isRipe &&
      !(isCurrent && this.#search.kind === 'none' && this.#survey.isWorseAlready(cohort))
    ) {
      return false;
    }
    const wasUpToSpeed = cohort.startedAt >= this.#judgedFrom || cohort.startedAt < this.#adoptedAt;
    if (wasUpToSpeed) this.#search.judge(cohort, isCurrent, now);
    return true;
  }

  /** Whether what was sent at the present size is answered as it should be, as far as is known by now. */
  #mayGrow(): boolean {
    const { closed, wasFull, isLargest, size } = this.#window;
    if (this.#search.kind !== 'none' || !wasFull || isLargest) return false;
    // On a stream the first of them may have waited for it to get up to speed. A cohort far smaller
    // than the window was held back by what is lost: it says nothing of this size.
    const telling = closed.filter(
      (each, i) => i === 0 || (this.#isStream && each.firsts >= TELLING_PART * size),
    );
    return telling.some((each) => this.#window.isCurrent(each) && this.#isGoodAlready(each));
  }

  #isGoodAlready(cohort: Cohort): boolean {
    if (cohort.firsts < FEW) return this.#survey.median > 0;
    const reference = this.#survey.reference ?? 0.5;
    return (
      reference >= MIN_REFERENCE && cohort.share(this.#survey.inTime) >= (1 - DROP / 2) * reference
    );
  }
}
