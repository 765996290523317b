import { expect, it } from 'vitest';
import {
  type Askers,
  askersOf,
  DIRECT,
  formatAskers,
  isWanted,
  KnownAskers,
  withAskers,
  withoutLists,
} from '../../src/storage/askers.js';

const list = (name: string): Askers => ({ lists: [name], left: [], isDirect: false });
const read = (askers: Askers) => askersOf(JSON.parse(`{"":0${formatAskers(askers)}}`));
const all = (names: readonly string[]) => names.map(list).reduce(withAskers);

it.each<[what: string, askers: Askers]>([
  ['one list', list('../a')],
  ['a list with a bar in its name', list('../a|b')],
  ['several', all(['a', 'b', 'c'])],
  ['one of several that has it no more', withoutLists(all(['a', 'b', 'c']), ['b'])],
  ['none that has it any more', withoutLists(all(['a', 'b']), ['a', 'b'])],
  ['an argument, and a list that had it', withoutLists(withAskers(DIRECT, list('a')), ['a'])],
  ['an argument', DIRECT],
])('%s can be written and read', (_what, askers) => {
  expect(read(askers)).toEqual(askers);
});

it('a list that has it again has not left it', () => {
  const left = withoutLists(all(['a', 'b']), ['a', 'b']);
  expect(isWanted(left)).toBe(false);
  expect(withAskers(left, list('a'))).toEqual({ lists: ['a'], left: ['b'], isDirect: false });
  expect(withAskers(list('a'), left).lists).toEqual(['a']);
});

it('those who have asked before change nothing', () => {
  const before = withoutLists(withAskers(all(['a', 'b']), DIRECT), ['b']);
  expect(withAskers(before, list('a'))).toBe(before);
  expect(withAskers(before, DIRECT)).toBe(before);
  expect(withAskers(before, withoutLists(list('b'), ['b']))).toBe(before);
});

it('at most 32 lists are kept, first those that have it, and what more have asked for stays wanted', () => {
  const names = Array.from({ length: 32 }, (_, i) => `list ${i}`);
  const [first = '', ...others] = names;
  expect(withAskers(withoutLists(all(names), [first]), list('x'))).toEqual(all([...others, 'x']));
  const more = withAskers(all(names), list('x'));
  expect([more, withoutLists(more, ['x'])].map(isWanted)).toEqual([true, true]);
  expect(more.lists.length).toBeLessThan(32);
  const [long, longer] = ['a'.repeat(16_384), 'b'.repeat(16_384)];
  expect(withAskers(list(long), list(longer))).toEqual({ ...list(longer), isDirect: true });
  expect(formatAskers(read({ ...list('a'), lists: Array(300).fill(long) })).length).toBeLessThan(
    20_000,
  );
});

it('of very many files the same lists are kept once, and of a hostile manifest a bounded part', () => {
  const known = new KnownAskers();
  const [one, two] = [known.numberOf(list('a')), known.numberOf(all(['a', 'b']))];
  expect([known.at(one), known.at(two)]).toEqual([list('a'), all(['a', 'b'])]);
  expect([known.numberOf(read(list('a'))), known.numberOf(all(['a', 'b']))]).toEqual([one, two]);
  const numbers = Array.from({ length: 1000 }, (_, i) =>
    known.numberOf(list(`${'x'.repeat(10_000)}${i}`)),
  );
  expect(new Set(numbers).size).toBeLessThan(500);
  expect(known.at(numbers.at(-1) as number)).toEqual(DIRECT);
});
