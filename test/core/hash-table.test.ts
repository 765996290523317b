import { expect, it } from 'vitest';
import { HashTable } from '../../src/core/hash-table.js';

it('gives back what it was told last, for very many keys', () => {
  const table = new HashTable(1);
  const count = 50_000;
  for (let i = 0; i < count; i++) table.set(`https://example.org/${i}.gif`, i);
  for (let i = 0; i < count; i += 2) table.set(`https://example.org/${i}.gif`, i + 0.5 * 2 ** 50);
  expect(table.size).toBe(count);
  const wrong = Array.from({ length: count }, (_, i) => i).filter(
    (i) =>
      table.get(`https://example.org/${i}.gif`) !== (i % 2 === 0 ? i + 2 ** 49 : i) ||
      table.get(`https://example.org/${i}.png`) !== undefined,
  );
  expect(wrong).toEqual([]);
});

it('keeps every whole number there is', () => {
  const table = new HashTable(0);
  for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    table.set('', value);
    expect(table.get('')).toBe(value);
  }
  expect(table.size).toBe(1);
});

it('tells texts apart by another number in each process', () => {
  const [one, other] = [new HashTable(1), new HashTable(2)];
  expect(one.digest('a')).toBe(one.digest('a'));
  expect(one.digest('a')).not.toBe(one.digest('b'));
  expect(one.digest('a')).not.toBe(other.digest('a'));
});
