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
    group: 'Names',
    help: 'read names from a file, one on each line; - is standard input',
    rule: texts('a readable file or -'),
  },
  list: {
    flag: '--list <format>',
    group: 'Names',
    help: 'how names are written in files and on standard input',
    rule: choice(['auto', 'plain', ...listFormatNames], 'auto'),
    resume: true,
  },
  words: {
    flag: '-w, --words <list>',
    group: 'Names',
    help: `add words: ${wordListNames}, or a file`,
    rule: texts(`${wordListNames} or a readable file`),
  },
  maxLength: {
    flag: '-L, --max-length <n>',
    group: 'Names',
    help: 'keep only words of at most n letters',
    rule: optional(integer(1, 63, 63)),
  },
} satisfies OptionTable;

const resumeOptions = {
  resume: {
    flag: '--resume',
    group: 'Long runs',
    help: 'continue the run that wrote --output',
    rule: flag(),
  },
  force: {
    flag: '--force',
    group: 'Long runs',
    help: 'replace the output of an unfinished run',
    rule: flag(),
  },
} satisfies OptionTable;

const fleetOptions = {
  redis: {
    flag: '--redis <url>',
    group: 'Fleet',
    help: 'let a fleet of flagprobe workers do the lookups; needs --output',
    rule: optional(redisUrlRule),
    // The coordinator counts chunks where a single process counts names.
    resume: (url: string | undefined) => (url === undefined ? '' : 'URL'),
  },
  ...redisCaOption,
  run: {
    flag: '--run <name>',
    group: 'Fleet',
    help: 'the name of this run, where several share one Redis',
    rule: optional(runNameRule),
  },
} satisfies OptionTable;

export const probeCommandOptions = {
  ...nameOptions,
  ...probeOptions,
  ...resumeOptions,
  ...fleetOptions,
  ...runOptions('probe', statuses, 'show the records, and no progress bar', [
    'unchecked',
    'dangling',
  ]),
};

export type ProbeFlags = Resolved<typeof probeCommandOptions>;
