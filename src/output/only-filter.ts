/** Whose lines are printed: what `--only` names, or what the format shows by itself. */

import type { Result, SubStatus } from './sub-status.js';

/**
 * Whether the line of a result is wanted.
 *
 * @param shown statuses, reasons of what is missing, sub-statuses or registrations (`unknown` is one of
 *   both); undefined is all
 */
export function onlyFilter(
  shown: readonly string[] | undefined,
): (result: Result, subStatus: SubStatus | undefined) => boolean {
  if (!shown) return () => true;
  return ({ status, reason, registration }, subStatus) =>
    shown.includes(status) ||
    (status === 'missing' && shown.includes(reason as string)) ||
    (subStatus !== undefined && shown.includes(subStatus)) ||
    shown.includes(registration as string);
}
