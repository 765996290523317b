/** The options of every command that prints results. */

import { choice, flag, listOf, optional, text } from '../options/rule.js';
import type { OptionTable } from '../options/table.js';
import { formatNames } from '../output/index.js';
import { progressKinds } from './progress.js';

export type RunOptions = ReturnType<typeof runOptions>;

/**
 * @param kind the command, which decides the formats
 * @param statuses what `--only` and `--expect` take
 * @param verboseHelp what `--verbose` does
 * @param marks what `--only` takes besides
 */
export function runOptions(
  kind: keyof typeof formatNames,
  statuses: readonly string[],
  verboseHelp: string,
  marks: readonly string[] = [],
) {
  return {
    format: {
      flag: '-f, --format <format>',
      help: 'how results are written',
      rule: choice(formatNames[kind], 'text'),
      resume: true,
    },
    only: {
      flag: '--only <status,...>',
      help: 'write only these results; the summary counts all',
      rule: listOf([...statuses, ...marks]),
      resume: (only: readonly string[]) => [...only].sort().join(','),
    },
    expect: {
      flag: '--expect <status,...>',
      help: 'exit with 3 if an answered input has another',
      rule: listOf(statuses),
    },
    output: {
      flag: '-o, --output <file>',
      help: 'write results there, not to standard output',
      rule: optional(text('the name of a file', '')),
    },
    progress: {
      flag: '--progress <kind>',
      help: 'what is shown meanwhile',
      rule: choice(progressKinds, 'auto'),
    },
    quiet: {
      flag: '-q, --quiet',
      help: 'nothing on standard error but errors',
      rule: flag(),
    },
    verbose: {
      flag: '-v, --verbose',
      help: verboseHelp,
      rule: flag(),
      // Only the text format has room for records that were not asked for.
      resume: (verbose: boolean, { format }) => (verbose && format === 'text' ? 'yes' : ''),
    },
  } satisfies OptionTable;
}
