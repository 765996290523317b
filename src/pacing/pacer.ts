/**
 * How fast one resolver is asked over one transport. Pure: time is passed in, in milliseconds.
 *
 * Late answers alone say nothing: some names are slow, and some are dead. Congestion differs in one
 * thing, that it yields when less is asked. So attempts are judged in cohorts, by the share of them
 * that was answered well and in time. Where the share falls, less is asked; if the share rises again,
 * the resolver has a limit, whose height the two shares tell; if not, it was the names.
 *
 * Until a limit is found the window grows, each time only when a cohort of the present size has been
 * answered. Once it is found, a token bucket paces what is sent: a limit is a rate, however long the
 * names take, and names that stay unanswered must not use up a window.
 */

import { Cohort, type Freshness, type Outcome } from './cohort.js';
import { DeliveryMeter } from './delivery-meter.js';
import { Latencies } from './latencies.js';
import { LatencySurvey } from './latency-survey.js';
import { TokenBucket } from './token-bucket.js';

/** What is to be known of an attempt that was answered. */
export interface JudgedAttempt {
  readonly cohort: Cohort;
  readonly freshness: Freshness;
}

export interface PacerOptions {
  /** The most attempts at a time. */
  readonly ceiling: number;
  /** Milliseconds that an attempt may take. */
  readonly timeout: number;
  /** Attempts at a time before anything is known. */
  readonly start: number;
  /** How many times the window grows at once while it is small. */
  readonly growth: number;
}

/** The height of a limit is measured anew so many times before it is believed. */
const MAX_ROUNDS = 4;
const FIRST_TRUST_MS = 1000;
const MAX_TRUST_MS = 8000;
const MAX_VERIFY_MS = 4000;
const MIN_WINDOW_MS = 200;
/** Fewer hold too few of the slow names. */
const ENOUGH_LATENCIES = 1000;
/** More are halved in weight, so that the latest count most. */
const MANY_LATENCIES = 8192;
const ENOUGH_MS = 2500;
/** A larger window is sent over a median latency and at least this, so that no burst is taken for a rate. */
const RAMP_MS = 100;
/** Fewer first attempts judge nothing; as many as `COHORT` need no more time. */
const FEW = 24;
const COHORT = 128;
const LONG_COHORT_MS = 500;
/** By then a cohort ends though it shows nothing: without evidence no pace stays low. */
const BLANK_COHORT_MS = 1000;
/** The time before a resend while latencies are not known, and the least later on. */
const FIRST_RESEND_MS = 600;
const MIN_RESEND_MS = 200;
/** A resend waits so many times as long as this share of the answers takes. */
const RESEND = 1.25;
const RESEND_QUANTILE = 0.95;
/** A share that falls by less than this part, or by fewer deviations, is noise. */
const DROP = 0.15;
const SMALL_DROP = 0.06;
const DEVIATIONS = 2.5;
/** While a limit is looked for: this part of what is delivered is asked. */
const VERIFY = 0.95;
/** Below a limit, so far that nothing is lost to it: there is seen what to expect. Then close to it. */
const BELOW = [0.85, 0.97];
/** From there on upwards, until it is felt. */
const STEPS = [1.06, 1.1, 1.2, 1.4, 2];
/** A limit far below the best rate so far may be none: it is left behind, or felt, the sooner. */
const LARGE_STEPS = [1.5, 2, 2];
const FAR_BELOW = 1 / 2;
/** A limit is felt for with cohorts this large: they tell small differences. */
const LARGE_COHORT = 320;
/** As many cohorts that fare no better, each while less is asked, say that it is the names. */
const FAILURES = 3;
/** The most that less is asked each time. */
const DEEPEST_CUT = 1 / 2;
/** How long a sign that refusals are for asking too fast holds. */
const REFUSING_MS = 3000;
/** No limit is believed to be lower, in attempts a second. */
const MIN_RATE = 20;
/** A limit is looked for no further down than this part of the best rate so far. */
const MIN_PART = 1 / 8;
/** How much of the best rate is remembered from one tick to the next. */
const REMEMBERED = 0.999;
/** Answers are looked at for a queue over this long, if there are so many. */
const QUEUE_MS = 100;
const QUEUE_ANSWERS = 20;
/** The delay by a queue that does no harm: it keeps reads and writes large. */
const SLACK_MS = 20;
const MIN_SIZE = 16;
/** From this size on the window grows by no more than this factor at once. */
const LARGE_SIZE = 4096;
const GROWTH = 2;
/** A new stream is slow at first (RFC 5681, 3.1): so many median latencies of it are not judged. */
const SLOW_START = 4;
/** A reference below this says too little to grow by. */
const MIN_REFERENCE = 0.3;

