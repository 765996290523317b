/** Words for people about resolvers that are not believed. */

import type { Distrusted } from './trust-record.js';

/** A resolver that is not believed; without one, none would be left, and all are believed. */
export interface DistrustNotice {
  readonly resolver?: string;
  readonly standing?: Distrusted;
}

const faults: Record<Distrusted, string> = {
  lying: 'makes up names that cannot exist',
  withholding: 'denies names that others find',
  contradicting: 'contradicts the others about the same names',
};

export function distrustText({ resolver, standing }: DistrustNotice): string {
  if (resolver === undefined || standing === undefined) {
    return 'no resolver stands the check, so all are believed';
  }
  return `${resolver} ${faults[standing]} and is not asked any more`;
}
