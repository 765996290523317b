import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../src/names/pattern.js';

/** All words of a pattern. */
function wordsOf(source: string, word?: string): string[] {
  const pattern = parsePattern(source)!;
  return Array.from({ length: pattern.size }, (_, position) => pattern.wordAt(position, word));
}

describe('a pattern', () => {
  it.each<[string, string[]]>([
    ['abc', ['abc']],
    ['[a-c]', ['a', 'b', 'c']],
    ['[ab][01]', ['a0', 'a1', 'b0', 'b1']],
    ['[ab]{2}', ['aa', 'ab', 'ba', 'bb']],
    ['x{3}', ['xxx']],
    ['(get|try)x', ['getx', 'tryx']],
    ['(my|)x', ['myx', 'x']],
    ['a|bc', ['a', 'bc']],
    ['(a|[bc])(1|2)', ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']],
    ['(ab|c){2}', ['abab', 'abc', 'cab', 'cc']],
    ['((a|b)c|d)', ['ac', 'bc', 'd']],
    ['[-a]', ['-', 'a']],
    ['[a-]', ['a', '-']],
    ['[aab-b]', ['a', 'b']],
    ['[äö]_1', ['ä_1', 'ö_1']],
    ['[😀x]', ['😀', 'x']],
  ])('%s stands for %j', (source, words) => {
    expect(wordsOf(source)).toEqual(words);
    expect(parsePattern(source)!.takesWord).toBe(false);
  });

  it('has the given word wherever {} is', () => {
    expect(wordsOf('get{}app', 'mail')).toEqual(['getmailapp']);
    expect(wordsOf('(my|){}[12]', 'x')).toEqual(['myx1', 'myx2', 'x1', 'x2']);
    expect(wordsOf('{}-{}', 'x')).toEqual(['x-x']);
    expect(parsePattern('get{}app')!.takesWord).toBe(true);
  });

  it('is counted without being written out', () => {
    expect(parsePattern('[a-z]{3}')!.size).toBe(26 ** 3);
    expect(parsePattern('([a-z]|[0-9]{2}){4}')!.size).toBe(126 ** 4);
    expect(parsePattern('[a-z0-9]{63}')!.size / 36 ** 63).toBeCloseTo(1);
    const pattern = parsePattern('[a-z]{5}')!;
    expect([0, 25, 26, 26 ** 5 - 1].map((position) => pattern.wordAt(position))).toEqual([
      'aaaaa',
      'aaaaz',
      'aaaba',
      'zzzzz',
    ]);
  });

  it.each([
    ...['', '[', '[]', '[a', 'a]', '[z-a]', '[a/b]', '[[a]]', '(a', 'a)', '(a|b', 'a{', 'a}'],
    ...['{3}', 'a{0}', 'a{64}', 'a{1,2}', 'a{x}', 'a b', 'a\\d', 'a/b', 'https://a', '|)', 'a{2'],
    ...['x.', '.x', 'x..', '{}..dev'],
  ])('%j is none', (source) => {
    expect(parsePattern(source)).toBeUndefined();
  });

  it('is none where it is longer than any name could be', () => {
    expect(parsePattern('((((([a-z]{63}){63}){63}){63}){63}){63}')).toBeUndefined();
    expect(parsePattern('('.repeat(100_000))).toBeUndefined();
    expect(parsePattern('(a{63}){4}')).toMatchObject({ size: 1 });
    expect(parsePattern('(a{63}){5}')).toBeUndefined();
  });
});
