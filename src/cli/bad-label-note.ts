/** What a run without `--rdap` says at its end about names that only look as if they could be registered. */

import { badLabelsText, suffixesOfBadLabels } from '../output/bad-labels.js';
import type { Tally } from '../output/tally.js';

/** How many of the missing names no registry takes; undefined if none was seen. */
export async function badLabelNote(tally: Tally): Promise<string | undefined> {
  const suffixes = suffixesOfBadLabels(tally);
  if (suffixes.length === 0) return badLabelsText(tally, []);
  // The public suffix list, which most runs need not load.
  const { registrableDomain } = await import('../registration/registrable-domain.js');
  const isPublic = (suffix: string) => {
    const below = registrableDomain(`a.${suffix}`);
    return 'domain' in below && below.domain === `a.${suffix}`;
  };
  return badLabelsText(tally, suffixes.filter(isPublic));
}
