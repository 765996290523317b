import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DoneSet } from '../../src/core/done-set.js';

describe('DoneSet', () => {
  it('knows what is done, in whatever order it was', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { maxLength: 500 }), (numbers) => {
        const set = new DoneSet();
        const done = new Set(numbers);
        for (const number of numbers) set.add(number);
        const restored = new DoneSet(set.record());
        const all = Array.from({ length: 20_100 }, (_, i) => i);
        expect(all.filter((i) => set.has(i) !== done.has(i))).toEqual([]);
        expect(all.filter((i) => restored.has(i) !== done.has(i))).toEqual([]);
        let low = 0;
        while (done.has(low)) low++;
        expect([set.low, restored.low]).toEqual([low, low]);
      }),
    );
  });

  it('goes on after it was restored, at every low', () => {
    for (let low = 0; low < 40; low++) {
      const set = new DoneSet();
      for (let i = 0; i < low; i++) set.add(i);
      set.add(low + 3);
      const restored = new DoneSet(set.record());
      for (const number of [low, low + 1, low + 2]) restored.add(number);
      expect(restored.low).toBe(low + 4);
      expect(restored.has(low + 4)).toBe(false);
    }
  });

  it('does not grow with what lies behind', () => {
    const set = new DoneSet();
    for (let i = 0; i < 1_000_000; i += 2) {
      set.add(i + 1);
      set.add(i);
    }
    expect(set.record()).toEqual({ low: 1_000_000, high: 1_000_000, bits: new Uint8Array() });
  });

  it('keeps what is ahead while it lets go what lies behind', () => {
    const set = new DoneSet();
    for (let i = 0; i < 30_000; i++) {
      if (i % 3 === 0) set.add(i + 600);
      set.add(i);
    }
    const ahead = Array.from({ length: 700 }, (_, i) => 30_000 + i);
    expect(ahead.filter((i) => set.has(i))).toEqual(ahead.filter((i) => i % 3 === 0 && i < 30_600));
  });

  it('takes a bit for each number from the oldest that is not done', () => {
    const set = new DoneSet();
    for (let i = 1; i < 80_000; i++) set.add(i);
    expect(set.record()).toMatchObject({ low: 0, high: 80_000, bits: { length: 10_000 } });
  });
});
