/** What a resolver delivers, as the search for its limit measures it. Pure. */

import type { Cohort } from './cohort.js';
import type { DeliveryMeter } from './delivery-meter.js';
import type { LatencySurvey } from './latency-survey.js';
import type { PacedWindow } from './paced-window.js';
import type { ResendTimer } from './resend-timer.js';

/** What the search looks at, and what it acts on. */
export interface SearchSubjects {
  readonly window: PacedWindow;
  readonly survey: LatencySurvey;
  readonly meter: DeliveryMeter;
  readonly resend: ResendTimer;
}

/** What is delivered is measured over no less. */
export const MIN_MEASURE_MS = 200;
/** Of fewer a second so short a time holds too few. */
export const SLOW_RATE = 80;
const LONG_MEASURE_MS = 1000;
/** The share of answers before they are late, as long as it is not known. */
const LIKELY_SHARE = 0.9;

/** Good answers a second, over a time that holds more than a burst. */
export function deliveredNow({ meter, survey }: SearchSubjects): number {
  return meter.goodRate(Math.max(MIN_MEASURE_MS, 1.2 * survey.median));
}

/** The same over as long as it takes, where they are few. */
export function deliveredSteadily(subjects: SearchSubjects): number {
  const delivered = deliveredNow(subjects);
  return delivered < SLOW_RATE ? subjects.meter.goodRate(LONG_MEASURE_MS) : delivered;
}

/** The same where a cohort was sent; it holds more of them than a moment does where they are few. */
export function deliveredBy(cohort: Cohort, subjects: SearchSubjects): number {
  const { window, survey } = subjects;
  if ((window.rate as number) >= SLOW_RATE) return deliveredNow(subjects);
  const share = Math.min(1, cohort.answeredShare / (survey.expected ?? LIKELY_SHARE));
  return cohort.rate(survey.median) * share;
}