type Phase =
  | { readonly kind: 'growing' }
  | Verifying
  | { readonly kind: 'limited'; readonly limit: number; readonly step: number };

interface Verifying {
  readonly kind: 'verifying';
  /** Of the cohort that raised the suspicion, and of the latest since. */
  readonly share: number;
  readonly latest: number;
  /** Good answers a second when it did. */
  readonly delivered: number;
  /** Until then answers come to what was sent too fast: they show what the resolver takes. */
  readonly overrunUntil: number;
  /** The limit until then. */
  readonly before: number | undefined;
  readonly suspects: readonly Cohort[];
  /** Cohorts that did not fare better than the one before. */
  readonly failures: number;
  /** What is not shown by then is not shown at all. */
  readonly until: number;
  readonly rounds: number;
}

export class Pacer {
  readonly #ceiling: number;
  readonly #timeout: number;
  readonly #start: number;
  readonly #growth: number;
  #size: number;
  #sizeBefore: number;
  #grownAt = 0;
  #inFlight = 0;
  #bucket: TokenBucket | undefined;
  #phase: Phase = { kind: 'growing' };
  /** Changes with the size or the rate: what was sent before says nothing about it. */
  #generation = 0;
  #cohort: Cohort | undefined;
  #closed: Cohort[] = [];
  #wasFull = false;
  #lackedRoom = false;
  #isWanted = false;
  readonly #survey: LatencySurvey;
  /** Judged, and not yet ripe to be counted. */
  #judged: Cohort[] = [];
  /** The latency of the quickest quarter where there is no queue: the network's own. */
  #base = Number.POSITIVE_INFINITY;
  #resendAfter: number;
  readonly #all = new Latencies();
  readonly #meter = new DeliveryMeter();
  #queueCheckAt = 0;
  #refusesUntil = 0;
  /** The most good answers a second, lately. */
  #bestRate = 0;
  #firstJudgedAt = 0;
  /** What was sent before on this stream is not judged: it was still getting up to speed. */
  #judgedFrom = 0;
  /** Until then a share that falls is not taken for a limit again: it was the names. */
  #trustUntil = 0;
  #trust = FIRST_TRUST_MS;

  constructor({ ceiling, timeout, start, growth }: PacerOptions) {
    this.#growth = growth;
    this.#ceiling = ceiling;
    this.#timeout = timeout;
    this.#survey = new LatencySurvey(timeout);
    this.#start = Math.min(start, ceiling);
    this.#size = this.#start;
    this.#sizeBefore = this.#start;
    this.#resendAfter = Math.min(FIRST_RESEND_MS, timeout);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get size(): number {
    return this.#size;
  }

  /** Attempts a second that the resolver takes; undefined while no limit is known. */
  get limit(): number | undefined {
    return this.#bucket?.rate;
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
    return this.#resendAfter;
  }

