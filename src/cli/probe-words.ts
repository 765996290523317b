/** Words for a probe: from lists and patterns, with prefixes and suffixes, none of them too long. */

import { didYouMean } from '../core/nearest.js';
import { UsageError } from '../core/usage-error.js';
import { type Affixes, affixed, affixedSize, isWord, patternWords } from '../names/affixes.js';
import { dotFault, type Pattern, parsePattern } from '../names/pattern.js';
import { wordLists } from '../names/word-lists.js';
import { grouped } from '../output/summary.js';
import { readAllLines } from '../storage/line-list.js';
import { type LineSource, notUtf8, type Reading } from './input-sources.js';
import { type ProbeFlags, wordListNames } from './probe-command-options.js';

/** The most names that patterns may make. */
const MAX_NAMES = 10_000_000;
/** What the words of lists and patterns are looked up under without `--tld`. */
export const DEFAULT_TLD = 'dev';

type WordFlags = Pick<
  ProbeFlags,
  'words' | 'prefixes' | 'suffixes' | 'patterns' | 'affixedOnly' | 'tlds' | 'maxLength'
>;

/** What is done with words, whatever they come from. */
interface WordRules {
  readonly affixes: Affixes;
  /** Patterns that need no word. */
  readonly alone: readonly Pattern[];
  readonly hasAffixes: boolean;
  /** False for a word that is too long. */
  readonly fits: (text: string) => boolean;
}

/**
 * The sources with the words that are made of theirs, and behind them those of lists and patterns.
 * Throws a usage error for a list that cannot be read, and for patterns that make too many names.
 *
 * @param texts the arguments, which count where names are counted
 * @param reading how the lines of files are read
 */
export function withWords(
  sources: readonly LineSource[],
  texts: readonly string[],
  flags: WordFlags,
  reading: Reading,
): readonly LineSource[] {
  const { tlds, maxLength } = flags;
  const rules = rulesOf(flags);
  if (tlds.length > 0) checkHaveNoDot(flags.patterns);
  const lists = flags.words.map((label) => wordsOf(label, reading));
  const known = lists.reduce((sum, { words }) => sum + words.length, texts.filter(isWord).length);
  checkSize(flags, rules, known);
  const changes = rules.hasAffixes || (maxLength !== undefined && tlds.length > 0);
  return [
    ...(changes ? sources.map((source) => remade(source, rules)) : sources),
    ...lists.map(({ label, words, note }) => ({
      ...wordSource(label, { lists: [words], size: words.length }, rules, tlds),
      note,
    })),
    ...rules.alone.map((each) =>
      wordSource(each.source, { lists: patternWords(each), size: each.size }, rules, tlds),
    ),
  ];
}

/** A dot in a pattern was most likely meant as any letter where TLDs are put to its words. */
function checkHaveNoDot(patterns: readonly string[]): void {
  const source = patterns.find((each) => dotFault(each));
  if (source === undefined) return;
  throw new UsageError(
    `Expected \`--pattern\` to make words without a dot beside \`--tld\`, got \`${source}\`: ${dotFault(source)}`,
  );
}

/** Throws a usage error for an option that makes words of words, to be called where there are none. */
export function checkNeedsNoWords({ prefixes, suffixes, patterns }: WordFlags): void {
  const [option] = [
    ...(prefixes.length > 0 ? ['--prefix'] : []),
    ...(suffixes.length > 0 ? ['--suffix'] : []),
    ...(patterns.length > 0 ? ['--pattern'] : []),
  ];
  if (option === undefined) return;
  const which = option === '--pattern' ? '`--pattern` with {}' : `\`${option}\``;
  throw new UsageError(
    `Expected ${which} to come with words: names without a dot, \`--input\` or \`--words\``,
  );
}

/** Whether the flags name words of their own. */
export function hasWords({ words, patterns }: WordFlags): boolean {
  return words.length > 0 || patterns.some((source) => !parsePattern(source)?.takesWord);
}

/** What is looked up first of a word: the word itself, unless only affixed ones are wanted. */
export function firstMadeOf(word: string, flags: WordFlags): string | undefined {
  const [batch] = affixed([word], rulesOf(flags).affixes);
  return batch?.[0];
}

function rulesOf(flags: WordFlags): WordRules {
  const { prefixes, suffixes, affixedOnly, maxLength } = flags;
  const all = flags.patterns.flatMap((source) => parsePattern(source) ?? []);
  const patterns = all.filter(({ takesWord }) => takesWord);
  const hasAffixes = prefixes.length + suffixes.length + patterns.length > 0;
  if (affixedOnly && !hasAffixes) {
    throw new UsageError(
      'Expected `--affixed-only` to come with `--prefix`, `--suffix` or a `--pattern` with {}',
    );
  }
  return {
    affixes: { prefixes, suffixes, patterns, affixedOnly },
    alone: all.filter(({ takesWord }) => !takesWord),
    hasAffixes,
    fits: (text) => maxLength === undefined || !isWord(text) || [...text].length <= maxLength,
  };
}

/** @param known how many words there are besides those of patterns, as far as that is known */
function checkSize({ patterns, tlds }: WordFlags, { affixes, alone }: WordRules, known: number) {
  if (patterns.length === 0) return;
  const words = alone.reduce((sum, { size }) => sum + size, known) || 1;
  const names = words * affixedSize(affixes) * Math.max(1, tlds.length);
  if (names <= MAX_NAMES) return;
  const count = names > 1e15 ? 'more than 1,000,000,000,000,000' : grouped(names);
  throw new UsageError(
    `Expected \`--pattern\` to make at most ${grouped(MAX_NAMES)} names, got \`${patterns.join(' ')}\`: ${count}`,
  );
}

function remade(source: LineSource, rules: WordRules): LineSource {
  async function* lists(): AsyncGenerator<readonly string[]> {
    for await (const texts of source.lists) yield* made(texts, rules);
  }
  return { ...source, lists: lists() };
}

function wordSource(
  label: string,
  { lists, size }: { readonly lists: Iterable<readonly string[]>; readonly size: number },
  rules: WordRules,
  tlds: readonly string[],
): LineSource {
  let read = 0;
  const isWhole = (text: string) => tlds.length > 0 || !isWord(text);
  function* named(): Generator<readonly string[]> {
    for (const words of lists) {
      read += words.length;
      for (const batch of made(words, rules)) {
        yield batch.map((text) => (isWhole(text) ? text : `${text}.${DEFAULT_TLD}`));
      }
    }
  }
  return { label, lists: named(), extent: () => ({ read, whole: size }), close() {} };
}

function* made(texts: readonly string[], { affixes, fits }: WordRules) {
  for (const batch of affixed(texts, affixes)) yield batch.filter(fits);
}

interface WordList {
  readonly label: string;
  readonly words: readonly string[];
  /** What is to be said at the end of how it was read. */
  readonly note: () => string | undefined;
}

function wordsOf(list: string, { readerFor, hint }: Reading): WordList {
  if (Object.hasOwn(wordLists, list)) {
    const words = wordLists[list as keyof typeof wordLists];
    return { label: list, words, note: () => undefined };
  }
  try {
    const label = `\`${list}\``;
    const reader = readerFor(label);
    const expected = `${wordListNames} or a readable file`;
    const lines = readAllLines(list, '--words', expected, (line) => hint(notUtf8(label, line)));
    const words = reader.read(lines);
    return { label: list, words, note: () => reader.note?.() };
  } catch (error) {
    const { message } = error as UsageError;
    throw new UsageError(`${message}${didYouMean(list, Object.keys(wordLists))}`);
  }
}
