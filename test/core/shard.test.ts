import { describe, expect, it } from 'vitest';
import { isInShard, parseShard } from '../../src/core/shard.js';

const names = Array.from({ length: 5000 }, (_, i) => `name${i}.example`);

/** With as many parts as there are hashes, a text is in the part that its hash numbers. */
const hasHash = (text: string, hash: number) =>
  isInShard(text, { index: hash + 1, count: 2 ** 32 });

describe('the hash of a text', () => {
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('of `%s` is what the authors of FNV-1a publish', (text, hash) => {
    expect(hasHash(text, hash)).toBe(true);
  });

  it('is over the bytes of UTF-8', () => {
    const bytes = String.fromCharCode(...Buffer.from('é'));
    let hash = 0x811c9dc5;
    for (const char of bytes) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    expect(hasHash('é', hash >>> 0)).toBe(true);
  });
});

describe('shards', () => {
  it.each([1, 2, 3, 7, 16])('%i of them are together exactly the whole', (count) => {
    const shards = Array.from({ length: count }, (_, i) => ({ index: i + 1, count }));
    const ownersOf = (name: string) => shards.filter((shard) => isInShard(name, shard)).length;
    expect(names.filter((name) => ownersOf(name) !== 1)).toEqual([]);
  });

  it('are about equal', () => {
    for (const index of [1, 2, 3, 4]) {
      const size = names.filter((name) => isInShard(name, { index, count: 4 })).length;
      expect(size).toBeGreaterThan(1100);
      expect(size).toBeLessThan(1400);
    }
  });

  it.each([
    ['1/1', { index: 1, count: 1 }],
    ['2/5', { index: 2, count: 5 }],
    ['0/5', undefined],
    ['6/5', undefined],
    ['1/0', undefined],
    ['1', undefined],
    ['1/2/3', undefined],
    ['-1/2', undefined],
    ['1/70000', undefined],
  ])('`%s`', (text, shard) => {
    expect(parseShard(text)).toEqual(shard);
  });
});
