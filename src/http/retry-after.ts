/** Beyond a hundred years, a number of seconds is a mistake. */
const MAX_SECONDS = 100 * 366 * 86_400;

/**
 * Milliseconds to wait by a `Retry-After` header, in seconds or as a date (RFC 9110, 10.2.3);
 * undefined if it says nothing. A date is read by the clock of the server that wrote it.
 *
 * @param date the answer's `Date` header
 * @param now milliseconds since 1970
 */
export function retryAfter(
  value: string | undefined,
  date: string | undefined,
  now: number,
): number | undefined {
  if (value === undefined) return undefined;
  // Some servers send fractions.
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) {
    return Number(value) > MAX_SECONDS ? undefined : Number(value) * 1000;
  }
  const then = Date.parse(value);
  if (Number.isNaN(then)) return undefined;
  const served = date === undefined ? Number.NaN : Date.parse(date);
  return Math.max(0, then - (Number.isNaN(served) ? now : served));
}
