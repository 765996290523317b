/**
 * How long a resolver's answers take, and which share of attempts to expect in time. Pure.
 *
 * Only whole cohorts are counted, each when its slow answers had their time: after a burst the slow
 * ones come alone, and counted as they come they would stand for all.
 */

import { ZERO } from '../core/zero.js';
import type { Cohort } from './cohort.js';
import { Latencies } from './latencies.js';

/** The time for an answer before latencies are known. */
const FIRST_IN_TIME_MS = 1000;
/** By then the answers to the first cohort say what to expect, however many they are. */
const FIRST_MS = 500;
/** A cohort is counted when its answers had so many times as long as until they were late. */
const RIPE_FACTOR = 1.5;
/** Fewer first attempts judge nothing; of names that were not asked before, so many are learned from. */
export const FEW = 24;
const FEW_FRESH = 16;
/** So many repeated ones tell whether most are lost. */
const FEW_REPEATS = 12;
/** Where a smaller share of what is judged first is answered, of what is not refused, that is not what to expect. */
const LEAST_FIRST = 0.6;
/** The same of so few. */
const FEW_FIRST = 8;
const LEAST_OF_FEW = 0.4;
/** Of repeated attempts many are lost if less of what is to be expected is answered than this part. */
const REPEATS = 0.6;
/** If more than this part of so many is lost and some are answered, the pace is far too fast. */
const MOST_LOST = 3 / 4;
const MANY_REPEATS = 128;
const SOME_ANSWERS = 8;
/** A share that is less by fewer standard deviations is the same. */
const DEVIATIONS = 2.5;
/** First attempts that say enough, and the most that are remembered. */
const ENOUGH = 128;
const REMEMBERED = 8192;
/** In time is what takes no longer than this share of the answers, and so much more. */
const IN_TIME_QUANTILE = 0.6;
const IN_TIME_FACTOR = 1.3;
const IN_TIME_MS = 10;
/**
 * Late is what takes so many times as long, and at least so much longer. What is lost on a stream is
 * sent again by the kernel, and all that follows waits for it: a wait as long as a retransmission
 * time-out or two (RFC 6298, 2.4) says nothing of the resolver.
 */
const LATE_FACTOR = 1.5;
const LATE_MS = 100;
const LATE_ON_STREAM_MS = 400;

export class LatencySurvey {
  readonly #timeout: number;
  readonly #leastLate: number;
  readonly #latencies = new Latencies();
  #asked = ZERO;
  /** Learned from, and not yet ripe to be counted; oldest first. */
  #learned: Cohort[] = [];
  #median = ZERO;
  #inTime: number;
  /** Undefined before anything was judged. */
  #reference: number | undefined;
  #expected: number | undefined;

  /** @param timeout milliseconds that an attempt may take */
  constructor(timeout: number, isStream: boolean) {
    this.#timeout = timeout;
    this.#leastLate = isStream ? LATE_ON_STREAM_MS : LATE_MS;
    this.#inTime = Math.min(FIRST_IN_TIME_MS, timeout);
  }

  /** Milliseconds; 0 before it is known. */
  get median(): number {
    return this.#median;
  }

  /** Milliseconds within which an answer is to be expected. */
  get inTime(): number {
    return this.#inTime;
  }

  /** The share of first attempts that is answered in time when all is well; undefined before it is known. */
  get reference(): number | undefined {
    return this.#reference;
  }

