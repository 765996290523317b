import { describe, expect, it } from 'vitest';
import { type Chunk, inChunks } from '../../src/fleet/chunks.js';

async function sizes(lists: readonly (readonly string[])[], tlds = 0): Promise<number[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of inChunks(lists, tlds)) chunks.push(chunk);
  expect(chunks.map(({ number }) => number)).toEqual(chunks.map((_, i) => i));
  expect(chunks.flatMap(({ names }) => names)).toEqual(lists.flat());
  return chunks.map(({ names }) => names.length);
}

const names = Array.from({ length: 2500 }, (_, i) => `n${i}`);

describe('chunks', () => {
  it('are the same however the list comes', async () => {
    expect(await sizes([names])).toEqual([1000, 1000, 500]);
    expect(await sizes([names.slice(0, 999), [], names.slice(999)])).toEqual([1000, 1000, 500]);
    expect(await sizes([])).toEqual([]);
  });

  it('owe a bounded number of verdicts under many TLDs', async () => {
    expect(await sizes([names.slice(0, 250)], 10)).toEqual([100, 100, 50]);
    expect(await sizes([names.slice(0, 2)], 5000)).toEqual([1, 1]);
  });

  it('are bounded by length too', async () => {
    const long = Array.from({ length: 10 }, () => 'x'.repeat(100_000));
    expect(await sizes([long])).toEqual([3, 3, 3, 1]);
  });
});
