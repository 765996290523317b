/** The format of an output whose name says it. */

import { extname } from 'node:path';
import type { Command } from 'commander';
import type { formatNames } from '../output/formats.js';

type FormatName = (typeof formatNames)[keyof typeof formatNames][number];

const FORMATS: Readonly<Record<string, FormatName>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.jsonl': 'jsonl',
  // A value a line, which most programs that read JSON take as well.
  '.json': 'jsonl',
  '.ndjson': 'jsonl',
};

/** Sets `--format` by the end of the output's name, if neither the command line nor a variable has set it. */
export function implyFormat(command: Command): void {
  const { output, format } = command.opts<{ readonly output?: string; readonly format?: string }>();
  if (format === undefined || command.getOptionValueSource('format') !== 'default') return;
  const implied = output === undefined ? undefined : FORMATS[extname(output).toLowerCase()];
  if (implied !== undefined) command.setOptionValueWithSource('format', implied, 'implied');
}
