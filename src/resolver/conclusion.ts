/** What several resolvers that were asked about one name come to. Pure. */

import type { Answered } from './query.js';
import type { Voice } from './trust-records.js';

/** What a resolver said about a name: that it has records, or none. */
export interface Opinion extends Voice {
  readonly isFound: boolean;
  /** It denies records, and not the name. */
  readonly isNodata?: boolean;
}

/** What one resolver answered. */
export interface AnswerOpinion extends Opinion {
  readonly result: Answered;
}

/** The same with no more of its records than show what kind of answer it is: a comparison needs no others. */
export function withoutRecords(result: Answered): Answered {
  const { reply } = result;
  const { records, chain } = reply;
  if (records.length < 2) return result;
  const isFound = records.length > chain;
  return { ...result, reply: { ...reply, records: records.slice(-1), chain: isFound ? 0 : 1 } };
}

/** What several opinions come to; undefined if another resolver should be asked. */
export interface Conclusion {
  readonly isFound: boolean;
  /** Whether others may be held to it. */
  readonly isFirm: boolean;
}

/** Whether one of them has found what another denies. */
export function isContradicted(opinions: readonly Opinion[]): boolean {
  return opinions.some(({ isFound }) => isFound !== opinions[0]?.isFound);
}

/**
 * What opinions about one name come to.
 *
 * @param strong those that count by themselves
 * @param all these and the others
 * @param needed strong ones that must agree
 */
export function conclude(
  strong: readonly Opinion[],
  all: readonly Opinion[],
  needed: number,
): Conclusion | undefined {
  const found = strong.filter(({ isFound }) => isFound).length;
  const denied = strong.length - found;
  const most = Math.max(found, denied);
  const isAgreed = found === 0 || denied === 0;
  // Where they are against each other, two against one decide.
  if (isAgreed ? most < needed : most < 2 || found === denied) return undefined;
  const isFound = found > denied;
  const isFirm = isAgreed || most > 1;
  return { isFound, isFirm: isFirm && all.length > 1 };
}

/** What they come to where no other resolver can be asked; undefined if they contradict each other. */
export function concludeAnyway(
  strong: readonly Opinion[],
  all: readonly Opinion[],
): Conclusion | undefined {
  // One that has found something knows more than one that has not.
  if (strong.length > 0) {
    const isFound = strong.some((each) => each.isFound);
    return { isFound, isFirm: strong.every((each) => each.isFound === isFound) && all.length > 1 };
  }
  const isFound = all.some((each) => each.isFound);
  if (isFound && all.some((each) => !each.isFound)) return undefined;
  return { isFound, isFirm: false };
}
