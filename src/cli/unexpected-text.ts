/** Words about answers that `--expect` does not allow. */

import { MARKED } from '../output/registration-summary.js';
import { grouped } from '../output/summary.js';
import type { Tally } from '../output/tally.js';
import { type Outcomes, unexpectedOf } from './exit-codes.js';

/** ``\`--expect found\` did not hold: 3 missing nxdomain``; undefined if it did. */
export function unexpectedText(
  outcomes: Outcomes,
  tally: Tally,
  expected: readonly string[],
): string | undefined {
  const others = unexpectedOf(outcomes, tally, expected);
  if (others.length === 0) return undefined;
  const counts = others.map((key) => {
    const words = key.replace(`${MARKED.answer} `, '').replaceAll('/', ' ');
    return `${grouped(tally.of(key))} ${words}`;
  });
  return `\`--expect ${expected.join(',')}\` did not hold: ${counts.join(', ')}`;
}
