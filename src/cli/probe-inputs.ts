/** Which names a probe is about: arguments, files, standard input, word lists. */

import { isWord } from '../names/affixes.js';
import { detectFormats, type ListFormatName, listFormats, namesOn } from '../names/list-formats.js';
import { wordLists } from '../names/words.js';
import { printable } from '../output/format.js';
import { readLineList } from '../storage/line-list.js';
import {
  impliedInput,
  type LineReaderFor,
  type LineSource,
  listInput,
  openInput,
} from './inputs.js';
import { type ProbeFlags, wordListNames } from './probe-options.js';
import type { Say, Streams } from './streams.js';

/** What is asked where no name is given. */
const DEFAULT_WORDS = 'python';
const DEFAULT_LENGTH = 4;
/** What `--words` is asked under without `--tld`. */
const DEFAULT_TLD = 'dev';

/** Whether a word is not too long. */
type IsShort = (word: string) => boolean;

/** Opens everything that names come from. Throws a usage error for what cannot be read. */
export async function openProbeInputs(
  names: readonly string[],
  flags: ProbeFlags,
  streams: Streams,
  say: Say,
): Promise<readonly LineSource[]> {
  const { inputs, words, tlds } = flags;
  const isBare = names.length + inputs.length + words.length === 0;
  const readerFor = listReader(flags.list, say);
  const implied = isBare ? await impliedInput(streams.stdin, say, readerFor) : undefined;
  const isDefault = isBare && !implied;
  const maxLength = flags.maxLength ?? (isDefault ? DEFAULT_LENGTH : undefined);
  const isShort: IsShort = (word) => maxLength === undefined || [...word].length <= maxLength;
  if (tlds.length === 0 && flags.types.length === 0) hintAtTld(names, say);
  const named = [
    ...namedInputs(names, flags, (option, path) =>
      openInput(option, path, streams.stdin, readerFor),
    ),
    ...(implied ? [implied] : []),
  ];
  const areWords = maxLength !== undefined && tlds.length > 0;
  return [
    ...(areWords ? named.map((input) => shorten(input, isShort)) : named),
    ...(isDefault ? [DEFAULT_WORDS] : words).map((list) => wordInput(list, tlds, isShort)),
  ];
}

/** A word that is asked as it stands was most likely meant to have a TLD. */
function hintAtTld(names: readonly string[], say: Say): void {
  const word = names.find((name) => name !== '-' && name !== 'localhost' && isWord(name));
  if (word === undefined) return;
  const text = printable(word);
  say(
    `\`${text}\` is looked up as it stands; --tld dev,io would look up ${text}.dev and ${text}.io`,
  );
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
function listReader(list: ProbeFlags['list'], say: Say): LineReaderFor {
  return (label) => {
    let formats = formatsOf(list);
    return (lines) => {
      if (!formats && lines.some((line) => line.trim() !== '')) {
        formats = detectFormats(lines);
        if (formats.length > 0) {
          const forms = formats.map((name) => `\`${listFormats[name].example}\``).join(', ');
          say(`${label} is read as lines like ${forms}; \`--list plain\` takes them as they stand`);
        }
      }
      const texts: string[] = [];
      for (const line of lines) texts.push(...namesOn(line, formats ?? []));
      return texts;
    };
  };
}

function formatsOf(list: ProbeFlags['list']): readonly ListFormatName[] | undefined {
  if (list === 'auto') return undefined;
  return list === 'plain' ? [] : [list];
}

/** With `--tld` every name without a dot is a word, and long words are left out. */
function shorten(input: LineSource, isShort: IsShort): LineSource {
  async function* short(): AsyncGenerator<readonly string[]> {
    for await (const texts of input.lists) {
      yield texts.filter((text) => text.includes('.') || isShort(text));
    }
  }
  return { ...input, lists: short() };
}

function wordInput(list: string, tlds: readonly string[], isShort: IsShort): LineSource {
  const isWhole = (word: string) => tlds.length > 0 || word.includes('.');
  const words = wordsOf(list)
    .filter(isShort)
    .map((word) => (isWhole(word) ? word : `${word}.${DEFAULT_TLD}`));
  return listInput(list, words);
}

function wordsOf(list: string): readonly string[] {
  return Object.hasOwn(wordLists, list)
    ? wordLists[list as keyof typeof wordLists]
    : readLineList(list, '--words', `${wordListNames} or a readable file`);
}
