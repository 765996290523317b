/**
 * Whether a resolver has a limit, and how high it is. Pure: time is passed in, in milliseconds.
 *
 * Late answers alone say nothing: some names are slow, and some are dead. Congestion differs in one
 * thing, that it yields when less is asked. So where the share of a cohort that was answered in time
 * falls, less is asked; if the share rises again, there is a limit, whose height the two shares tell;
 * if not, it was the names. From a limit that was found it is felt upwards in steps.
 */

import { ZERO } from '../core/zero.js';
import { BestRate } from './best-rate.js';
import type { Cohort } from './cohort.js';
import { deliveredBy, MIN_MEASURE_MS, type SearchSubjects, SLOW_RATE } from './delivered.js';
import { FEW, type LatencySurvey } from './latency-survey.js';
import {
  afterSilence,
  DROP,
  judgeTrial,
  overrunTrial,
  type Trial,
  type TrialContext,
  trialOf,
  trialRate,
} from './limit-trial.js';
import { ProvenPace } from './proven-pace.js';

/** Where a limit is felt for, a share that falls by less than this part is noise. */
const SMALL_DROP = 0.06;
/** After it was the names, so long no limit is suspected; doubles each time. */
const FIRST_TRUST_MS = 1000;
const MAX_TRUST_MS = 8000;
/** Below a limit, so far that nothing is lost to it: there is seen what to expect. Then close to it. */
const BELOW = [0.85, 0.97];
/** Heights that differ by less than this part are the same. */
const SAME = 0.1;
/** From there on upwards, until it is felt. */
const STEPS = [1.06, 1.1, 1.2, 1.4, 2];
/** A limit that may be none is left behind, or felt, the sooner. */
const LARGE_STEPS = [1.5, 2, 2];
/** Each step beyond the last, where it is not to be left behind yet. */
const STEP_BEYOND = 2;
/** How long a sign that refusals are for asking too fast holds. */
const REFUSING_MS = 3000;
/** Where repeats are lost though this part of the limit is delivered, it is the limit; if most are, the names may be dead. */
const LIMIT_PART = 0.6;
const MOST_REPEATS_LOST = 3 / 4;
/** Where few are asked a second: so many attempts tell, of which less than this part of what is to be expected is answered. */
const FEW_SLOW = FEW / 2;
const SLOW_LOSS = 0.7;
/** Where fewer are answered in a second it is no limit that is far below what was: that would let some through. */
const MIN_ANSWERS = 5;
/** A limit that the first burst overran is not left behind at fewer a second, and while they use less of the window. */
const MOST_HELD = 8 * SLOW_RATE;
const WINDOW_PART = 1 / 4;

type Phase = { readonly kind: 'none' } | Trial | Limited;

interface Limited {
  readonly kind: 'limited';
  /** Attempts a second, as it was felt last. */
  readonly limit: number;
  /** From `-BELOW.length` upwards. */
  readonly step: number;
}

