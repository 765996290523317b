/** The options of `flagprobe probe` in the order of its help: those of the library, and its own. */

import { UsageError } from '../core/usage-error.js';
import { redisCaOption, redisUrlRule, runNameRule } from '../fleet/options.js';
import { isWord } from '../names/affixes.js';
import { listFormatNames } from '../names/list-formats.js';
import { parsePattern, patternFault } from '../names/pattern.js';
import { wordLists } from '../names/word-lists.js';
import {
  choice,
  flag,
  integer,
  invalidOption,
  list,
  optional,
  type Rule,
  texts,
} from '../options/rule.js';
import type { OptionTable, Resolved } from '../options/table.js';
import { sortKeys } from '../output/sorted-lines.js';
import { probeOptions } from '../probe/options.js';
import { runOptions } from './run-options.js';

/** What `--only` and `--expect` take with `--rdap`. */
export const registrationStatuses: readonly string[] = ['registered', 'unregistered', 'reserved'];

const statuses = [
  ...['found', 'missing', 'unknown', 'invalid', 'nxdomain', 'nodata', 'wildcard'],
  ...registrationStatuses,
];

/** The names of the built-in lists, as help and messages give them. */
export const wordListNames = Object.keys(wordLists).join(', ');

const nameOptions = {
  inputs: {
    flag: '-i, --input <file>',
    group: 'Names',
    help: 'read names from a file, one on each line; - is standard input',
    rule: texts('a readable file or -'),
    completes: { path: 'file' },
  },
  list: {
    flag: '--list <format>',
    group: 'Names',
    help: 'how names are written in files and on standard input',
    rule: choice(['auto', 'plain', ...listFormatNames], 'auto'),
    resume: true,
  },
  words: {
    flag: '-w, --words <list,...>',
    group: 'Names',
    help: `add the words of these lists: ${wordListNames}, or files`,
    rule: list(`${wordListNames} or a readable file`, (name) => name !== ''),
    completes: { words: Object.keys(wordLists).map((name) => [name, '']), path: 'file' },
  },
  prefixes: {
    flag: '--prefix <text,...>',
    group: 'Names',
    help: 'also look up each word with each of these in front',
    rule: list('letters, digits and hyphens, such as get,my-', isAffix),
    resume: true,
  },
  suffixes: {
    flag: '--suffix <text,...>',
    group: 'Names',
    help: 'also look up each word with each of these behind it',
    rule: { ...list('letters, digits and hyphens, such as app,-hq', isAffix), takesOptions: true },
    resume: true,
  },
  patterns: {
    flag: '--pattern <pattern>',
    group: 'Names',
    help: "also look up every word of a pattern: '[a-z]{3}', or '(get|try){}app', where {} is each word",
    rule: patterns(),
    resume: true,
  },
  affixedOnly: {
    flag: '--affixed-only',
    group: 'Names',
    help: 'leave out the words alone',
    rule: flag(),
    resume: true,
  },
  maxLength: {
    flag: '-L, --max-length <n>',
    group: 'Names',
    help: 'keep only words of at most n letters, prefix and suffix counted',
    rule: optional(integer(1, 63, 63)),
    resume: true,
  },
} satisfies OptionTable;

const sortOption = {
  sort: {
    flag: '--sort <key>',
    group: 'Output',
    help: 'wait for the end, then print the results sorted (by name where equal)',
    rule: optional(choice(sortKeys, 'name')),
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
  ...sortOption,
  ...resumeOptions,
  ...fleetOptions,
  ...runOptions('probe', statuses, 'show the records, and no progress bar', [
    'unchecked',
    'dangling',
  ]),
};

export type ProbeFlags = Resolved<typeof probeCommandOptions>;

function isAffix(text: string): boolean {
  return text !== '' && isWord(text) && !/\s/.test(text);
}

function patterns(): Rule<readonly string[]> {
  const expected = "a pattern such as 'get{}app' or '[a-z]{3}'";
  return {
    ...texts(expected),
    read(given, option) {
      if (parsePattern(given)) return [given];
      const why = patternFault(given);
      const { message } = invalidOption(option, expected, given);
      throw new UsageError(why === undefined ? message : `${message}: ${why}`);
    },
  };
}
