/** What becomes of a result: it is counted, and it gives a line if it is wanted. */

import type { Format } from './format.js';
import type { Tally } from './summary.js';

interface Result {
  readonly status: string;
  readonly reason?: string;
}

/** Statuses that are counted with their reason too. */
const SPLIT = 'missing';

export interface Taking<R extends Result> {
  readonly format: Format<R>;
  /** Statuses or reasons whose lines are wanted; undefined is the format's own choice. */
  readonly only: readonly string[] | undefined;
  readonly tally: Tally;
}

/** Counts a result and gives its line; an empty text if it is not wanted. */
export function taker<R extends Result>({
  format,
  only: shown = format.only,
  tally,
}: Taking<R>): (result: R) => string {
  const isShown = ({ status, reason }: Result) =>
    !shown || shown.includes(status) || (status === SPLIT && shown.includes(reason as string));
  return (result) => {
    tally.add(result.status, result.status === SPLIT ? result.reason : undefined);
    return isShown(result) ? format.line(result) : '';
  };
}
