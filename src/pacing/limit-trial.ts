/**
 * Less is asked of a resolver for a while, to see whether that helps: whether it is a limit that loses what is lost,
 * and how high it is. Pure: time is passed in, in milliseconds.
 */

import type { Cohort } from './cohort.js';
import {
  deliveredBy,
  deliveredNow,
  MIN_MEASURE_MS,
  type SearchSubjects,
  SLOW_RATE,
} from './delivered.js';
import { FEW } from './latency-survey.js';

/** A share that falls by less than this part is noise. */
export const DROP = 0.15;
/** The height of a limit is measured anew so many times before it is believed. */
const MAX_ROUNDS = 4;
/** What is not shown by then is not shown at all; where few are answered it takes longer. */
const MAX_TRIAL_MS = 4000;
const MAX_SLOW_TRIAL_MS = 10_000;
/** This part of what is delivered is asked. */
const PART = 0.95;
/** The most that less is asked each time. */
const DEEPEST_CUT = 1 / 2;
const DEEPEST_SLOW_CUT = 1 / 4;
/** As many cohorts that fare no better, each while less is asked, say that it is the names. */
const FAILURES = 3;
/** A share below this is a burst that was lost; a rise from there shows in fewer attempts. */
const MOST_LOST = 1 / 2;
/** Where few are answered a second, a share that is this part of what is to be expected shows the height of a limit. */
const SLOW_PART = 0.6;
/** Where few are answered a second, so many attempts tell. */
const FEW_SLOW = 5;
/** Before anything is known: a resolver that answers so many at once lets some times as many through in a second. */
const OF_FIRST = 4;
/** The part of it that is asked at first where a resolver fell silent meanwhile. */
const AFTER_SILENCE = 1 / 4;

export interface Trial {
  readonly kind: 'trial';
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
  readonly until: number;
  readonly rounds: number;
  /** The limit was overrun while it lasted. */
  readonly isFelt: boolean;
}

type TrialVerdict =
  | { readonly kind: 'open' }
  /** It goes on with so many attempts a second, or as many as before. */
  | { readonly kind: 'goes-on'; readonly trial: Trial; readonly rate: number | undefined }
  | { readonly kind: 'names' }
  /** `isFelt`: no more than this is let through; else there may be room above it. */
  | { readonly kind: 'limit'; readonly limit: number; readonly isFelt: boolean };

/** What a trial is judged by beside the cohort. */
export interface TrialContext {
  readonly subjects: SearchSubjects;
  /** Few are answered a second, and were before. */
  readonly isSlow: boolean;
  /** Whether it may be the names: refusals of late were for asking too fast. */
  readonly maybeNames: boolean;
  readonly now: number;
}

/** Begins a trial because of a cohort. */
export function trialOf(cohort: Cohort, context: TrialContext): Trial {
  const { subjects, now } = context;
  const { window, survey } = subjects;
  const share = survey.shareOf(cohort);
  const suspects = [...window.unjudged];
  for (const each of suspects) each.suspect();
  const delivered = deliveredNow(subjects);
  const guess = survey.expected === undefined ? OF_FIRST * cohort.answered : 0;
  return {
    kind: 'trial',
    share,
    latest: share,
    delivered: Math.max(delivered, Math.min(SLOW_RATE, guess)),
    overrunUntil: now + survey.lateAfter + MIN_MEASURE_MS,
    before: window.rate,
    suspects,
    isForRefusals: cohort.firsts < FEW,
    until: endOf(context, delivered),
    failures: 0,
    rounds: 0,
    isFelt: false,
  };
}

function endOf({ isSlow, now }: TrialContext, delivered: number): number {
  return now + (isSlow && delivered < SLOW_RATE ? MAX_SLOW_TRIAL_MS : MAX_TRIAL_MS);
}

/** Attempts a second for a resolver that fell silent during a trial, as those do that charge for what they drop. */
export function afterSilence({ delivered }: Trial): number {
  return AFTER_SILENCE * delivered;
}

/** What is delivered while it is overrun is what it takes. @returns the trial with that, where it is more */
export function overrunTrial(trial: Trial, { subjects, now }: TrialContext): Trial | undefined {
  if (now > trial.overrunUntil || trial.rounds > 0 || trial.failures > 0) return undefined;
  const delivered = deliveredNow(subjects);
  return delivered < 1.1 * trial.delivered ? undefined : { ...trial, delivered };
}

