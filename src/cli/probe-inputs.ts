/** Which names a probe is about: arguments, files, standard input, word lists. */

import { isWord } from '../names/affixes.js';
import { cleanDomain } from '../names/clean-domain.js';
import {
  detectFormats,
  isContent,
  type ListFormatName,
  listFormats,
  namesOn,
} from '../names/list-formats.js';
import { type ListAdvice, UnreadLines } from '../names/unread-lines.js';
import { type WordTable, wordTable } from '../names/word-table.js';
import { printable } from '../output/format.js';
import { isFile } from '../storage/line-list.js';
import {
  impliedInput,
  type LineReaderFor,
  type LineSource,
  listInput,
  openInput,
} from './input-sources.js';
import { isPipe } from './is-pipe.js';
import type { ProbeFlags } from './probe-command-options.js';
import { checkNeedsNoWords, DEFAULT_TLD, firstMadeOf, hasWords, withWords } from './probe-words.js';
import { type Say, type Streams, sayTo } from './streams.js';
import { hintAtDots, hintAtNames, hintAtTlds, MAX_HINTED } from './tld-hints.js';

/** What is asked where no name is given. */
const DEFAULT_WORDS = 'python';
const DEFAULT_LENGTH = 4;

const DEFAULT_NAMES =
  'no name was given, so the default ones are looked up: keywords of Python, short ones';
const INSTEAD_OF_INPUT = 'the default names are looked up; name it with - to wait for it';

/** Opens everything that names come from. Throws a usage error for what cannot be read. */
export async function openProbeInputs(
  names: readonly string[],
  flags: ProbeFlags,
  streams: Streams,
  say: Say,
): Promise<readonly LineSource[]> {
  const { inputs, tlds, types } = flags;
  const isBare = names.length + inputs.length === 0 && !hasWords(flags);
  let isHinted = tlds.length > 0 || types.length > 0;
  // A list is looked at as it is read, by its first name.
  const readerFor = listReader(flags.list, say, (name) => {
    if (!isHinted) isHinted = hintAtTld([name], flags, say);
  });
  const reading = { readerFor, hint: say };
  // That a list is not read is no detail that -q may hide.
  const warn = sayTo(streams, false);
  const implied = isBare
    ? await impliedInput(streams.stdin, warn, INSTEAD_OF_INPUT, reading)
    : undefined;
  if (isBare && !implied) {
    checkNeedsNoWords(flags);
    // Of a pipe it has been said.
    if (!isPipe(streams.stdin)) say(DEFAULT_NAMES);
  } else if (!isBare) hintAtPipe(names, inputs, streams, say);
  if (!isHinted) isHinted = hintAtTld(names, flags, say);
  hintAtArguments(names.slice(0, MAX_HINTED), flags, say);
  if (!flags.quiet) {
    await hintAtTlds(flags, say);
    await hintAtNames(names.slice(0, MAX_HINTED), flags, say);
    if (tlds.length === 0) await hintAtDots(flags, say);
  }
  const named = namedInputs(names, flags, (option, path) =>
    openInput(option, path, streams.stdin, reading),
  );
  const words =
    isBare && !implied
      ? { words: [DEFAULT_WORDS], maxLength: flags.maxLength ?? DEFAULT_LENGTH }
      : {};
  const sources = [...named, ...(implied ? [implied] : [])];
  const wordReader = listReader(flags.list, say, () => {});
  const made = withWords(
    sources,
    names,
    { ...flags, ...words },
    { readerFor: wordReader, hint: say },
  );
  hintAtDefaultTld(flags, say);
  return made;
}

/** A pipe is read where nothing else is named, so one that is not may be a mistake. */
function hintAtPipe(
  names: readonly string[],
  inputs: readonly string[],
  { stdin }: Streams,
  say: Say,
): void {
  if (names.includes('-') || inputs.includes('-') || !isPipe(stdin)) return;
  say('standard input is a pipe and is not read, as names come from elsewhere; - reads it too');
}

/** A file that was given as a name, or several names as one, are looked up as they stand all the same. */
function hintAtArguments(
  names: readonly string[],
  { prefixes, suffixes }: ProbeFlags,
  say: Say,
): void {
  const file = names.find((name) => name !== '-' && isFile(name));
  if (file !== undefined) {
    const text = printable(file);
    say(`\`${text}\` is looked up as a name; -i ${text} would read names from that file`);
  }
  const joined = names.find((name) => /^[^/]+,[^/]+$/.test(name));
  if (joined !== undefined) {
    say(`\`${printable(joined)}\` is taken for one name; names are parted by spaces`);
  }
  const whole = prefixes.length + suffixes.length > 0 && names.find((name) => !isWord(name));
  if (whole) {
    say(
      `\`${printable(whole)}\` is a whole name: prefixes and suffixes are for words without a dot`,
    );
  }
}

