/** Makes more words of each word: with prefixes, with suffixes, and inside patterns. */

import type { Pattern } from './pattern.js';

export interface Affixes {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  /** Patterns with `{}`, which stands for the word. */
  readonly patterns: readonly Pattern[];
  /** The word alone is left out. */
  readonly affixedOnly: boolean;
}

/** Words that are made at a time. */
const BATCH = 256;
/** A name, an address or a URL: anything that is more than a single label. */
const NOT_A_WORD = /[.\u3002\uff0e\uff61:/@]/;

/** Whether a text is a word, which affixes and TLDs are put to, and not a name. */
export function isWord(text: string): boolean {
  return !NOT_A_WORD.test(text);
}

/** How many words are made of each word. */
export function affixedSize({ prefixes, suffixes, patterns, affixedOnly }: Affixes): number {
  const inPatterns = patterns.reduce((sum, { size }) => sum + size, 0);
  return (affixedOnly ? 0 : 1) + prefixes.length + suffixes.length + inPatterns;
}

/** The texts with their affixed words, in batches, each word's own first. Names pass unchanged. */
export function affixed(
  texts: Iterable<string>,
  affixes: Affixes,
): Generator<readonly string[], void, undefined> {
  return inBatches(affixedOneByOne(texts, affixes));
}

/** All words of a pattern without `{}`, in batches. */
export function patternWords(pattern: Pattern): Generator<readonly string[], void, undefined> {
  return inBatches(wordsIn(pattern, ''));
}

function* affixedOneByOne(
  texts: Iterable<string>,
  { prefixes, suffixes, patterns, affixedOnly }: Affixes,
): Generator<string> {
  for (const text of texts) {
    if (!isWord(text)) {
      yield text;
      continue;
    }
    if (!affixedOnly) yield text;
    for (const prefix of prefixes) yield prefix + text;
    for (const suffix of suffixes) yield text + suffix;
    for (const pattern of patterns) yield* wordsIn(pattern, text);
  }
}

function* wordsIn(pattern: Pattern, word: string): Generator<string> {
  for (let position = 0; position < pattern.size; position++) yield pattern.wordAt(position, word);
}

function* inBatches(texts: Iterable<string>): Generator<readonly string[], void, undefined> {
  let batch: string[] = [];
  for (const text of texts) {
    batch.push(text);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
