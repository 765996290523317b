/** Which names a probe is about: arguments, files, standard input, word lists. */

import { wordLists } from '../names/words.js';
import { readLineList } from '../storage/line-list.js';
import { impliedInput, type LineSource, listInput, openInput } from './inputs.js';
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
  const implied = isBare ? await impliedInput(streams.stdin, say) : undefined;
  const isDefault = isBare && !implied;
  const maxLength = flags.maxLength ?? (isDefault ? DEFAULT_LENGTH : undefined);
  const isShort: IsShort = (word) => maxLength === undefined || [...word].length <= maxLength;
  const named = [...namedInputs(names, flags, streams), ...(implied ? [implied] : [])];
  const areWords = maxLength !== undefined && tlds.length > 0;
  return [
    ...(areWords ? named.map((input) => shorten(input, isShort)) : named),
    ...(isDefault ? [DEFAULT_WORDS] : words).map((list) => wordInput(list, tlds, isShort)),
  ];
}

function namedInputs(
  names: readonly string[],
  { inputs }: ProbeFlags,
  { stdin }: Streams,
): readonly LineSource[] {
  const texts = names.filter((name) => name !== '-');
  return [
    ...(texts.length > 0 ? [listInput('the arguments', texts)] : []),
    ...(names.includes('-') ? [openInput('-', '-', stdin)] : []),
    ...inputs.map((path) => openInput('--input', path, stdin)),
  ];
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
