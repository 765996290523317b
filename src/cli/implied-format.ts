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

/**
 * Sets `--format` by the end of the output's name, if neither the command line nor a variable has set it.
 *
 * @returns what is to be said of that: of JSON, one may expect another form
 */
export function implyFormat(command: Command): string | undefined {
  const { output, format } = command.opts<{ readonly output?: string; readonly format?: string }>();
  if (output === undefined || format === undefined) return undefined;
  if (command.getOptionValueSource('format') !== 'default') return undefined;
  const extension = extname(output).toLowerCase();
  const implied = FORMATS[extension];
  if (implied !== undefined) command.setOptionValueWithSource('format', implied, 'implied');
  return extension === '.json' ? jsonText(output) : undefined;
}

function jsonText(output: string): string {
  return `\`${output}\` gets JSON lines, an object on each, as .jsonl would say; \`jq -s .\` makes one array of them`;
}
