/** What the check of a resolver shows: answers about names that cannot exist. Pure. */

/** What came of one question about a name that cannot exist. */
export interface CheckAnswer {
  /** Under which name it was: a top-level domain, or a parent of the list. */
  readonly parent: string;
  readonly outcome: 'found' | 'missing' | 'unknown';
  /** Missing, but said of a name that exists and has no address. */
  readonly isNodata?: boolean;
}

/** How many say what about names that cannot exist under one top-level domain. */
export interface Votes {
  readonly found: number;
  readonly denied: number;
  /** By resolvers that have found something, or know a top-level domain. */
  readonly deniedByProven: number;
}

const noVotes: Votes = { found: 0, denied: 0, deniedByProven: 0 };

/**
 * Whether it says NODATA about names that cannot exist below a top-level domain, so that its NODATA does not tell that
 * a name exists.
 */
export function blurs(answers: readonly CheckAnswer[]): boolean {
  return answers.some(({ parent, isNodata }) => isNodata && !parent.includes('.'));
}

/** @param votesOn the votes under a top-level domain */
export function standingBy(
  answers: readonly CheckAnswer[],
  votesOn: (tld: string) => Votes | undefined,
): 'honest' | 'untested' | 'lying' {
  const isDenying = answers.some(({ outcome }) => outcome === 'missing');
  // Below a parent of the list, a wildcard answers for names that cannot exist.
  const invented = answers.filter(
    ({ parent, outcome }) => outcome === 'found' && !parent.includes('.'),
  );
  const [first] = invented;
  if (!first) return isDenying ? 'honest' : 'untested';
  // One top-level domain may have a wildcard, but not two.
  if (invented.length > 1) return 'lying';
  const { found, denied, deniedByProven } = votesOn(first.parent) ?? noVotes;
  if (deniedByProven > 0) return 'lying';
  return isDenying && denied === 0 && found > 1 ? 'honest' : 'untested';
}