/** A word that is asked as it stands was most likely meant to have a TLD. Whether something was said. */
function hintAtTld(names: readonly string[], flags: ProbeFlags, say: Say): boolean {
  const word = names.find((name) => name !== '-' && name !== 'localhost' && isWord(name));
  if (word === undefined || 'invalid' in cleanDomain(word)) return false;
  const made = firstMadeOf(word, flags);
  if (made === undefined || !isWord(made)) return false;
  const text = printable(made);
  const stands = `\`${text}\` is looked up as it stands`;
  // Beside a pattern that has TLDs of its own the word alone is most likely not wanted.
  if (flags.patterns.some((pattern) => pattern.includes('.')))
    say(`${stands}; --affixed-only leaves it out`);
  else say(`${stands}; --tld dev,io would look up ${text}.dev and ${text}.io`);
  return true;
}

/** Words that no TLD was given for have one of their own, unlike arguments. */
function hintAtDefaultTld({ tlds, words, patterns }: ProbeFlags, say: Say): void {
  const hasOwn = words.length > 0 || patterns.some((each) => !/[.]|\{\}/.test(each));
  if (tlds.length > 0 || !hasOwn) return;
  say(`the words are looked up under ${DEFAULT_TLD}; --tld names others`);
}

function namedInputs(
  names: readonly string[],
  { inputs }: ProbeFlags,
  open: (option: string, path: string) => LineSource,
): readonly LineSource[] {
  const texts = names.filter((name) => name !== '-');
  return [
    ...(texts.length > 0 ? [listInput('the arguments', texts)] : []),
    ...(names.includes('-') ? [open('-', '-')] : []),
    ...inputs.map((path) => open('--input', path)),
  ];
}

/** Reads lists in the format that was named, or in the one that their first lines are in. */
function listReader(
  list: ProbeFlags['list'],
  say: Say,
  onFirst: (name: string) => void,
): LineReaderFor {
  return (label) => {
    let formats = formatsOf(list);
    let isFirst = true;
    let isTop = true;
    let table: Pick<WordTable, 'column' | 'hasHeads'> = { column: 0, hasHeads: false };
    const unread = new UnreadLines();
    return {
      read(lines) {
        formats ??= foundFormats(lines, label, say);
        // Comments alone tell nothing, and a pipe may deliver them first.
        if (!formats) return [];
        if (list === 'csv' && isTop && lines.some(isContent)) table = saidTable(lines, label, say);
        const texts: string[] = [];
        for (const line of lines) {
          texts.push(...namesOn(line, formats, list === 'auto' ? undefined : { ...table, isTop }));
          isTop &&= !isContent(line);
        }
        if (list === 'auto' && formats.length === 0) unread.add(texts);
        const [first] = texts;
        if (isFirst && first !== undefined) {
          isFirst = false;
          onFirst(first);
        }
        return texts;
      },
      note: () => unread.advice && adviceText(label, unread.advice),
    };
  };
}

/** How a table with words is read, of whose columns is said which one it is. */
function saidTable(lines: readonly string[], label: string, say: Say): WordTable {
  const table = wordTable(lines);
  if (table.called !== undefined)
    say(`the words of ${label} are read from ${printable(table.called)}`);
  return table;
}

/** The formats that a list begins in, which is said; undefined as long as that cannot be known. */
function foundFormats(
  lines: readonly string[],
  label: string,
  say: Say,
): readonly ListFormatName[] | undefined {
  const formats = detectFormats(lines);
  if (formats && formats.length > 0) {
    const forms = formats.map((name) => `\`${listFormats[name].example}\``).join(', ');
    say(`${label} is read as lines like ${forms}; \`--list plain\` takes them as they stand`);
  }
  return formats;
}

function adviceText(label: string, { format, line, names }: ListAdvice): string {
  const shown = names.map((name) => `\`${printable(name)}\``).join(', ');
  return `most lines of ${label} are no names as they stand; \`--list ${format}\` reads ${shown} from \`${printable(line)}\``;
}

function formatsOf(list: ProbeFlags['list']): readonly ListFormatName[] | undefined {
  if (list === 'auto') return undefined;
  return list === 'plain' ? [] : [list];
}