  /**
   * Milliseconds after which an answer is late. Longer than in time, so that what holds us up ourselves
   * for a moment is not taken for a resolver that is asked too fast.
   */
  get lateAfter(): number {
    return Math.min(
      this.#timeout,
      Math.max(LATE_FACTOR * this.#inTime, this.#inTime + this.#leastLate),
    );
  }

  /** The share of first attempts that is answered before it is late when all is well; undefined before it is known. */
  get expected(): number | undefined {
    return this.#expected;
  }

  /** Milliseconds after which a cohort is ripe to be counted. */
  get ripeAfter(): number {
    return Math.min(this.#timeout, RIPE_FACTOR * this.lateAfter);
  }

  /** Half of the first cohort, or what comes of it soon, is the first thing that is known. */
  measureFirst(cohort: Cohort, now: number): void {
    if (this.#median > 0) return;
    const isOld = now - (cohort.closedAt ?? now) >= FIRST_MS;
    const median = isOld ? cohort.latencies.quantile(0.5) : cohort.quantile(0.5);
    if (!median) return;
    this.#median = median;
    this.#inTime = Math.min(this.#timeout, 1.5 * median + 20);
  }

  /** Begins anew with what a cohort shows: the names are others now. */
  restart(cohort: Cohort): void {
    this.#reference = cohort.share(this.#inTime);
    this.#expected = cohort.share(this.lateAfter);
    this.#latencies.clear();
    this.#asked = 0;
  }

  /** Takes what a cohort shows that was not too fast for what is to be expected. */
  learn(cohort: Cohort): void {
    if (cohort.fresh < FEW_FRESH) return;
    if (this.#reference === undefined) {
      if (this.#mayBeOverrun(cohort)) return;
      this.restart(cohort);
    }
    this.#learned.push(cohort);
  }

  /** Counts the cohorts whose slow answers had their time. */
  countRipe(now: number): void {
    for (let first = this.#learned[0]; first; first = this.#learned[0]) {
      if (now - (first.closedAt as number) < this.ripeAfter) return;
      this.#learned.shift();
      if (!first.isSuspect) this.#include(first);
    }
  }

  /** What was learned and is not counted yet counts no more. */
  forget(): void {
    this.#learned = [];
  }

  #include(cohort: Cohort): void {
    this.#latencies.addAll(cohort.latencies);
    this.#asked += cohort.firsts;
    if (this.#asked < ENOUGH || this.#latencies.count === 0) return;
    this.#median = this.#latencies.quantile(0.5);
    const usual = this.#latencies.quantile(IN_TIME_QUANTILE);
    this.#inTime = Math.min(this.#timeout, IN_TIME_FACTOR * usual + IN_TIME_MS);
    this.#reference = this.#latencies.countBelow(this.#inTime) / this.#asked;
    this.#expected = this.#latencies.countBelow(this.lateAfter) / this.#asked;
    if (this.#asked <= REMEMBERED) return;
    this.#latencies.fade();
    this.#asked /= 2;
  }

  /**
   * Whether less of a cohort was answered before it was late than is to be expected.
   *
   * @param drop the part by which its share is less at least
   * @param areNames nothing says that refusals are for asking too fast
   */
  isWorse(cohort: Cohort, drop: number, areNames = false): boolean {
    const { firsts, fresh } = cohort;
    const expected = this.#expected;
    if (expected === undefined && this.#mayBeOverrun(cohort)) return true;
    if (fresh < FEW) return cohort.isRefused;
    const share = cohort.share(this.lateAfter);
    if (expected === undefined) {
      return share < 0.5 * (areNames && cohort.hasFewRefusals ? cohort.mostShare : 1);
    }
    const deviation = deviationOf(expected, firsts);
    return share < expected * (1 - drop) && share < expected - DEVIATIONS * deviation;
  }

  /**
   * The same, or most was lost of much that was asked, nearly all of it repeated, though something was
   * answered.
   */
  mayBeLimited(cohort: Cohort, drop: number, areNames: boolean): boolean {
    if (this.isWorse(cohort, drop, areNames)) return true;
    const { fresh, sent, lostShare, answeredShare } = cohort;
    if (fresh >= FEW || sent < MANY_REPEATS) return false;
    return lostShare > MOST_LOST && answeredShare * sent >= SOME_ANSWERS;
  }

  /** Whether many names that were asked before are lost again, with few others to tell whether it is the pace. */
  areRepeatsLost({ fresh, sent, lostShare }: Cohort): boolean {
    return fresh < FEW && sent >= FEW_REPEATS && lostShare > 1 - REPEATS * (this.#expected ?? 1);
  }

  /** So much of a cohort was refused that, whatever is still to come, less of it is answered than is to be expected. */
  isWorseAlready(cohort: Cohort): boolean {
    return cohort.fresh >= FEW && cohort.mostShare < 0.5 * (this.#expected ?? 1);
  }

  /** Before it is known what to expect: so much was lost that it may be too fast from the start. */
  #mayBeOverrun(cohort: Cohort): boolean {
    const { fresh, mostShare } = cohort;
    if (fresh < FEW_FIRST) return false;
    const least = fresh < FEW_FRESH ? LEAST_OF_FEW : LEAST_FIRST;
    return cohort.share(this.lateAfter) < least * mostShare;
  }

  /** The share of a cohort that was answered before it was late; of all that was asked where few names are new. */
  shareOf(cohort: Cohort): number {
    return cohort.firsts < FEW ? cohort.answeredShare : cohort.share(this.lateAfter);
  }

  /** Takes over what is known about the same resolver over another transport. */
  adopt(other: LatencySurvey): void {
    this.#median = other.#median;
    this.#inTime = other.#inTime;
    this.#reference = other.#reference;
    this.#expected = other.#expected;
    this.#latencies.clear();
    this.#asked = 0;
  }
}

/** The standard deviation of a share of so many. */
function deviationOf(share: number, count: number): number {
  return Math.sqrt(Math.max(share * (1 - share), 0.02) / count);
}
