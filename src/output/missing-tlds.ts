/** TLDs that names are missing under, so that a mistyped one can be told of at the end of a run. */

import type { Tally } from './tally.js';

const MARKED = 'missing-under';

/** Most names by far are under one of these, and none of them is mistyped. */
const USUAL = new Set(['com', 'net', 'org', 'info', 'dev', 'app', 'biz', 'xyz', 'arpa']);

/** TLDs that are counted; a list of made-up ones must not fill the memory. */
const MAX_TLDS = 128;

/** Counts the TLD of a name that the DNS does not have, unless it is a usual one or a country's. */
export function markMissingTld(tally: Tally, name: string): void {
  const tld = name.slice(name.lastIndexOf('.') + 1);
  if (tld.length < 3 || tld.length === name.length || USUAL.has(tld)) return;
  const known = tally.marksOf(MARKED);
  if (known.has(tld) || known.size < MAX_TLDS) tally.mark(MARKED, tld);
}

/** The TLDs that were counted, and how many names are missing under each. */
export function missingTlds(tally: Tally): ReadonlyMap<string, number> {
  return tally.marksOf(MARKED);
}
