/** Lines held back until the end, and then given in order. */

import { domainToUnicode } from 'node:url';
import type { ProbeResult } from '../core/model.js';

export const sortKeys = ['name', 'length', 'status'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface LineSorter<R> {
  /** Takes a line. Gives the text that is to be written now: nothing, as long as there is room. */
  add(result: R, line: string): string;
  /** Everything that was held, sorted, in pieces. */
  end(): Iterable<string>;
}

/** Most bytes that lines and names may take, as UTF-16, with what each entry costs. */
const MAX_HELD_BYTES = 256 * 1024 * 1024;
const ENTRY_BYTES = 100;
const STATUSES = ['found', 'missing', 'unknown', 'invalid'];
/** With `rdap` before the status, which most names with one registration share. */
const REGISTRATIONS = ['unregistered', 'registered', 'reserved', 'unknown'];

interface Entry {
  readonly name: string;
  readonly rank: number;
  readonly line: string;
}

/**
 * @param onFull is called once, where there are too many results: what was held is given, sorted,
 * and everything after it as it comes
 */
export function sortedLines(
  key: SortKey,
  onFull: () => void,
  maxBytes = MAX_HELD_BYTES,
): LineSorter<ProbeResult> {
  let held: Entry[] = [];
  let bytes = 0;
  const release = () => {
    const lines = held.sort(compare).map(({ line }) => line);
    held = [];
    return lines;
  };
  return {
    add(result, line) {
      if (bytes > maxBytes || line === '') return line;
      const { name } = result;
      held.push({ name, rank: rankOf(key, result), line });
      bytes += ENTRY_BYTES + 2 * (name.length + line.length);
      if (bytes <= maxBytes) return '';
      onFull();
      return release().join('');
    },
    end: release,
  };
}

function rankOf(key: SortKey, result: ProbeResult): number {
  const { status, registration } = result;
  if (key === 'length') return lengthOf(result);
  if (key === 'name') return 0;
  const known = REGISTRATIONS.indexOf(registration ?? '');
  const group = known < 0 ? REGISTRATIONS.length : known;
  return group * STATUSES.length + STATUSES.indexOf(status);
}

/** Letters of a name; of one that was typed in another script, those that were typed. */
function lengthOf({ name, input }: ProbeResult): number {
  const isTyped = name.includes('xn--') && /[^\x00-\x7f]/.test(input);
  return isTyped ? [...(domainToUnicode(name) || name)].length : name.length;
}

function compare(a: Entry, b: Entry): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