/** What is asked at a step, as a part of the limit; undefined beyond the last. */
function partOf(step: number, steps: readonly number[]): number | undefined {
  if (step < 0) return BELOW[BELOW.length + step];
  return step > steps.length ? undefined : steps[Math.min(step, steps.length - 1)];
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

/** Whether so many are lost, of few new names, that it may be the limit. */
function isOverrun(cohort: Cohort, survey: LatencySurvey, isSlow: boolean): boolean {
  if (survey.areRepeatsLost(cohort)) return true;
  const least = SLOW_LOSS * (survey.expected ?? 1);
  return isSlow && cohort.sent >= FEW_SLOW && cohort.answeredShare < least;
}

/** Whether the window alone would send far more than so many a second, as the first burst did. */
function isFarBelowWindow(rate: number, { window, survey }: SearchSubjects): boolean {
  return rate < MOST_HELD && (rate * survey.median) / 1000 < WINDOW_PART * window.size;
}

/** Whether a resolver lets so many through that what it loses may be lost to a limit. */
function isThere({ meter, survey }: SearchSubjects, isSlow: boolean): boolean {
  // Before anything is known, one answer shows that it is there.
  return meter.goodRate(1000) >= (survey.expected === undefined || isSlow ? 1 : MIN_ANSWERS);
}

/** The limit that was found; what is only tried is none. */
function knownLimit(phase: Phase, { window }: SearchSubjects): number | undefined {
  return phase.kind === 'trial' ? phase.before : window.rate;
}

const none: Phase = { kind: 'none' };

export class LimitSearch {
  readonly #subjects: SearchSubjects;
  #phase: Phase = none;
  readonly #best: BestRate;
  readonly #proven: ProvenPace;
  #refusesUntil = ZERO;
  /** It was found without being overrun, or felt further down than it was: it may be none. */
  #isDoubtful = false;
  /** It was overrun before anything was known. */
  #isFirst = false;
  #isWanted = false;
  /** Until then a share that falls is not taken for a limit again: it was the names. */
  #trustUntil = ZERO;
  #trust = FIRST_TRUST_MS;

  constructor(subjects: SearchSubjects) {
    this.#subjects = subjects;
    this.#best = new BestRate(subjects);
    this.#proven = new ProvenPace(subjects.window, subjects.survey);
  }

  /** Whether a limit is known, or it is asked less to see whether there is one. */
  get kind(): Phase['kind'] {
    return this.#phase.kind;
  }

  /** Close to a limit small differences tell. */
  get isFeeling(): boolean {
    const phase = this.#phase;
    return phase.kind === 'limited' && phase.step < 2 && phase.step >= -1 && !this.mayBeNone;
  }

  /** The limit may be none, and is left behind in large steps. */
  get mayBeNone(): boolean {
    const { rate = 0 } = this.#subjects.window;
    return this.#phase.kind === 'limited' && (this.#isDoubtful || this.#best.isFarAbove(rate));
  }

  /** Few are asked a second, and were before. */
  get isSlow(): boolean {
    const { rate = Number.POSITIVE_INFINITY } = this.#subjects.window;
    return rate < SLOW_RATE && this.#best.isSlow;
  }

  /** It has answered a name that it had refused, or the reverse: refusals are for asking too fast. */
  noteRefusal(now: number): void {
    this.#refusesUntil = Math.max(this.#refusesUntil, now + REFUSING_MS);
  }

  /** @param isWanted whether questions wait for room here */
  tick(now: number, isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#best.tick();
    this.#proven.tick();
    this.#watchOverrun(now);
  }

  /** Takes over what is known over another transport. */
  adopt(other: LimitSearch, now: number): void {
    this.#best.adopt(other.#best);
    this.#returnTo(knownLimit(other.#phase, other.#subjects), now);
  }

  /** The resolver fell silent: gives up a search that is under way. */
  cancel(now: number): void {
    const phase = this.#phase;
    if (phase.kind === 'limited' && phase.step > 0 && this.isSlow) this.#limitTo(phase.limit, now);
    if (phase.kind !== 'trial') return;
    // If it is slow it may charge for what it drops: what it takes is felt for from below.
    const { isSlow } = this;
    for (const each of phase.suspects) isSlow ? each.condemn() : each.acquit();
    if (isSlow) this.#limitTo(afterSilence(phase), now, false);
    else this.#returnTo(phase.before, now);
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
    const areNames = now >= this.#refusesUntil;
    const isBlank = isCurrent && cohort.sent === 0;
    if (phase.kind === 'trial' && (isBlank || now >= Math.max(phase.until, this.#refusesUntil))) {
      this.#acquit(cohort, phase, now);
    } else if (!isCurrent) {
      if (phase.kind === 'none' && !survey.isWorse(cohort, DROP)) survey.learn(cohort);
    } else if (phase.kind === 'trial') {
      this.#judgeTrial(cohort, phase, now);
    } else if (phase.kind === 'limited') {
      this.#adjust(cohort, phase, now);
    } else if (survey.mayBeLimited(cohort, DROP, areNames) && this.#maySuspect(now, cohort)) {
      if (!this.#proven.mayPass(cohort)) this.#suspect(cohort, now);
    } else {
      this.#proven.noteGood(cohort);
      survey.learn(cohort);
    }
  }

  #maySuspect(now: number, cohort: Cohort): boolean {
    // Where most of it was lost, it is about to be asked again.
    const isWanted = this.#isWanted || cohort.isMostlyLost;
    return isWanted && now >= this.#trustUntil && isThere(this.#subjects, this.isSlow);
  }

  #suspect(cohort: Cohort, now: number): void {
    const trial = trialOf(cohort, this.#context(now));
    this.#isFirst ||= this.#subjects.survey.expected === undefined;
    this.#phase = trial;
    this.#paceAt(trialRate(trial), now);
  }

  #context(now: number): TrialContext {
    const isSlow = this.#phase.kind === 'none' ? this.#best.isSlow : this.isSlow;
    return { subjects: this.#subjects, isSlow, maybeNames: now >= this.#refusesUntil, now };
  }

  /** What is delivered while it is overrun is what it takes. */
  #watchOverrun(now: number): void {
    if (this.#phase.kind !== 'trial') return;
    const trial = overrunTrial(this.#phase, this.#context(now));
    if (!trial) return;
    this.#phase = trial;
    this.#paceAt(trialRate(trial), now);
  }

  #judgeTrial(cohort: Cohort, trial: Trial, now: number): void {
    const verdict = judgeTrial(trial, cohort, this.#context(now));
    if (verdict.kind === 'names') this.#acquit(cohort, trial, now);
    else if (verdict.kind === 'goes-on') {
      this.#phase = verdict.trial;
      if (verdict.rate !== undefined) this.#paceAt(verdict.rate, now);
    } else if (verdict.kind === 'limit') {
      const { limit, isFelt } = verdict;
      // Its first answers came at once, and not at a rate.
      if (limit < SLOW_RATE && this.#best.isSlow) this.#best.reset(limit);
      this.#limitTo(limit, now, isFelt);
    }
  }

  /** Asking less did not help: it was the names. */
  #acquit(cohort: Cohort, trial: Trial, now: number): void {
    const { before, delivered, rounds, suspects } = trial;
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
    if (isOverrun(cohort, survey, this.isSlow) && this.#yields(cohort, phase, now)) return;
    this.#proven.noteGood(cohort);
    if (isFarthestBelow) survey.learn(cohort);
    if (!window.wasFull) return;
    if (window.isTooSmallFor(phase.limit, resend.afterMs)) window.grow(now);
    else this.#climb(phase, now);
  }

  /** @returns whether that is dealt with */
  #yields(cohort: Cohort, phase: Limited, now: number): boolean {
    const { isSlow } = this;
    const delivered = deliveredBy(cohort, this.#subjects);
    if (delivered >= LIMIT_PART * phase.limit && cohort.answeredShare > 0) {
      cohort.condemn();
      const felt = isSlow ? Math.max(phase.step > 0 ? phase.limit : 0, delivered) : phase.limit;
      if (phase.step > 0 || (isSlow && phase.step === 0)) this.#feel(felt, phase, now);
      return true;
    }
    if (isSlow && this.#maySuspect(now, cohort)) {
      this.#suspect(cohort, now);
      return true;
    }
    return cohort.lostShare <= MOST_REPEATS_LOST;
  }

  /** A limit was overrun: this high. */
  #feel(felt: number, { limit, step }: Limited, now: number): void {
    // With what was sent since, at the same pace.
    this.#subjects.window.condemnUnjudged();
    const isSame = Math.abs(felt / limit - 1) < SAME;
    this.#isDoubtful = step < 0 || felt < (1 - SAME) * limit;
    if (isSame) {
      this.#best.reset(felt);
      this.#proven.forget();
    }
    this.#limitTo(isSame ? (felt + limit) / 2 : felt, now);
  }

  #climb(phase: Limited, now: number): void {
    const from = phase.step < 0 ? phase.limit : (this.#subjects.window.rate as number);
    const step = phase.step + 1;
    const { mayBeNone } = this;
    const isHeld = this.#isFirst && isFarBelowWindow(from, this.#subjects);
    const part =
      partOf(step, mayBeNone ? LARGE_STEPS : STEPS) ?? (isHeld ? STEP_BEYOND : undefined);
    if (part === undefined) this.#lift(now);
    else {
      this.#phase = { ...phase, step };
      this.#pace(from * part, now);
    }
  }

  /** No limit is known. */
  #lift(now: number): void {
    this.#phase = none;
    this.#isFirst = false;
    this.#subjects.window.unpace(now);
  }

  #limitTo(limit: number, now: number, isFelt = true): void {
    this.#proven.limitFound(limit);
    this.#isDoubtful ||= !isFelt;
    const isFarBelow = !isFelt || this.#best.isFarAbove(limit);
    const step = isFarBelow ? 0 : -BELOW.length;
    this.#phase = { kind: 'limited', limit, step };
    this.#pace(isFarBelow ? limit : (BELOW[0] as number) * limit, now);
  }

  /** Where nothing is delivered any more it is the names: that is seen without asking much less. */
  #paceAt(rate: number, now: number): void {
    this.#pace(Math.max(rate, this.#best.leastPart), now);
  }

  #pace(rate: number, now: number): void {
    const { window, resend } = this.#subjects;
    window.pace(rate, resend.afterMs, now);
  }
}
