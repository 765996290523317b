/** The options of `flagprobe download` in the order of its help: those of the library, and its own. */

import { downloadOptions } from '../download/options.js';
import { flag, integer, optional, text, texts } from '../options/rule.js';
import { shardRule } from '../options/shard-rule.js';
import type { OptionTable, Resolved } from '../options/table.js';
import { runOptions } from './run-options.js';

const statuses = ['ok', 'unchanged', 'not_found', 'error'];

const inputOptions = {
  all: {
    flag: '-a, --all',
    group: 'What to download',
    help: 'every country of ISO 3166-1, and Kosovo (XK)',
    rule: flag(),
  },
  every: {
    flag: '-e, --every',
    group: 'What to download',
    help: 'every code from AA to ZZ',
    rule: flag(),
  },
  limit: {
    flag: '-l, --limit <n>',
    group: 'What to download',
    help: 'at most n inputs',
    rule: optional(integer(1, 1_000_000, 1_000_000)),
  },
  inputs: {
    flag: '-i, --input <file>',
    group: 'What to download',
    help: 'read codes or URLs from a file, one on each line or a column of a CSV list; - is standard input',
    rule: texts('a readable file or -'),
    completes: { path: 'file' },
  },
  column: {
    flag: '--column <name>',
    group: 'What to download',
    help: 'the column of a CSV list to read, by its head or number; 0 takes lines as they stand (default: the one with URLs, or else codes)',
    rule: optional(text('the head or the number of a column', '')),
  },
  retryFailed: {
    flag: '--retry-failed',
    group: 'What to download',
    help: 'only what ended in an error last time',
    rule: flag(),
  },
  shard: {
    flag: '--shard <i/n>',
    group: 'What to download',
    help: 'take only part i of n of the inputs',
    rule: shardRule,
  },
} satisfies OptionTable;

const showOptions = {
  unlisted: {
    flag: '--unlisted',
    group: 'Where from and to',
    help: 'print the files that an earlier run of the list (--input) brought and that it has no more, and exit',
    rule: flag(),
  },
  list: {
    flag: '--list',
    group: 'Where from and to',
    help: 'list the services that --server knows, and exit',
    rule: flag(),
  },
  gallery: {
    flag: '--gallery',
    group: 'Output',
    help: 'write index.html, a page with every flag, into the folder',
    rule: flag(),
  },
  preview: {
    flag: '--preview',
    group: 'Output',
    help: 'draw the flags in the terminal at the end',
    rule: flag(),
  },
} satisfies OptionTable;

export const downloadCommandOptions = {
  ...inputOptions,
  ...downloadOptions,
  ...showOptions,
  ...runOptions('download', statuses, 'show no progress bar'),
};

export type DownloadFlags = Resolved<typeof downloadCommandOptions>;
export type DownloadInputFlags = Resolved<typeof inputOptions> &
  Pick<DownloadFlags, 'dir' | 'quiet'>;
