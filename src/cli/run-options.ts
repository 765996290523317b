/** The options of every command that prints results. */

import { choice, flag, listOf, optional, text } from '../options/rule.js';
import type { OptionTable } from '../options/table.js';
import { formatNames } from '../output/formats.js';
import { colorChoices } from './color.js';
import { progressKinds } from './progress.js';

export type RunOptions = ReturnType<typeof runOptions>;

/** Where results go, and what stands beside them. */
const streamOptions = {
  output: {
    flag: '-o, --output <file>',
    group: 'Output',
    help: 'write results to a file instead of standard output; .csv, .tsv or .jsonl at its end is the format, unless --format says another',
    rule: {
      ...optional(text('the name of a file (./- for one called -)', '', isFileName)),
      isSingle: true,
    },
    completes: { path: 'file' },
  },
  progress: {
    flag: '--progress <kind>',
    group: 'Output',
    help: 'how to show progress on standard error',
    rule: choice(progressKinds, 'auto'),
  },
  color: {
    flag: '--color <when>',
    group: 'Output',
    help: 'when to color text on standard output',
    rule: choice(colorChoices, 'auto'),
  },
  quiet: {
    flag: '-q, --quiet',
    group: 'Output',
    help: 'print nothing but errors on standard error',
    rule: flag(),
  },
} satisfies OptionTable;

/** Other programs take `-` for standard output, where results go without the option. */
function isFileName(given: string): boolean {
  return given !== '' && given !== '-';
}

/**
 * @param kind the command, which decides the formats
 * @param statuses what `--only` and `--expect` take
 * @param verboseHelp what `--verbose` does
 * @param subStatuses what `--only` takes besides
 */
export function runOptions(
  kind: keyof typeof formatNames,
  statuses: readonly string[],
  verboseHelp: string,
  subStatuses: readonly string[] = [],
) {
  return {
    format: {
      flag: '-f, --format <format>',
      group: 'Output',
      env: 'FLAGPROBE_FORMAT',
      shorthand: { flag: '--json', value: 'jsonl' },
      help: 'how to print results',
      rule: choice(formatNames[kind], 'text'),
      resume: true,
    },
    only: {
      flag: '--only <status,...>',
      group: 'Output',
      help: 'print only results with these statuses; the summary counts all',
      rule: listOf([...statuses, ...subStatuses]),
      resume: (only: readonly string[]) => [...only].sort().join(','),
    },
    expect: {
      flag: '--expect <status,...>',
      group: 'Output',
      help: 'exit with 3 if an answered input has another status',
      rule: listOf(statuses),
    },
    ...streamOptions,
    verbose: {
      flag: '-v, --verbose',
      group: 'Output',
      help: verboseHelp,
      rule: flag(),
      // Only the text format has room for records that were not asked for.
      resume: (verbose: boolean, { format }) => (verbose && format === 'text' ? 'yes' : ''),
    },
  } satisfies OptionTable;
}
