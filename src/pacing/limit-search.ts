/**
 * Whether a resolver has a limit, and how high it is. Pure: time is passed in, in milliseconds.
 *
 * Late answers alone say nothing: some names are slow, and some are dead. Congestion differs in one
 * thing, that it yields when less is asked. So where the share of a cohort that was answered in time
 * falls, less is asked; if the share rises again, there is a limit, whose height the two shares tell;
 * if not, it was the names. From a limit that was found it is felt upwards in steps.
 */

import type { Cohort } from './cohort.js';
import type { DeliveryMeter } from './delivery-meter.js';
import { FEW, type LatencySurvey } from './latency-survey.js';
import type { PacedWindow } from './paced-window.js';
import { ProvenPace } from './proven-pace.js';
import type { ResendTimer } from './resend-timer.js';

/** What the search looks at, and what it acts on. */
export interface SearchSubjects {
  readonly window: PacedWindow;
  readonly survey: LatencySurvey;
  readonly meter: DeliveryMeter;
  readonly resend: ResendTimer;
}

/** A share that falls by less than this part is noise; where a limit is felt for, by less than that. */
export const DROP = 0.15;
const SMALL_DROP = 0.06;
/** The height of a limit is measured anew so many times before it is believed. */
const MAX_ROUNDS = 4;
const MAX_VERIFY_MS = 4000;
/** After it was the names, so long no limit is suspected; doubles each time. */
const FIRST_TRUST_MS = 1000;
const MAX_TRUST_MS = 8000;
/** What is delivered is measured over no less. */
const MIN_MEASURE_MS = 200;
/** While a limit is looked for: this part of what is delivered is asked. */
const VERIFY = 0.95;
/** Below a limit, so far that nothing is lost to it: there is seen what to expect. Then close to it. */
const BELOW = [0.85, 0.97];
/** Heights that differ by less than this part are the same. */
const SAME = 0.1;
/** From there on upwards, until it is felt. */
const STEPS = [1.06, 1.1, 1.2, 1.4, 2];
/** A limit far below the best rate so far may be none: it is left behind, or felt, the sooner. */
const LARGE_STEPS = [1.5, 2, 2];
const FAR_BELOW = 1 / 2;
/** As many cohorts that fare no better, each while less is asked, say that it is the names. */
const FAILURES = 3;
/** The most that less is asked each time. */
const DEEPEST_CUT = 1 / 2;
/** How long a sign that refusals are for asking too fast holds. */
const REFUSING_MS = 3000;
/** A limit is looked for no further down than this part of the best rate so far. */
const MIN_PART = 1 / 8;
/** How much of the best rate is remembered from one tick to the next. */
const REMEMBERED = 0.999;
/** A share below this is a burst that was lost; a rise from there shows in fewer attempts. */
const MOST_LOST = 1 / 2;
/** Where repeats are lost though this part of the limit is delivered, it is the limit; if most are, the names may be dead. */
const LIMIT_PART = 0.6;
const MOST_REPEATS_LOST = 3 / 4;
/** Where fewer are answered in a second it is no limit: that would let some through. */
const MIN_ANSWERS = 5;

type Phase = { readonly kind: 'none' } | Verifying | Limited;

interface Limited {
  readonly kind: 'limited';
  /** Attempts a second, as it was felt last. */
  readonly limit: number;
  /** From `-BELOW.length` upwards. */
  readonly step: number;
}

/** Less is asked, to see whether that helps. */
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
  /** Few names were new: it is seen by what is refused of the others. */
  readonly isForRefusals: boolean;
  /** Cohorts that did not fare better than the one before. */
  readonly failures: number;
  /** What is not shown by then is not shown at all. */
  readonly until: number;
  readonly rounds: number;
}

/** What is asked at a step, as a part of the limit; undefined beyond the last. */
function partOf(step: number, isFarBelow: boolean): number | undefined {
  if (step < 0) return BELOW[BELOW.length + step];
  const steps = isFarBelow ? LARGE_STEPS : STEPS;
  return step > steps.length ? undefined : steps[Math.min(step, steps.length - 1)];
}

