/** Whether what a worker gives back for a chunk can be right: it is not believed unchecked. */

import type { ProbeResult } from '../core/model.js';
import { printable } from '../core/printable.js';
import type { NameRules } from '../names/clean-domain.js';
import { entriesOf } from '../names/entries.js';
import type { Format } from '../output/format.js';
import type { ChunkResult } from './protocol.js';

/** What the lines of a plan look like. */
export interface ExpectedLines {
  readonly format: Format<ProbeResult>;
  /** An empty list is the format's own choice. */
  readonly only: readonly string[];
  readonly tlds: readonly string[];
  readonly rules: NameRules;
}

const STATUSES = ['found', 'missing', 'unknown', 'invalid'] as const;
const REASONS = ['missing nxdomain', 'missing nodata'] as const;

/** What is wrong with a result; undefined if nothing is. */
export function faultIn(
  { names: count, tally, lines }: ChunkResult,
  names: readonly string[],
  expected: ExpectedLines,
): string | undefined {
  if (count !== names.length) return `a result for ${count} names, not ${names.length}`;
  const entries = entriesOf(names, expected.tlds, expected.rules);
  const counts = readTally(tally, entries.length);
  if (typeof counts === 'string') return counts;
  return faultInLines(lines, entries, counts, expected);
}

type Counts = Readonly<Record<string, number>>;

/** The counts of a result, or what is wrong with them. */
function readTally(text: string, verdicts: number): Counts | string {
  let counts: unknown;
  try {
    counts = JSON.parse(text);
  } catch {
    return 'counts that cannot be read';
  }
  if (counts === null || typeof counts !== 'object' || Array.isArray(counts)) {
    return 'counts that cannot be read';
  }
  const all = counts as Counts;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Object.values(all).every(isCount)) return 'counts that are no numbers';
  const sum = (keys: readonly string[]) => keys.reduce((total, key) => total + (all[key] ?? 0), 0);
  if (sum(STATUSES) !== verdicts) return `${sum(STATUSES)} verdicts for ${verdicts} names`;
  if (sum(REASONS) !== (all.missing ?? 0)) return 'counts that contradict each other';
  return all;
}

function faultInLines(
  text: string,
  entries: readonly { readonly name: string }[],
  counts: Counts,
  { format, only: wanted }: ExpectedLines,
): string | undefined {
  const only = wanted.length > 0 ? wanted : format.only;
  const names = format.namesIn?.(text)?.map(printable);
  if (names === undefined) return 'lines that cannot be read';
  const shown = shownBy(counts, only);
  if (shown !== undefined && names.length !== shown) {
    return `${names.length} lines where its counts say ${shown}`;
  }
  const owed = new Map<string, number>();
  // Most formats spell control characters out.
  for (const entry of entries) {
    const name = printable(entry.name);
    owed.set(name, (owed.get(name) ?? 0) + 1);
  }
  for (const name of names) {
    const left = owed.get(name) ?? 0;
    if (left === 0) return `a line about \`${name}\`, which was not asked`;
    owed.set(name, left - 1);
  }
  return undefined;
}

/** How many results give a line; undefined where the counts do not tell, as of marks. */
function shownBy(counts: Counts, only: readonly string[] | undefined): number | undefined {
  const known = [...STATUSES, ...REASONS.map((key) => key.slice('missing '.length))];
  if (only?.some((word) => !known.includes(word as (typeof known)[number]))) return undefined;
  const isShown = (key: string) => !only || key.split(' ').some((word) => only.includes(word));
  return [...STATUSES, ...REASONS]
    .filter((key) => key !== 'missing' && isShown(key))
    .reduce((total, key) => total + (counts[key] ?? 0), 0);
}
