/** What the check of a resolver shows: answers about names that cannot exist. Pure. */

/** What came of one question about a name that cannot exist. */
export interface CheckAnswer {
  /** Under which name it was: a top-level domain, or a parent of the list. */
  readonly parent: string;
  readonly outcome: 'found' | 'missing' | 'unknown';
}

/** What is known of a resolver that was checked. */
export interface CheckedRecord {
  readonly answers: readonly CheckAnswer[];
  readonly isProven: boolean;
  readonly knows: boolean;
}

/** How many say what about a name that cannot exist. */
export interface Votes {
  found: number;
  denied: number;
  /** By resolvers that have found something. */
  deniedByProven: number;
}

export function standingBy(
  answers: readonly CheckAnswer[],
  votes: ReadonlyMap<string, Votes>,
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
  const { found = 0, denied = 0, deniedByProven = 0 } = votes.get(first.parent) ?? {};
  if (deniedByProven > 0) return 'lying';
  return isDenying && denied === 0 && found > 1 ? 'honest' : 'untested';
}

/** Counts what all say, by the name that it was under. */
export function countVotes(records: Iterable<CheckedRecord>): ReadonlyMap<string, Votes> {
  const all = new Map<string, Votes>();
  for (const { answers, isProven, knows } of records) {
    for (const { parent, outcome } of answers) {
      const votes = all.get(parent) ?? { found: 0, denied: 0, deniedByProven: 0 };
      all.set(parent, votes);
      if (outcome === 'found') votes.found++;
      if (outcome !== 'missing') continue;
      votes.denied++;
      if (isProven || knows) votes.deniedByProven++;
    }
  }
  return all;
}