  get #expected(): number {
    return this.#survey.expected ?? 1;
  }

  /** How many more may be sent now. */
  room(now: number): number {
    const room = this.#room(now);
    if (room <= 0) this.#lackedRoom = true;
    return room;
  }

  #room(now: number): number {
    let size = this.#size;
    if (this.#sizeBefore < size) {
      const grown = Math.min(1, (now - this.#grownAt) / Math.max(RAMP_MS / 2, this.#survey.median));
      size = this.#sizeBefore + (size - this.#sizeBefore) * grown;
    }
    const room = Math.floor(size - this.#inFlight);
    if (!this.#bucket || room <= 0) return room;
    return Math.min(room, this.#bucket.available(now));
  }

  /** @returns what {@link answered} is told */
  sent(freshness: Freshness, now: number): Cohort {
    this.#inFlight++;
    this.#meter.sent(freshness === 'fresh');
    this.#bucket?.take(now);
    this.#cohort ??= new Cohort(now, this.#generation);
    this.#cohort.add(freshness);
    return this.#cohort;
  }

  /** It has answered a name that it had refused: refusals are for asking too fast. */
  noteRefusal(now: number): void {
    this.#refusesUntil = now + REFUSING_MS;
  }

  /** An attempt is no longer waited for, or was taken for lost. */
  left(): void {
    this.#inFlight--;
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
    if (outcome === 'refused') cohort.refused();
    if (outcome !== 'answered') return;
    cohort.answered(latency, latency - waited, freshness);
    const isFresh = freshness === 'fresh';
    this.#meter.answered(latency - waited, isFresh);
    if (isFresh && latency < this.#base) this.#base = latency;
    // When little is left to ask, only the slow names are still to come.
    if (isFresh && this.#isWanted) this.#all.add(latency);
  }

  /** Takes over what is known about the same resolver over another transport. */
  adopt(other: Pacer, now: number): void {
    this.#size = other.#size;
    this.#sizeBefore = other.#size;
    this.#survey.adopt(other.#survey);
    this.#base = other.#base;
    this.#resendAfter = other.#resendAfter;
    this.#bestRate = other.#bestRate;
    this.#judgedFrom = now + SLOW_START * this.#survey.median;
    const { limit } = other;
    if (limit === undefined) this.#lift(now);
    else this.#limitTo(limit, now);
  }

  /** Begins anew, after the resolver was gone. What is known of a limit stays. */
  restart(now: number): void {
    const phase = this.#phase;
    if (phase.kind === 'verifying') {
      for (const each of phase.suspects) each.acquit();
      if (phase.before === undefined) this.#lift(now);
      else this.#limitTo(phase.before, now);
    }
    this.#size = this.#start;
    this.#sizeBefore = this.#start;
    this.#beginGeneration(now);
  }

  /** Judges what can be judged. @param isWanted whether questions wait for room here */
  tick(now: number, isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#meter.tick(now);
    this.#bestRate = Math.max(REMEMBERED * this.#bestRate, this.#delivered());
    this.#watchQueue(now);
    this.#watchOverrun(now);
    if (isWanted && (this.#lackedRoom || this.room(now) <= 0)) this.#wasFull = true;
    this.#lackedRoom = false;
    const cohort = this.#cohort;
    if (cohort && this.#isComplete(cohort, now)) {
      cohort.close(now);
      this.#closed.push(cohort);
      this.#cohort = undefined;
    }
    for (let first = this.#closed[0]; first && this.#judge(first, now); first = this.#closed[0]) {
      this.#closed.shift();
      this.#resendAfter = this.#resendTime(now);
    }
    this.#countRipe(now);
    if (this.#all.count > MANY_LATENCIES) this.#all.fade();
  }

  #resendTime(now: number): number {
    if (this.#firstJudgedAt === 0) this.#firstJudgedAt = now;
    const time =
      this.#all.count < COHORT
        ? Math.max(FIRST_RESEND_MS, 2 * this.#survey.median + MIN_RESEND_MS)
        : RESEND * this.#all.quantile(RESEND_QUANTILE);
    // Until then the slow names have hardly been answered yet.
    if (this.#all.count < ENOUGH_LATENCIES || now - this.#firstJudgedAt < ENOUGH_MS) {
      return Math.min(this.#timeout, Math.max(FIRST_RESEND_MS, time));
    }
    return Math.min(this.#timeout, Math.max(MIN_RESEND_MS, time));
  }

  #isComplete(cohort: Cohort, now: number): boolean {
    const duration = now - cohort.startedAt;
    if (this.#survey.median === 0) return cohort.fresh >= Math.min(FEW, this.#size) && duration > 0;
    if (duration < Math.max(this.#survey.median, RAMP_MS)) return false;
    const isFeeling =
      this.#phase.kind === 'limited' && this.#phase.step < 2 && this.#phase.step >= -1;
    const enough = isFeeling ? LARGE_COHORT : COHORT;
    if (cohort.firsts >= enough) return true;
    return duration >= (cohort.firsts >= FEW ? LONG_COHORT_MS : BLANK_COHORT_MS);
  }

  /** @returns whether the cohort is done with */
  #judge(cohort: Cohort, now: number): boolean {
    this.#survey.measureFirst(cohort, now);
    const phase = this.#phase;
    const isCurrent = cohort.generation === this.#generation;
    if (phase.kind === 'growing' && isCurrent && this.#isGoodAlready(cohort)) this.#grow(now);
    if (now - (cohort.closedAt as number) < this.#survey.lateAfter) return false;
    if (phase.kind === 'verifying' && now >= Math.max(phase.until, this.#refusesUntil)) {
      this.#acquit(cohort, phase, now);
    } else if (cohort.startedAt < this.#judgedFrom) {
      return true;
    } else if (!isCurrent) {
      if (phase.kind === 'growing' && !this.#isBad(cohort, DROP)) this.#learn(cohort);
    } else if (phase.kind === 'verifying') {
      this.#verify(cohort, phase, now);
    } else if (phase.kind === 'limited') {
      this.#adjust(cohort, phase, now);
    } else if (this.#isBad(cohort, DROP) && this.#maySuspect(now)) {
      this.#suspect(cohort, now);
    } else {
      this.#learn(cohort);
    }
    return true;
  }

  #isGoodAlready(cohort: Cohort): boolean {
    if (!this.#wasFull || this.#size >= this.#ceiling) return false;
    if (cohort.firsts < FEW) return this.#survey.median > 0;
    const reference = this.#survey.reference ?? 0.5;
    return (
      reference >= MIN_REFERENCE && cohort.share(this.#survey.inTime) >= (1 - DROP / 2) * reference
    );
  }

  #grow(now: number): void {
    this.#sizeBefore = this.#size;
    const growth = this.#size < LARGE_SIZE ? this.#growth : GROWTH;
    this.#size = Math.min(this.#ceiling, this.#size * growth);
    this.#grownAt = now;
    this.#beginGeneration(now);
  }

  /** A queue makes even the quickest answers late: the window gives back what only waits in it. */
  #watchQueue(now: number): void {
    const quickest = this.#meter.quickest(QUEUE_MS, QUEUE_ANSWERS, this.#base);
    if (quickest === undefined) return;
    this.#base *= 1.0002;
    const delay = quickest - this.#base;
    // Ticks that come late say that the queue is before ourselves: others cannot shorten it.
    const lag = 2 * Math.max(0, this.#meter.tickGap(2 * QUEUE_MS) - SLACK_MS);
    const slack = SLACK_MS + lag + this.#base / 4;
    if (delay < 1.5 * slack || now < this.#queueCheckAt) return;
    const waiting = (this.#meter.goodRate(2 * QUEUE_MS) * (delay - slack)) / 1000;
    this.#size = Math.max(MIN_SIZE, Math.floor(Math.min(this.#size, this.#inFlight) - waiting));
    this.#sizeBefore = this.#size;
    this.#queueCheckAt = now + delay + this.#survey.median + QUEUE_MS;
    this.#condemnOpen();
    this.#beginGeneration(now);
  }

  #condemnOpen(): void {
    for (const each of this.#closed) each.condemn();
    this.#cohort?.condemn();
  }

  #isBad(cohort: Cohort, drop: number): boolean {
    const { firsts, fresh } = cohort;
    if (fresh < FEW) return cohort.isRefused;
    const share = cohort.share(this.#survey.lateAfter);
    const reference = this.#survey.expected;
    if (reference === undefined) return share < 0.5;
    const deviation = deviationOf(reference, firsts);
    return share < reference * (1 - drop) && share < reference - DEVIATIONS * deviation;
  }

  /** Takes what a cohort shows that was not too fast for what is to be expected. */
  #learn(cohort: Cohort): void {
    if (cohort.fresh < MIN_SIZE) return;
    if (this.#survey.reference === undefined) this.#survey.restart(cohort);
    this.#judged.push(cohort);
  }

  #countRipe(now: number): void {
    for (let first = this.#judged[0]; first; first = this.#judged[0]) {
      if (now - (first.closedAt as number) < this.#survey.ripeAfter) return;
      this.#judged.shift();
      if (!first.isSuspect) this.#survey.include(first);
    }
  }

  /** Where next to nothing is answered it is no limit: that would let some through. */
  #maySuspect(now: number): boolean {
    return this.#isWanted && now >= this.#trustUntil && this.#meter.goodRate(1000) >= MIN_RATE / 4;
  }

  /** Too little was answered in time: asks less, to see whether that helps. */
  #suspect(cohort: Cohort, now: number): void {
    const share = cohort.share(this.#survey.lateAfter);
    const suspects = [...this.#closed, ...(this.#cohort ? [this.#cohort] : [])];
    for (const each of suspects) each.suspect();
    const delivered = this.#delivered();
    this.#phase = {
      kind: 'verifying',
      share,
      latest: share,
      delivered,
      overrunUntil: now + this.#survey.lateAfter + MIN_WINDOW_MS,
      before: this.#bucket?.rate,
      suspects,
      until: now + MAX_VERIFY_MS,
      failures: 0,
      rounds: 0,
    };
    this.#paceAt(VERIFY * delivered, now);
  }

  /** Where nothing is delivered any more it is the names: that is seen without asking much less. */
  #paceAt(rate: number, now: number): void {
    const least = this.#refusesUntil > now ? 0 : MIN_PART * this.#bestRate;
    this.#pace(Math.max(rate, least), now);
  }

  /** What is delivered while it is overrun is what it takes. */
  #watchOverrun(now: number): void {
    const phase = this.#phase;
    if (phase.kind !== 'verifying' || now > phase.overrunUntil) return;
    if (phase.rounds > 0 || phase.failures > 0) return;
    const delivered = this.#delivered();
    if (delivered < 1.1 * phase.delivered) return;
    this.#phase = { ...phase, delivered };
    this.#paceAt(VERIFY * delivered, now);
  }

  /** Good answers a second, over a window that holds more than a burst. */
  #delivered(): number {
    return this.#meter.goodRate(this.#window());
  }

  #window(): number {
    return Math.max(MIN_WINDOW_MS, 1.2 * this.#survey.median);
  }

  #verify(cohort: Cohort, phase: Verifying, now: number): void {
    // Names that failed before show nothing.
    if (cohort.firsts < FEW && !cohort.isRefused) return;
    const reference = this.#expected;
    const share = cohort.share(this.#survey.lateAfter);
    const gain = (share - phase.share) / Math.max(0.01, reference - phase.share);
    const isBetter = share > phase.latest + 0.05;
    if (gain < 1 / 3) {
      const failures = isBetter ? 0 : phase.failures + 1;
      if (failures >= FAILURES && now >= this.#refusesUntil) {
        this.#acquit(cohort, phase, now);
        return;
      }
      this.#phase = { ...phase, latest: share, failures };
      // A small drop shows in a small change.
      const cut = Math.max(DEEPEST_CUT, Math.sqrt(phase.share / reference));
      if (failures > 0) this.#paceAt(VERIFY * cut ** failures * phase.delivered, now);
      return;
    }
    for (const each of phase.suspects) each.condemn();
    const isStillBad = share < reference * (1 - DROP);
    const wasReferenceBad = share > reference * (1 + DROP);
    if (wasReferenceBad) this.#survey.restart(cohort);
    // Less has not helped any more: more than this is not to be had.
    const isAtEnd = phase.rounds > 0 && !isBetter;
    if (isAtEnd) this.#survey.restart(cohort);
    if ((isStillBad || wasReferenceBad) && !isAtEnd && phase.rounds < MAX_ROUNDS) {
      const delivered = Math.min(phase.delivered, this.#delivered());
      const rounds = phase.rounds + 1;
      this.#phase = {
        ...phase,
        latest: share,
        delivered,
        rounds,
        failures: 0,
        suspects: [cohort],
        until: now + MAX_VERIFY_MS,
      };
      this.#paceAt(VERIFY * delivered, now);
      return;
    }
    const rate = (this.#bucket as TokenBucket).rate;
    this.#limitTo(phase.failures === 0 ? Math.max(rate, phase.delivered) : rate, now);
  }

  /** Asking less did not help: it was the names. */
  #acquit(cohort: Cohort, phase: Verifying, now: number): void {
    const { before, delivered, rounds, suspects } = phase;
    for (const each of suspects) each.acquit();
    this.#survey.restart(cohort);
    this.#judged = [];
    this.#trustUntil = now + this.#trust;
    this.#trust = Math.min(MAX_TRUST_MS, this.#trust * 2);
    if (before !== undefined || rounds > 0) {
      this.#limitTo(before ?? delivered, now);
    } else {
      this.#lift(now);
    }
  }

  /** No limit is known. */
  #lift(now: number): void {
    this.#phase = { kind: 'growing' };
    this.#bucket = undefined;
    this.#beginGeneration(now);
  }

  #limitTo(limit: number, now: number): void {
    this.#phase = { kind: 'limited', limit, step: -BELOW.length };
    this.#pace((BELOW[0] as number) * limit, now);
  }

  /** Feels for a limit from below, in steps that grow while none is found. */
  #adjust(cohort: Cohort, phase: Phase & { kind: 'limited' }, now: number): void {
    const share = cohort.share(this.#survey.lateAfter);
    const isFarthestBelow = phase.step === -BELOW.length;
    if (this.#isBad(cohort, SMALL_DROP)) {
      if (share < this.#expected / 2 || isFarthestBelow) {
        if (this.#maySuspect(now)) this.#suspect(cohort, now);
      } else {
        cohort.condemn();
        // While it is overrun it answers as fast as it can.
        const overrunFor = now - cohort.startedAt - this.#survey.median;
        const delivered = this.#meter.goodRate(Math.max(MIN_WINDOW_MS, overrunFor));
        // Where names are lost for other reasons, less than its limit is delivered.
        const expected = (cohort.rate(this.#survey.median) * share) / this.#expected;
        this.#limitTo(Math.max(delivered, expected), now);
      }
      return;
    }
    if (isFarthestBelow) this.#learn(cohort);
    if (!this.#wasFull) return;
    if (this.#size < this.#sizeFor(phase.limit)) {
      this.#grow(now);
      return;
    }
    const limit = phase.step < 0 ? phase.limit : (this.#bucket as TokenBucket).rate;
    const step = phase.step + 1;
    const steps = phase.limit < FAR_BELOW * this.#bestRate ? LARGE_STEPS : STEPS;
    if (step > steps.length) {
      this.#lift(now);
      return;
    }
    this.#phase = { kind: 'limited', limit, step };
    const part = step < 0 ? BELOW[BELOW.length + step] : steps[Math.min(step, steps.length - 1)];
    this.#pace(limit * (part as number), now);
  }

  #pace(rate: number, now: number): void {
    const atLeast = Math.max(rate, MIN_RATE);
    this.#bucket ??= new TokenBucket(atLeast, now);
    this.#bucket.pace(atLeast, now);
    this.#size = Math.max(this.#size, this.#sizeFor(atLeast));
    this.#sizeBefore = this.#size;
    this.#beginGeneration(now);
  }

  /** A window that does not hold back so many attempts a second. */
  #sizeFor(rate: number): number {
    return Math.min(this.#ceiling, Math.ceil((2 * rate * this.#resendAfter) / 1000));
  }

  #beginGeneration(now: number): void {
    this.#generation++;
    this.#wasFull = false;
    if (!this.#cohort) return;
    this.#cohort.close(now);
    this.#closed.push(this.#cohort);
    this.#cohort = undefined;
  }
}

/** The standard deviation of a share of so many. */
function deviationOf(share: number, count: number): number {
  return Math.sqrt(Math.max(share * (1 - share), 0.02) / count);
}
