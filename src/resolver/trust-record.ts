/** What is known of a resolver. Pure. */

import type { CheckAnswer } from './check-verdict.js';

export type Standing =
  | 'unchecked'
  | 'checking'
  | 'honest'
  /** The check could not tell: what it says counts where another says so too. */
  | 'untested'
  | Distrusted;

/** Not believed, and why. */
export type Distrusted = 'lying' | 'withholding' | 'contradicting';

export interface TrustRecord {
  standing: Standing;
  /** Over what it said that; undefined before it has said anything. */
  transport: string | undefined;
  /** What is known of what it says over another transport. */
  apart: TrustRecord | undefined;
  /** Only of such a record: the resolver's own. */
  readonly first: TrustRecord | undefined;
  /** It has found a name of the list. */
  isProven: boolean;
  /** It knows a top-level domain. */
  knows: boolean;
  /** What it says has no address may as well not exist. */
  blurs: boolean;
  /** What it said about names of the list. */
  said: number;
  found: number;
  /** Names for which others were asked too, and how often they were against it. */
  compared: number;
  against: number;
  /** Comparisons since others were against it last; undefined if they never were. */
  agreed: number | undefined;
  /** Its first answers wait until some of them were compared. */
  isOnProbation: boolean;
  answers: readonly CheckAnswer[];
}

/**
 * All have the same keys in the same order, as they are looked at for every answer.
 *
 * @param transport over what it says that, where it is apart from the resolver's own record, which is `first`
 */
export function newTrustRecord(transport?: string, first?: TrustRecord): TrustRecord {
  return {
    standing: 'unchecked',
    transport,
    apart: undefined,
    first,
    isProven: false,
    knows: false,
    blurs: false,
    said: 0,
    found: 0,
    compared: 0,
    against: 0,
    agreed: undefined,
    isOnProbation: true,
    answers: [],
  };
}

export function isDistrusted(standing: Standing): standing is Distrusted {
  return standing === 'lying' || standing === 'withholding' || standing === 'contradicting';
}
