import { describe, expect, it } from 'vitest';
import { Refusals } from '../../src/pacing/refusals.js';

/** Begins at 1 s, as a judgement does: with nothing. */
function begin(): Refusals {
  const refusals = new Refusals();
  refusals.judge(1000);
  return refusals;
}

/** What came in the 100 ms before `now`. */
function judge(refusals: Refusals, good: number, refused: number, now: number): void {
  for (let i = 0; i < good; i++) refusals.good();
  for (let i = 0; i < refused; i++) refusals.refused();
  refusals.judge(now);
}

describe('refusals', () => {
  it('set no limit while they are few', () => {
    const refusals = begin();
    judge(refusals, 90, 10, 1100);
    expect(refusals.limit).toBeUndefined();
  });

  it('set the limit to the good answers a second', () => {
    const refusals = begin();
    judge(refusals, 75, 25, 1100);
    expect(refusals.limit).toBe(750);
  });

  it('are not judged by the time in which nothing was asked', () => {
    const refusals = begin();
    refusals.judge(60_000);
    judge(refusals, 75, 25, 60_100);
    expect(refusals.limit).toBe(750);
  });

  it('above a rate far below the pace bring the limit down to that rate', () => {
    const refusals = begin();
    // The resolver gives 30 good answers in 100 ms, however many are asked.
    let asked = 1200;
    for (let now = 1100; now <= 2000; now += 100) {
      judge(refusals, Math.min(30, asked), Math.max(0, asked - 30), now);
      asked = Math.round((refusals.limit ?? 12_000) / 10);
    }
    expect(refusals.limit).toBeGreaterThan(200);
    expect(refusals.limit).toBeLessThan(400);
  });

  it('of the same share at any pace are policy, and limit nothing', () => {
    const refusals = begin();
    let asked = 1000;
    for (let now = 1100; now <= 1600; now += 100) {
      judge(refusals, asked / 2, asked / 2, now);
      asked = Math.round((refusals.limit ?? 10_000) / 20) * 2;
    }
    expect(refusals.limit).toBeUndefined();
  });

  it('alone, after better days, mean a pause that doubles', () => {
    const refusals = begin();
    judge(refusals, 20, 0, 1100);
    judge(refusals, 0, 20, 1200);
    expect([refusals.isPausing(1299), refusals.isPausing(1300)]).toEqual([true, false]);
    judge(refusals, 0, 20, 1300);
    expect([refusals.isPausing(1499), refusals.isPausing(1500)]).toEqual([true, false]);
  });

  it('from a resolver that never answered mean nothing', () => {
    const refusals = begin();
    judge(refusals, 0, 100, 1100);
    expect([refusals.limit, refusals.isPausing(1101)]).toEqual([undefined, false]);
  });

  it('that end let the limit grow', () => {
    const refusals = begin();
    judge(refusals, 75, 25, 1100);
    judge(refusals, 75, 0, 1200);
    expect(refusals.limit).toBeCloseTo(765);
  });
});
