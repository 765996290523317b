/** The last words of a run, for people. */

import { printable } from '../core/printable.js';
import { withoutSecrets } from '../core/without-secrets.js';
import type { Tally } from './tally.js';

/** `1,234,567`. To load what `Intl` needs for it would take 12 ms of every start. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/**
 * `1,234 found, 56 missing (50 NXDOMAIN, 6 NODATA), 7 unknown, 0 invalid; 3.20 s, 408 names a second`
 *
 * @param notAsked inputs that were read and got no verdict, after a stop; undefined if there was none
 */
export function probeSummary(tally: Tally, seconds: number, notAsked?: number): string {
  const n = (key: string) => grouped(tally.of(key));
  const some = (key: string, words: string) => (tally.of(key) > 0 ? [`${n(key)} ${words}`] : []);
  const wild = [
    ...some('found wildcard', 'by a wildcard'),
    ...some('found unchecked', 'not checked for wildcards'),
  ];
  const kinds = [
    `${n('missing nxdomain')} NXDOMAIN`,
    `${n('missing nodata')} NODATA`,
    ...some('missing wildcard', 'by a wildcard'),
  ];
  const dangling = danglingOf(tally);
  const parts = [
    `${n('found')} found${wild.length > 0 ? ` (${wild.join(', ')})` : ''}`,
    `${n('missing')} missing (${kinds.join(', ')})`,
    `${n('unknown')} unknown`,
    `${n('invalid')} invalid`,
    ...(notAsked === undefined ? [] : [`${grouped(notAsked)} not asked`]),
  ];
  const rate = grouped(Math.round(tally.total / Math.max(seconds, 0.001)));
  const more = dangling > 0 ? `; ${grouped(dangling)} dangling` : '';
  return `${parts.join(', ')}${more}; ${seconds.toFixed(2)} s, ${rate} names a second`;
}

/** The most reasons that are named. */
const MAX_REASONS = 6;

/** `7 unknown: 5 timeout, 2 refused`; one such part for each of the statuses that there were. */
export function reasonsText(tally: Tally, statuses: readonly string[]): string {
  const parts = statuses.map((status) => {
    const reasons = reasonCounts(tally, status);
    const count = `${grouped(tally.of(status))} ${status}`;
    return reasons === '' ? count : `${count}: ${reasons}`;
  });
  return parts.filter((_, i) => tally.of(statuses[i] as string) > 0).join('; ');
}

/** `5 timeout, 2 refused`: the reasons of one status, the most frequent first. */
export function reasonCounts(tally: Tally, status: string): string {
  const marks = [...tally.marksOf(status)].filter(([mark]) => mark !== 'dangling');
  const reasons = marks
    .sort(([, one], [, other]) => other - one)
    .slice(0, MAX_REASONS)
    .map(([reason, count]) => `${grouped(count)} ${reason}`);
  return [...reasons, ...(marks.length > MAX_REASONS ? ['…'] : [])].join(', ');
}

/** What the summary of a probe counts. */
export function probeFields(tally: Tally): Record<string, number> {
  return {
    found: tally.of('found'),
    wildcard: tally.of('found wildcard'),
    unchecked: tally.of('found unchecked'),
    missing: tally.of('missing'),
    nxdomain: tally.of('missing nxdomain'),
    nodata: tally.of('missing nodata'),
    missing_wildcard: tally.of('missing wildcard'),
    dangling: danglingOf(tally),
    unknown: tally.of('unknown'),
    invalid: tally.of('invalid'),
  };
}

/** Names whose alias leads nowhere. */
function danglingOf(tally: Tally): number {
  return tally.of('missing dangling') + tally.of('unknown dangling');
}

/** What the summary of a download counts. */
export function downloadFields(tally: Tally): Record<string, number> {
  const statuses = ['ok', 'unchanged', 'not_found', 'error'];
  return Object.fromEntries(statuses.map((status) => [status, tally.of(status)]));
}

/** What the inputs of a download bring: `flags`, or `images` where none of them is a country. */
export type DownloadNoun = 'flags' | 'images' | 'files';

/** A noun in the number that a count asks for. */
function nounFor(count: number, noun: DownloadNoun): string {
  return count === 1 ? noun.slice(0, -1) : noun;
}

/** Characters of the inputs that are named one by one. */
const MAX_LISTED = 200;

/** What stands before a download: what, how many at once. */
export function downloadOpening(
  codes: { readonly length: number; at(index: number): string | undefined },
  concurrency: number,
  noun: DownloadNoun = 'flags',
): string {
  const show = (index: number) => printable(withoutSecrets(codes.at(index)?.split('\t')[0] ?? ''));
  const all = codes.length <= 10 ? Array.from({ length: codes.length }, (_, i) => show(i)) : [];
  const text = all.join(', ');
  const isShort = all.length > 0 && (all.length <= 2 || text.length <= MAX_LISTED);
  const what = isShort ? text : `from ${show(0)} to ${show(-1)}`;
  const used = Math.min(concurrency, codes.length);
  return [
    `Searching for ${codes.length} ${nounFor(codes.length, noun)}: ${what}`,
    used === 1 ? '1 connection will be used.' : `${used} concurrent connections will be used.`,
  ].join('\n');
}

/** What stands after a download, in the original's form: counts three wide. */
export function downloadSummary(
  tally: Tally,
  seconds: number,
  notAsked?: number,
  noun: DownloadNoun = 'flags',
): string {
  const line = (n: number, words: string) => `${String(n).padStart(3)} ${words}.`;
  const { ok, unchanged, missing, errors } = {
    ok: tally.of('ok'),
    unchanged: tally.of('unchanged'),
    missing: tally.of('not_found'),
    errors: tally.of('error'),
  };
  return [
    '-'.repeat(20),
    line(ok, `${nounFor(ok, noun)} downloaded`),
    ...(unchanged > 0 ? [line(unchanged, 'unchanged')] : []),
    ...(missing > 0 ? [line(missing, 'not found')] : []),
    ...(errors > 0 ? [line(errors, errors === 1 ? 'error' : 'errors')] : []),
    ...(notAsked === undefined ? [] : [line(notAsked, 'not asked')]),
    `Elapsed time: ${seconds.toFixed(2)}s`,
  ].join('\n');
}
