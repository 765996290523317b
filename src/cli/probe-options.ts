/** The options of `flagprobe probe` in the order of its help: those of the library, and its own. */

import { redisCaOption, redisUrlRule, runNameRule } from '../fleet/options.js';
import { listFormatNames } from '../names/list-formats.js';
import { wordLists } from '../names/words.js';
import { choice, flag, integer, optional, texts } from '../options/rule.js';
import type { OptionTable, Resolved } from '../options/table.js';
import { probeOptions } from '../probe/options.js';
import { runOptions } from './run-options.js';

const statuses = [
  ...['found', 'missing', 'unknown', 'invalid', 'nxdomain', 'nodata', 'wildcard'],
  ...['registered', 'unregistered', 'reserved'],
];

/** The names of the built-in lists, as help and messages give them. */
export const wordListNames = Object.keys(wordLists).join(', ');

const nameOptions = {
  inputs: {
    flag: '-i, --input <file>',
    help: 'read names from a file, one a line',
    rule: texts('a readable file or -'),
  },
  list: {
    flag: '--list <format>',
    help: 'how the names stand in files and on standard input',
    rule: choice(['auto', 'plain', ...listFormatNames], 'auto'),
    resume: true,
  },
  words: {
    flag: '-w, --words <list>',
    help: `add a word list: ${wordListNames}, or a file`,
    rule: texts(`${wordListNames} or a readable file`),
  },
  maxLength: {
    flag: '-L, --max-length <n>',
    help: 'keep the words of at most n letters',
    rule: optional(integer(1, 63, 63)),
  },
} satisfies OptionTable;

const resumeOptions = {
  resume: {
    flag: '--resume',
    help: 'go on where the last run into --output stopped',
    rule: flag(),
  },
  force: {
    flag: '--force',
    help: 'replace the output of a run that is not finished',
    rule: flag(),
  },
} satisfies OptionTable;

const fleetOptions = {
  redis: {
    flag: '--redis <url>',
    help: 'let a fleet of flagprobe workers ask; needs --output',
    rule: optional(redisUrlRule),
    // The coordinator counts chunks where a single process counts names.
    resume: (url: string | undefined) => (url === undefined ? '' : 'URL'),
  },
  ...redisCaOption,
  run: {
    flag: '--run <name>',
    help: 'what its workers call this run',
    rule: optional(runNameRule),
  },
} satisfies OptionTable;

export const probeCommandOptions = {
  ...nameOptions,
  ...probeOptions,
  ...resumeOptions,
  ...fleetOptions,
  ...runOptions('probe', statuses, 'show the records; no bar', ['unchecked', 'dangling']),
};

export type ProbeFlags = Resolved<typeof probeCommandOptions>;
