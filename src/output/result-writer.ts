/** From a result to its count and its line. */

import { markBadLabel } from './bad-labels.js';
import type { Format } from './format.js';
import { markMissingTld } from './missing-tlds.js';
import { onlyFilter } from './only-filter.js';
import { failureKey, MARKED } from './registration-summary.js';
import { type Result, subStatusOf } from './sub-status.js';
import type { Tally } from './tally.js';

export interface ResultLines<R extends Result> {
  readonly format: Format<R>;
  /** What `--only` names; an empty list is the format's own choice. */
  readonly only: readonly string[];
  readonly tally: Tally;
}

/** Counts a result and gives its line; an empty text if it is not wanted. */
export function resultWriter<R extends Result>({
  format,
  only,
  tally,
}: ResultLines<R>): (result: R) => string {
  const isShown = onlyFilter(only.length > 0 ? only : format.only);
  return (result) => {
    tally.add(result.status, result.reason);
    const subStatus = subStatusOf(result);
    if (subStatus !== undefined && subStatus !== result.reason)
      tally.mark(result.status, subStatus);
    if (result.registration !== undefined) markRegistration(tally, result);
    if (result.reason === 'nxdomain') markMissing(tally, result);
    return isShown(result, subStatus) ? format.line(result) : '';
  };
}

/** What is told at the end of names that are missing for another reason than that they could be registered. */
function markMissing(tally: Tally, { name = '', registration }: Result): void {
  markMissingTld(tally, name);
  // With a registration its summary has it.
  if (registration === undefined) markBadLabel(tally, name);
}

function markRegistration(tally: Tally, result: Result): void {
  const { status, reason, registration, registrationReason, rdapServer } = result;
  const word = registration ?? registrationReason ?? 'none';
  tally.mark(
    MARKED.answer,
    status === 'missing' ? `${status}/${reason}/${word}` : `${status}/${word}`,
  );
  // A registry that the run has asked enough has a host here, too.
  if (rdapServer !== undefined && registrationReason !== 'rdap-cap') {
    tally.mark(MARKED.asked, word);
    tally.mark(MARKED.registry, rdapServer);
    if (registration === 'unknown') {
      tally.mark(MARKED.failed, failureKey(rdapServer, registrationReason));
    }
  } else if (registrationReason !== undefined) {
    tally.mark(MARKED.unasked, registrationReason);
    if (registrationReason === 'no-rdap') markTld(tally, result.name);
  }
}

/** TLDs that are told apart; a list of made-up ones must not fill the memory. */
const MAX_TLDS = 64;

function markTld(tally: Tally, name = ''): void {
  const tld = name.slice(name.lastIndexOf('.') + 1);
  const known = tally.marksOf(MARKED.noRegistry);
  if (known.has(tld) || known.size < MAX_TLDS) tally.mark(MARKED.noRegistry, tld);
}
