/** From a result to its count and its line. */

import type { Format } from './format.js';
import { markOf, type Result } from './marks.js';
import { MARKED } from './registration-summary.js';
import type { Tally } from './summary.js';

/** Statuses that are counted with their reason too. */
const SPLIT = 'missing';

export interface ResultLines<R extends Result> {
  readonly format: Format<R>;
  /** Statuses, reasons or marks whose lines are wanted; an empty list is the format's own choice. */
  readonly only: readonly string[];
  readonly tally: Tally;
}

/** Counts a result and gives its line; an empty text if it is not wanted. */
export function resultWriter<R extends Result>({
  format,
  only,
  tally,
}: ResultLines<R>): (result: R) => string {
  const shown = only.length > 0 ? only : format.only;
  const isShown = ({ status, reason, registration }: Result, mark: string | undefined) =>
    !shown ||
    shown.includes(status) ||
    (status === SPLIT && shown.includes(reason as string)) ||
    (mark !== undefined && shown.includes(mark)) ||
    (registration !== 'unknown' && shown.includes(registration as string));
  return (result) => {
    tally.add(result.status, result.status === SPLIT ? result.reason : undefined);
    const mark = markOf(result);
    if (mark !== undefined && mark !== result.reason) tally.mark(result.status, mark);
    if (result.registration !== undefined) markRegistration(tally, result);
    return isShown(result, mark) ? format.line(result) : '';
  };
}

function markRegistration(tally: Tally, result: Result): void {
  const { status, reason, registration, registrationReason, rdapServer } = result;
  const word = registration ?? 'none';
  tally.mark(MARKED.answer, status === SPLIT ? `${status}/${reason}/${word}` : `${status}/${word}`);
  // A registry that the run has asked enough has a host here, too.
  if (rdapServer !== undefined && registrationReason !== 'rdap-cap') {
    tally.mark(MARKED.asked, word);
    tally.mark(MARKED.registry, rdapServer);
  } else if (registrationReason !== undefined) {
    tally.mark(MARKED.unasked, registrationReason);
  }
}
