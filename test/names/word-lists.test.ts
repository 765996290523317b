import { describe, expect, it } from 'vitest';
import { cleanDomain } from '../../src/names/clean-domain.js';
import { wordLists } from '../../src/names/word-lists.js';

describe('the word lists', () => {
  it("have the 20 short words of Python 3.11, in the original's order", () => {
    const short = wordLists.python.filter((word) => word.length <= 4);
    expect(short.join(' ')).toBe(
      'none true _ and as case def del elif else for from if in is not or pass try with',
    );
    expect(short).toHaveLength(20);
  });

  it('have all 38 keywords and soft keywords of Python 3.11, and no later one', () => {
    expect(wordLists.python).toHaveLength(38);
    expect(wordLists.python).not.toContain('type');
  });

  it.each(Object.entries(wordLists))(
    '%s holds each word once, and each can be a label',
    (_, words) => {
      expect(new Set(words).size).toBe(words.length);
      for (const word of words) expect(cleanDomain(word)).toEqual({ name: word });
    },
  );
});
