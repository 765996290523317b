/** The output formats. To add one: a file that exports its `Formats`, and one line here. */

import { csv } from './csv.js';
import { csvSafe } from './csv-safe.js';
import type { Formats } from './format.js';
import { jsonl } from './jsonl.js';
import { names } from './names.js';
import { text } from './text.js';
import { tsv } from './tsv.js';
import { columns } from './two-columns.js';

export const formats = {
  ...{ text, columns, names, tsv, csv, jsonl },
  'csv-safe': csvSafe,
} as const satisfies Record<string, Formats>;

export type FormatName = keyof typeof formats;

/** What `--format` takes, for each command. */
export const formatNames = {
  probe: Object.keys(formats) as FormatName[],
  download: (Object.keys(formats) as FormatName[]).filter((name) => 'download' in formats[name]),
};