/** @param delivered good answers a second */
function suspicionOf(
  cohort: Cohort,
  { window, survey }: SearchSubjects,
  delivered: number,
  now: number,
): Verifying {
  const share = survey.shareOf(cohort);
  const suspects = [...window.unjudged];
  for (const each of suspects) each.suspect();
  return {
    kind: 'verifying',
    share,
    latest: share,
    delivered,
    overrunUntil: now + survey.lateAfter + MIN_MEASURE_MS,
    before: window.rate,
    suspects,
    isForRefusals: cohort.firsts < FEW,
    until: now + MAX_VERIFY_MS,
    failures: 0,
    rounds: 0,
  };
}

/** Good answers a second, over a time that holds more than a burst. */
function deliveredNow({ meter, survey }: SearchSubjects): number {
  return meter.goodRate(Math.max(MIN_MEASURE_MS, 1.2 * survey.median));
}

/** How high a limit is that a cohort has overrun a little. */
function feltLimit(cohort: Cohort, { survey, meter }: SearchSubjects, now: number): number {
  const share = cohort.share(survey.lateAfter);
  // While it is overrun it answers as fast as it can.
  const overrunFor = now - cohort.startedAt - survey.median;
  const delivered = meter.goodRate(Math.max(MIN_MEASURE_MS, overrunFor));
  // Where names are lost for other reasons, less than its limit is delivered.
  return Math.max(delivered, (cohort.rate(survey.median) * share) / (survey.expected ?? 1));
}

/** The height is measured once more, with what is delivered now. */
function roundAfter(
  phase: Verifying,
  cohort: Cohort,
  subjects: SearchSubjects,
  now: number,
): Verifying {
  return {
    ...phase,
    latest: subjects.survey.shareOf(cohort),
    delivered: Math.min(phase.delivered, deliveredNow(subjects)),
    rounds: phase.rounds + 1,
    failures: 0,
    suspects: [cohort],
    until: now + MAX_VERIFY_MS,
  };
}

/** The limit that was found; what is only tried is none. */
function knownLimit(phase: Phase, { rate }: PacedWindow): number | undefined {
  return phase.kind === 'verifying' ? phase.before : rate;
}

const none: Phase = { kind: 'none' };

export class LimitSearch {
  readonly #subjects: SearchSubjects;
  #phase: Phase = none;
  /** The most good answers a second, lately. */
  #bestRate = 0;
  readonly #proven: ProvenPace;
  #refusesUntil = 0;
  #isWanted = false;
  /** Until then a share that falls is not taken for a limit again: it was the names. */
  #trustUntil = 0;
  #trust = FIRST_TRUST_MS;

  constructor(subjects: SearchSubjects) {
    this.#subjects = subjects;
    this.#proven = new ProvenPace(subjects.window, subjects.survey);
  }

  /** Neither is a limit known, nor is one looked for. */
  get isUnlimited(): boolean {
    return this.#phase.kind === 'none';
  }

  /** Close to a limit small differences tell. */
  get isFeeling(): boolean {
    const phase = this.#phase;
    return phase.kind === 'limited' && phase.step < 2 && phase.step >= -1 && !this.isFarBelow;
  }

  /** The limit is far below the best rate so far: it may be none, and is left behind in large steps. */
  get isFarBelow(): boolean {
    const { rate } = this.#subjects.window;
    return this.#phase.kind === 'limited' && (rate as number) < FAR_BELOW * this.#bestRate;
  }

  /** It has answered a name that it had refused: refusals are for asking too fast. */
  noteRefusal(now: number): void {
    this.#refusesUntil = now + REFUSING_MS;
  }

  /** @param isWanted whether questions wait for room here */
  tick(now: number, isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#bestRate = Math.max(REMEMBERED * this.#bestRate, deliveredNow(this.#subjects));
    this.#proven.tick();
    this.#watchOverrun(now);
  }

  /** Takes over what is known over another transport. */
  adopt(other: LimitSearch, now: number): void {
    this.#bestRate = other.#bestRate;
    this.#returnTo(knownLimit(other.#phase, other.#subjects.window), now);
  }

