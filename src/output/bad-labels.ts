/** Names that no registry takes: without `rdap` they are missing like all that are not registered. */

import { behindBadLabel } from '../names/registrable-label.js';
import { grouped } from './summary.js';
import type { Tally } from './tally.js';

const MARKED = 'bad-label';

/** Right below a TLD, whichever it is. */
const BELOW_TLD = '.';

/** Other suffixes that are told apart: people look for names under few, and most others are zones of somebody. */
const MAX_SUFFIXES = 64;

/** Marks a name whose first label no registry takes, by what stands behind it. */
export function markBadLabel(tally: Tally, name: string): void {
  // One of the built-in words, which nobody has typed.
  if (name.startsWith('_.')) return;
  const behind = behindBadLabel(name);
  if (behind === undefined) return;
  const suffix = behind.includes('.') ? behind : BELOW_TLD;
  const marks = tally.marksOf(MARKED);
  if (suffix === BELOW_TLD || marks.has(suffix) || marks.size < MAX_SUFFIXES) {
    tally.mark(MARKED, suffix);
  }
}

/** Suffixes of two labels and more below which there are such names. */
export function suffixesOfBadLabels(tally: Tally): readonly string[] {
  return [...tally.marksOf(MARKED).keys()].filter((suffix) => suffix !== BELOW_TLD);
}

/**
 * `3 of the missing are names that no registry takes (bad-label); --rdap marks them`; undefined if
 * there are none.
 *
 * @param publicSuffixes of the {@link suffixesOfBadLabels} those that people register names under
 */
export function badLabelsText(tally: Tally, publicSuffixes: readonly string[]): string | undefined {
  const marks = tally.marksOf(MARKED);
  const count = [BELOW_TLD, ...publicSuffixes].reduce(
    (sum, each) => sum + (marks.get(each) ?? 0),
    0,
  );
  if (count === 0) return undefined;
  return count === 1
    ? '1 of the missing is a name that no registry takes (bad-label); --rdap marks it'
    : `${grouped(count)} of the missing are names that no registry takes (bad-label); --rdap marks them`;
}
