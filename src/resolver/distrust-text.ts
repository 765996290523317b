/** Words for people about resolvers that are not believed. */

import type { PairContradiction } from './pair-dispute.js';
import type { Distrusted } from './trust-record.js';

/**
 * A resolver that is not believed; or two that contradict each other, with no third to decide. With neither, no
 * resolver would be left, and all are believed.
 */
export interface DistrustNotice {
  readonly resolver?: string;
  readonly standing?: Distrusted;
  readonly contradiction?: PairContradiction;
}

const faults: Record<Distrusted, string> = {
  lying: 'makes up names that cannot exist',
  withholding: 'denies names that others find',
  contradicting: 'contradicts the others about the same names',
};

export function distrustText({ resolver, standing, contradiction }: DistrustNotice): string {
  if (contradiction) return contradictionText(contradiction);
  if (resolver === undefined || standing === undefined) {
    return 'no resolver stands the check, so all are believed';
  }
  return `${resolver} ${faults[standing]} and is not asked any more`;
}

function contradictionText({ resolvers, contradicted, compared }: PairContradiction): string {
  const [first, second] = resolvers;
  return (
    `${first} and ${second} contradict each other about ${contradicted} of ${compared} names compared, ` +
    'so such names stay unknown; to try: a third resolver with -r, or one to decide with --trusted'
  );
}