/** Attempts a second that a trial begins with. */
export function trialRate({ delivered }: Trial): number {
  return PART * delivered;
}

export function judgeTrial(trial: Trial, cohort: Cohort, context: TrialContext): TrialVerdict {
  if (saysNothing(trial, cohort, context)) return { kind: 'open' };
  const { subjects, isSlow } = context;
  const { survey } = subjects;
  const reference = survey.expected ?? 1;
  const share = survey.shareOf(cohort);
  const gain = (share - trial.share) / Math.max(0.01, reference - trial.share);
  const isBetter = share > trial.latest + 0.05;
  if (gain < 1 / 3) {
    const failures = isBetter ? 0 : trial.failures + 1;
    // It may have been asked too fast as well, and all that is asked are names that were lost before.
    if (isSlow) cohort.suspect();
    const suspects = isSlow ? [...trial.suspects, cohort] : trial.suspects;
    return cut({ ...trial, latest: share, failures, suspects }, share, context);
  }
  for (const each of trial.suspects) each.condemn();
  const isStillBad = share < reference * (isSlow ? SLOW_PART : 1 - DROP);
  const wasReferenceBad = share > reference * (1 + DROP);
  // Less has not helped any more: more than this is not to be had.
  const isAtEnd = trial.rounds > 0 && !isBetter;
  if (wasReferenceBad || isAtEnd) survey.restart(cohort);
  if ((isStillBad || wasReferenceBad) && !isAtEnd && trial.rounds < MAX_ROUNDS) {
    return nextRound(trial, cohort, context);
  }
  return limitOf(trial, cohort, context, share >= reference * (1 - DROP));
}

/** Names that failed before show nothing, unless they were refused for being asked too fast, or are all that is asked. */
function saysNothing(trial: Trial, cohort: Cohort, { isSlow }: TrialContext): boolean {
  const few = trial.share < MOST_LOST ? FEW / 3 : FEW;
  if (cohort.firsts >= few) return false;
  if (trial.isForRefusals && cohort.sent >= FEW) return false;
  return !isSlow || cohort.sent < FEW_SLOW;
}

/** The height is measured once more, with what is delivered now. */
function nextRound(trial: Trial, cohort: Cohort, context: TrialContext): TrialVerdict {
  const { subjects } = context;
  const delivered = Math.min(trial.delivered, deliveredBy(cohort, subjects));
  const again = {
    ...trial,
    latest: subjects.survey.shareOf(cohort),
    delivered,
    rounds: trial.rounds + 1,
    failures: 0,
    suspects: [cohort],
    until: endOf(context, delivered),
    isFelt: true,
  };
  return { kind: 'goes-on', trial: again, rate: PART * delivered };
}

function limitOf(
  trial: Trial,
  cohort: Cohort,
  { subjects, isSlow }: TrialContext,
  isGood: boolean,
): TrialVerdict {
  const rate = subjects.window.rate as number;
  const isFelt = !isSlow || trial.isFelt || !isGood;
  if (isSlow && isFelt) return { kind: 'limit', limit: deliveredBy(cohort, subjects), isFelt };
  const limit = trial.failures === 0 ? Math.max(rate, trial.delivered) : rate;
  return { kind: 'limit', limit, isFelt };
}

/** To ask less has not helped yet: asks still less, or gives up. */
function cut(trial: Trial, share: number, context: TrialContext): TrialVerdict {
  const { subjects, isSlow, maybeNames } = context;
  const { failures, delivered } = trial;
  if (isSlow && share === 0 && failures <= FAILURES) {
    const rate = (subjects.window.rate as number) * DEEPEST_SLOW_CUT;
    return { kind: 'goes-on', trial: { ...trial, isFelt: true }, rate };
  }
  if (failures >= FAILURES && maybeNames) return { kind: 'names' };
  if (isSlow && share > 0) {
    // What is answered of them is what it lets through.
    const rate = (subjects.window.rate as number) * Math.max(DEEPEST_SLOW_CUT, PART * share);
    return { kind: 'goes-on', trial: { ...trial, isFelt: true }, rate };
  }
  if (failures === 0) return { kind: 'goes-on', trial, rate: undefined };
  // A small drop shows in a small change.
  const part = Math.max(DEEPEST_CUT, Math.sqrt(trial.share / (subjects.survey.expected ?? 1)));
  return { kind: 'goes-on', trial, rate: PART * part ** failures * delivered };
}
