import { describe, expect, it } from 'vitest';
import {
  type Affixes,
  affixed,
  affixedSize,
  isWord,
  patternWords,
} from '../../src/names/affixes.js';
import { parsePattern } from '../../src/names/pattern.js';

const nothing: Affixes = { prefixes: [], suffixes: [], patterns: [], affixedOnly: false };
const some: Affixes = {
  prefixes: ['get', 'my-'],
  suffixes: ['app'],
  patterns: [parsePattern('{}[12]')!],
  affixedOnly: false,
};

describe('affixes', () => {
  it('are put to each word, which comes first', () => {
    const words = ['mail', 'getmail', 'my-mail', 'mailapp', 'mail1', 'mail2'];
    expect([...affixed(['mail'], some)]).toEqual([words]);
    expect(affixedSize(some)).toBe(words.length);
    expect([...affixed(['mail'], { ...some, affixedOnly: true })]).toEqual([words.slice(1)]);
    expect(affixedSize({ ...some, affixedOnly: true })).toBe(words.length - 1);
  });

  it.each(['a.dev', 'https://a', '2001:db8::1', 'me@host', 'a。dev'])(
    'are not put to %s',
    (text) => {
      expect(isWord(text)).toBe(false);
      expect([...affixed([text], some)]).toEqual([[text]]);
    },
  );

  it('are put to words of any script', () => {
    expect([...affixed(['bücher'], { ...nothing, prefixes: ['die'] })]).toEqual([
      ['bücher', 'diebücher'],
    ]);
  });

  it('take words only as fast as theirs are taken', () => {
    let pulled = 0;
    function* endless() {
      for (;;) yield `word${++pulled}`;
    }
    const batches = affixed(endless(), { ...nothing, suffixes: ['1', '2', '3'] });
    expect(pulled).toBe(0);
    expect((batches.next().value as readonly string[]).length).toBe(256);
    expect(pulled).toBe(64);
  });

  it('leave the rest of an endless pattern unmade', () => {
    const words = patternWords(parsePattern('[a-z]{9}')!);
    expect((words.next().value as readonly string[])[255]).toBe('aaaaaaajv');
  });
});
