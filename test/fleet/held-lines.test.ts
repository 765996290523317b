import { describe, expect, it } from 'vitest';
import { type ChunkLines, HeldLines } from '../../src/fleet/held-lines.js';

const MAX = 64 * 1024 * 1024;
/** Characters of the line of a name whose answer has 64 KB. */
const LINE = 90_000;
const names = Array.from({ length: 1000 }, (_, i) => `n${i}`);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the lines that a worker holds', () => {
  it('stay within bounds with 32 chunks of large answers, and every chunk ends', async () => {
    const held = new HeldLines();
    let [length, most, ended] = [0, 0, 0];
    const work = async (chunk: ChunkLines) => {
      let own = 0;
      for await (const slice of chunk.paced(names)) {
        // Every answer comes some turns later.
        await turn();
        for (const _ of slice) {
          own += LINE;
          length += LINE;
          chunk.add(LINE, 1);
        }
        most = Math.max(most, length);
      }
      chunk.close();
      length -= own;
      ended++;
    };
    await Promise.all(Array.from({ length: 32 }, () => work(held.open())));
    expect(ended).toBe(32);
    // Beyond the bound only the oldest chunk goes on, and what was in flight by then comes in.
    expect(most).toBeLessThan(MAX + names.length * LINE + 32 * 100 * LINE);
    expect(most).toBeGreaterThan(MAX / 2);
    expect(length).toBe(0);
  });

  it('make no chunk wait where answers are small', async () => {
    const held = new HeldLines();
    const chunks = Array.from({ length: 32 }, () => held.open().paced(names));
    for (let round = 0; round < names.length / 100; round++) {
      const slices = await Promise.all(chunks.map((chunk) => chunk.next()));
      expect(slices.every(({ done }) => !done)).toBe(true);
    }
  });
});