  /** Gives up a search that is under way. */
  cancel(now: number): void {
    if (this.#phase.kind !== 'verifying') return;
    for (const each of this.#phase.suspects) each.acquit();
    this.#returnTo(this.#phase.before, now);
  }

  #returnTo(limit: number | undefined, now: number): void {
    if (limit === undefined) this.#lift(now);
    else this.#limitTo(limit, now);
  }

  /**
   * Judges a cohort whose answers had their time.
   *
   * @param isCurrent whether it is of the present size and rate
   */
  judge(cohort: Cohort, isCurrent: boolean, now: number): void {
    const { survey } = this.#subjects;
    const phase = this.#phase;
    if (
      phase.kind === 'verifying' &&
      (cohort.sent === 0 || now >= Math.max(phase.until, this.#refusesUntil))
    ) {
      this.#acquit(cohort, phase, now);
    } else if (!isCurrent) {
      if (phase.kind === 'none' && !survey.isWorse(cohort, DROP)) survey.learn(cohort);
    } else if (phase.kind === 'verifying') {
      this.#verify(cohort, phase, now);
    } else if (phase.kind === 'limited') {
      this.#adjust(cohort, phase, now);
    } else if (survey.mayBeLimited(cohort, DROP) && this.#maySuspect(now, cohort)) {
      if (!this.#proven.mayPass(cohort)) this.#suspect(cohort, now);
    } else {
      this.#proven.noteGood(cohort);
      survey.learn(cohort);
    }
  }

  #maySuspect(now: number, cohort: Cohort): boolean {
    // Where most of it was lost, it is about to be asked again.
    const isWanted = this.#isWanted || cohort.isMostlyLost;
    const answers = this.#subjects.meter.goodRate(1000);
    return isWanted && now >= this.#trustUntil && answers >= MIN_ANSWERS;
  }

  #suspect(cohort: Cohort, now: number): void {
    const delivered = deliveredNow(this.#subjects);
    this.#phase = suspicionOf(cohort, this.#subjects, delivered, now);
    this.#paceAt(VERIFY * delivered, now);
  }

  /** What is delivered while it is overrun is what it takes. */
  #watchOverrun(now: number): void {
    const phase = this.#phase;
    if (phase.kind !== 'verifying' || now > phase.overrunUntil) return;
    if (phase.rounds > 0 || phase.failures > 0) return;
    const delivered = deliveredNow(this.#subjects);
    if (delivered < 1.1 * phase.delivered) return;
    this.#phase = { ...phase, delivered };
    this.#paceAt(VERIFY * delivered, now);
  }

  #verify(cohort: Cohort, phase: Verifying, now: number): void {
    // Names that failed before show nothing, unless they were refused for being asked too fast.
    const few = phase.share < MOST_LOST ? FEW / 3 : FEW;
    if (cohort.firsts < few && !(phase.isForRefusals && cohort.sent >= FEW)) return;
    const { survey } = this.#subjects;
    const reference = survey.expected ?? 1;
    const share = survey.shareOf(cohort);
    const gain = (share - phase.share) / Math.max(0.01, reference - phase.share);
    const isBetter = share > phase.latest + 0.05;
    if (gain < 1 / 3) {
      this.#cut(cohort, phase, { share, isBetter }, now);
      return;
    }
    for (const each of phase.suspects) each.condemn();
    const isStillBad = share < reference * (1 - DROP);
    const wasReferenceBad = share > reference * (1 + DROP);
    // Less has not helped any more: more than this is not to be had.
    const isAtEnd = phase.rounds > 0 && !isBetter;
    if (wasReferenceBad || isAtEnd) survey.restart(cohort);
    if ((isStillBad || wasReferenceBad) && !isAtEnd && phase.rounds < MAX_ROUNDS) {
      const again = roundAfter(phase, cohort, this.#subjects, now);
      this.#phase = again;
      this.#paceAt(VERIFY * again.delivered, now);
      return;
    }
    const rate = this.#subjects.window.rate as number;
    this.#limitTo(phase.failures === 0 ? Math.max(rate, phase.delivered) : rate, now);
  }

  /** To ask less has not helped yet: asks still less, or gives up. */
  #cut(
    cohort: Cohort,
    phase: Verifying,
    { share, isBetter }: { readonly share: number; readonly isBetter: boolean },
    now: number,
  ): void {
    const failures = isBetter ? 0 : phase.failures + 1;
    if (failures >= FAILURES && now >= this.#refusesUntil) {
      this.#acquit(cohort, phase, now);
      return;
    }
    this.#phase = { ...phase, latest: share, failures };
    if (failures === 0) return;
    // A small drop shows in a small change.
    const reference = this.#subjects.survey.expected ?? 1;
    const cut = Math.max(DEEPEST_CUT, Math.sqrt(phase.share / reference));
    this.#paceAt(VERIFY * cut ** failures * phase.delivered, now);
  }

  /** Asking less did not help: it was the names. */
  #acquit(cohort: Cohort, phase: Verifying, now: number): void {
    const { before, delivered, rounds, suspects } = phase;
    for (const each of suspects) each.acquit();
    if (cohort.firsts >= FEW) this.#subjects.survey.restart(cohort);
    this.#subjects.survey.forget();
    this.#trustUntil = now + this.#trust;
    this.#trust = Math.min(MAX_TRUST_MS, this.#trust * 2);
    this.#returnTo(before ?? (rounds > 0 ? delivered : undefined), now);
  }

  /** Feels for a limit from below, in steps that grow while none is found. */
  #adjust(cohort: Cohort, phase: Limited, now: number): void {
    const { window, survey, resend } = this.#subjects;
    const isFarthestBelow = phase.step === -BELOW.length;
    if (survey.isWorse(cohort, SMALL_DROP)) {
      if (this.#proven.mayPass(cohort)) return;
      if (isFarthestBelow || cohort.share(survey.lateAfter) < (survey.expected ?? 1) / 2) {
        if (this.#maySuspect(now, cohort)) this.#suspect(cohort, now);
      } else {
        this.#feel(feltLimit(cohort, this.#subjects, now), phase, now);
      }
      return;
    }
    if (survey.areRepeatsLost(cohort)) {
      const least = Math.max(MIN_ANSWERS, LIMIT_PART * phase.limit);
      const isOverrun = deliveredNow(this.#subjects) >= least;
      if (isOverrun) cohort.condemn();
      if (isOverrun && phase.step > 0) this.#feel(phase.limit, phase, now);
      if (isOverrun || cohort.lostShare <= MOST_REPEATS_LOST) return;
    }
    this.#proven.noteGood(cohort);
    if (isFarthestBelow) survey.learn(cohort);
    if (!window.wasFull) return;
    if (window.isTooSmallFor(phase.limit, resend.afterMs)) window.grow(now);
    else this.#climb(phase, now);
  }

  /** A limit was overrun: this high. */
  #feel(felt: number, { limit }: Limited, now: number): void {
    // With what was sent since, at the same pace.
    this.#subjects.window.condemnUnjudged();
    const isSame = Math.abs(felt / limit - 1) < SAME;
    if (isSame) {
      this.#bestRate = felt;
      this.#proven.forget();
    }
    this.#limitTo(isSame ? (felt + limit) / 2 : felt, now);
  }

  #climb(phase: Limited, now: number): void {
    const from = phase.step < 0 ? phase.limit : (this.#subjects.window.rate as number);
    const step = phase.step + 1;
    const part = partOf(step, this.isFarBelow);
    if (part === undefined) this.#lift(now);
    else {
      this.#phase = { ...phase, step };
      this.#pace(from * part, now);
    }
  }

  /** No limit is known. */
  #lift(now: number): void {
    this.#phase = none;
    this.#subjects.window.unpace(now);
  }

  #limitTo(limit: number, now: number): void {
    this.#proven.limitFound(limit);
    const isFarBelow = limit < FAR_BELOW * this.#bestRate;
    const step = isFarBelow ? 0 : -BELOW.length;
    this.#phase = { kind: 'limited', limit, step };
    this.#pace(isFarBelow ? limit : (BELOW[0] as number) * limit, now);
  }

  /** Where nothing is delivered any more it is the names: that is seen without asking much less. */
  #paceAt(rate: number, now: number): void {
    this.#pace(Math.max(rate, MIN_PART * this.#bestRate), now);
  }

  #pace(rate: number, now: number): void {
    const { window, resend } = this.#subjects;
    window.pace(rate, resend.afterMs, now);
  }
}
