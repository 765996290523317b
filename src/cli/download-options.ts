/** The options of `flagprobe download` in the order of its help: those of the library, and its own. */

import { downloadOptions } from '../download/options.js';
import { flag, integer, optional, texts } from '../options/rule.js';
import type { OptionTable, Resolved } from '../options/table.js';
import { probeOptions } from '../probe/options.js';
import { runOptions } from './run-options.js';

const statuses = ['ok', 'unchanged', 'not_found', 'error'];

const inputOptions = {
  all: {
    flag: '-a, --all',
    help: 'every country code there is',
    rule: flag(),
  },
  every: {
    flag: '-e, --every',
    help: 'every code from AA to ZZ',
    rule: flag(),
  },
  limit: {
    flag: '-l, --limit <n>',
    help: 'at most n inputs',
    rule: optional(integer(1, 1_000_000, 1_000_000)),
  },
  inputs: {
    flag: '-i, --input <file>',
    help: 'read codes or URLs from a file, or - , one a line',
    rule: texts('a readable file or -'),
  },
  retryFailed: {
    flag: '--retry-failed',
    help: 'only what ended as an error the last time',
    rule: flag(),
  },
  shard: { ...probeOptions.shard, help: 'fetch only part i of n' },
} satisfies OptionTable;

const showOptions = {
  list: {
    flag: '--list',
    help: 'list the services that --server knows, and end',
    rule: flag(),
  },
  gallery: {
    flag: '--gallery',
    help: 'write index.html into the folder, with every flag in it',
    rule: flag(),
  },
  preview: {
    flag: '--preview',
    help: 'draw the flags in the terminal at the end',
    rule: flag(),
  },
} satisfies OptionTable;

export const downloadCommandOptions = {
  ...inputOptions,
  ...downloadOptions,
  ...showOptions,
  ...runOptions('download', statuses, 'no bar'),
};

export type DownloadFlags = Resolved<typeof downloadCommandOptions>;
export type DownloadInputFlags = Resolved<typeof inputOptions>;
