import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../src/pacing/token-bucket.js';

const takeAll = (bucket: TokenBucket, now: number) => {
  let taken = 0;
  while (bucket.take(now)) taken++;
  return taken;
};

describe('a token bucket', () => {
  it.each([
    [1000, 100],
    [10, 1],
    [1, 1],
    [0.5, 1],
  ])('of %d a second holds %d at first and after any rest', (rate, holds) => {
    const bucket = new TokenBucket(rate, 5000);
    expect(takeAll(bucket, 5000)).toBe(holds);
    expect(takeAll(bucket, 5_000_000)).toBe(holds);
  });

  it('gives no more than its rate and what it held', () => {
    const bucket = new TokenBucket(200, 0);
    let taken = 0;
    for (let now = 0; now <= 3000; now += 7) taken += takeAll(bucket, now);
    expect(taken).toBeGreaterThanOrEqual(600);
    expect(taken).toBeLessThanOrEqual(620);
  });

  it('says how long to wait', () => {
    const bucket = new TokenBucket(4, 0);
    expect(bucket.wait(0)).toBe(0);
    expect([bucket.take(0), bucket.take(0)]).toEqual([true, false]);
    expect(bucket.wait(0)).toBe(250);
    expect(bucket.wait(100)).toBe(150);
    expect(bucket.take(249)).toBe(false);
    expect(bucket.take(250)).toBe(true);
  });

  it('that is slowed keeps no more than it may hold now', () => {
    const bucket = new TokenBucket(1000, 0);
    bucket.pace(50, 0);
    expect([bucket.rate, takeAll(bucket, 0)]).toEqual([50, 5]);
    expect(bucket.wait(0)).toBe(20);
  });
});
