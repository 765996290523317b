/** The last words of a run, for people. */

const count = new Intl.NumberFormat('en-US');

/** How many results of each kind there were. */
export class Tally {
  readonly #counts = new Map<string, number>();
  #total = 0;

  add(status: string, reason?: string): void {
    this.#total++;
    this.#counts.set(status, this.of(status) + 1);
    if (reason !== undefined) {
      const key = `${status} ${reason}`;
      this.#counts.set(key, this.of(key) + 1);
    }
  }

  /** Results of this status, or of this status and reason (`missing nodata`). */
  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  get total(): number {
    return this.#total;
  }
}

/**
 * `1,234 found, 56 missing (50 NXDOMAIN, 6 NODATA), 7 unknown, 0 invalid; 3.20 s, 408 names a second`
 *
 * @param notAsked inputs that were read and got no verdict, after a stop; undefined if there was none
 */
export function probeSummary(tally: Tally, seconds: number, notAsked?: number): string {
  const n = (key: string) => count.format(tally.of(key));
  const kinds = `(${n('missing nxdomain')} NXDOMAIN, ${n('missing nodata')} NODATA)`;
  const parts = [
    `${n('found')} found`,
    `${n('missing')} missing ${kinds}`,
    `${n('unknown')} unknown`,
    `${n('invalid')} invalid`,
    ...(notAsked === undefined ? [] : [`${count.format(notAsked)} not asked`]),
  ];
  const rate = count.format(Math.round(tally.total / Math.max(seconds, 0.001)));
  return `${parts.join(', ')}; ${seconds.toFixed(2)} s, ${rate} names a second`;
}

/** What stands before a download: from where, what, how many at once. */
export function downloadOpening(
  site: string,
  codes: readonly string[],
  concurrency: number,
): string {
  const what = codes.length <= 10 ? codes.join(', ') : `from ${codes[0]} to ${codes.at(-1)}`;
  const flags = codes.length === 1 ? 'flag' : 'flags';
  const used = Math.min(concurrency, codes.length);
  return [
    site,
    `Searching for ${codes.length} ${flags}: ${what}`,
    used === 1 ? '1 connection will be used.' : `${used} concurrent connections will be used.`,
  ].join('\n');
}

/** What stands after a download, in the original's form: counts three wide. */
export function downloadSummary(tally: Tally, seconds: number, notAsked?: number): string {
  const line = (n: number, words: string) => `${String(n).padStart(3)} ${words}.`;
  const plural = (n: number, one: string) => (n === 1 ? one : `${one}s`);
  const { ok, unchanged, missing, errors } = {
    ok: tally.of('ok'),
    unchanged: tally.of('unchanged'),
    missing: tally.of('not_found'),
    errors: tally.of('error'),
  };
  return [
    '-'.repeat(20),
    line(ok, `${plural(ok, 'flag')} downloaded`),
    ...(unchanged > 0 ? [line(unchanged, 'unchanged')] : []),
    ...(missing > 0 ? [line(missing, 'not found')] : []),
    ...(errors > 0 ? [line(errors, plural(errors, 'error'))] : []),
    ...(notAsked === undefined ? [] : [line(notAsked, 'not asked')]),
    `Elapsed time: ${seconds.toFixed(2)}s`,
  ].join('\n');
}
