import { describe, expect, it } from 'vitest';
import { HostLimiter, type HostLimits, type HostSign } from '../../src/pacing/host-limiter.js';

const open = (limits: Partial<HostLimits> = {}) =>
  new HostLimiter({ perHost: 1000, rate: 0, giveUpAfterMs: 30_000, ...limits }, 0);

/** Lets a request go, and ends it. */
function ask(limiter: HostLimiter, sign: HostSign, now: number): void {
  expect(limiter.admit(now)).toBe(0);
  limiter.end(sign, limiter.generation, now, {});
}

/** Lets requests be silent, each as soon as it may go; the times at which they went. */
function silence(limiter: HostLimiter, times: number, from = 0): number[] {
  let now = from;
  return Array.from({ length: times }, () => {
    for (let wait = limiter.admit(now); wait > 0; wait = limiter.admit(now)) now += wait;
    limiter.end('silent', limiter.generation, now, {});
    return now;
  });
}

describe('a host that is silent', () => {
  it('is left alone after 8 requests running, 1 s and then twice as long each time up to 8', () => {
    const limiter = open();
    expect(silence(limiter, 13)).toEqual([...Array(8).fill(0), 1000, 3000, 7000, 15_000, 23_000]);
    expect(limiter.skipCause(1e9, 23_000)).toEqual({ reason: 'silent' });
    limiter.forgive();
    expect(limiter.skipCause(1e9, 23_000)).toBeUndefined();
  });

  it('is then asked one thing at a time', () => {
    const limiter = open();
    silence(limiter, 8);
    expect(limiter.admit(1000)).toBe(0);
    expect(limiter.admit(1000)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(['answered', 'refused'] as const)('is well at once when it has %s', (sign) => {
    const limiter = open();
    silence(limiter, 12);
    ask(limiter, sign, 30_000);
    expect(silence(limiter, 3, 31_000).at(-1)).toBeLessThan(32_000);
    expect(limiter.skipCause(1e9, 32_000)).toBeUndefined();
  });

  it('does not suffer for what was sent before, nor for what tells nothing', () => {
    const limiter = open();
    const { generation } = limiter;
    for (let i = 0; i < 58; i++) limiter.admit(0);
    for (let i = 0; i < 58; i++) limiter.end('silent', generation, 0, {});
    for (let i = 0; i < 50; i++) ask(limiter, 'unclear', 1000);
    expect(silence(limiter, 1, 1000)).toEqual([1000]);
    expect(limiter.skipCause(1e9, 2000)).toBeUndefined();
  });
});

describe('a host', () => {
  it('has at most so many requests in flight', () => {
    const limiter = open({ perHost: 2 });
    expect([0, 1, 2].map(() => limiter.admit(0))).toEqual([0, 0, Number.POSITIVE_INFINITY]);
    limiter.end('answered', limiter.generation, 0, {});
    expect(limiter.admit(0)).toBe(0);
  });

  it('is asked at the rate that is allowed, in bursts of a tenth of a second', () => {
    const slow = open({ rate: 2 });
    expect([slow.admit(0), slow.admit(0), slow.admit(500)]).toEqual([0, 500, 0]);
    const fast = open({ rate: 20 });
    expect([fast.admit(0), fast.admit(0), fast.admit(0)]).toEqual([0, 0, 50]);
  });

  it('that asks for a pause gets it, and the longest wish counts', () => {
    const limiter = open();
    limiter.applyRetryAfter(2000, 429, 0);
    limiter.applyRetryAfter(1000, 503, 0);
    expect(limiter.mayStart(500)).toBe(false);
    expect(limiter.admit(500)).toBe(1500);
    expect(limiter.skipCause(1499, 500)).toEqual({
      reason: 'asks-to-wait',
      status: 429,
      waitMs: 1500,
    });
    expect(limiter.skipCause(1500, 500)).toBeUndefined();
    expect(limiter.admit(2000)).toBe(0);
    expect(limiter.mayStart(2000)).toBe(true);
  });

  it('that refuses is asked half as fast, once for all that was sent before', () => {
    const limiter = open();
    const { generation } = limiter;
    for (let i = 0; i < 40; i++) limiter.admit(0);
    for (let i = 0; i < 20; i++) limiter.end('answered', generation, 10, {});
    for (let i = 0; i < 20; i++) limiter.end('refused', generation, 10, {});
    expect(limiter.learnedRate).toBe(20);
    const later = limiter.generation;
    expect(limiter.admit(1000)).toBe(0);
    limiter.end('refused', later, 1010, {});
    expect(limiter.learnedRate).toBe(10);
    limiter.admit(2000);
    limiter.end('answered', limiter.generation, 2000, {});
    expect(limiter.learnedRate).toBeGreaterThan(10);
    expect(limiter.learnedRate).toBeLessThan(11);
  });

  it('that refuses everything is given up when that lasts too long, and never before', () => {
    const limiter = open();
    let now = 0;
    for (; now <= 30_000; now += 1) {
      if (limiter.skipCause(1e9, now)) break;
      if (limiter.admit(now) === 0) limiter.end('refused', limiter.generation, now, {});
    }
    expect(limiter.skipCause(1e9, 30_001)).toEqual({ reason: 'refuses', status: 429 });
    expect(now).toBe(30_001);
    ask(limiter, 'answered', 60_000);
    expect(limiter.skipCause(1e9, 60_000)).toBeUndefined();
  });
});

describe('one asker that is refused each time, while others are served', () => {
  it('is told from a pace that is too fast, and takes back what it has slowed down', () => {
    const limiter = open();
    const bad = {};
    const refuse = (now: number) => {
      for (let wait = limiter.admit(now); wait > 0; wait = limiter.admit(now)) now += wait;
      limiter.end('refused', limiter.generation, now, bad);
      return now;
    };
    let now = refuse(0);
    expect(limiter.learnedRate).toBe(10);
    for (const rate of [5, 20, 20, 20]) {
      ask(limiter, 'answered', now + 1000);
      now = refuse(now + 2000);
      expect(limiter.learnedRate).toBeCloseTo(rate, 0);
      expect(limiter.refusesOnly(bad)).toBe(rate === 20);
    }
    expect(limiter.skipCause(1e9, now + 40_000)).toBeUndefined();
  });

  it('is not refused alone where others are refused as well, or none is served', () => {
    const limiter = open();
    const bad = {};
    for (let i = 0; i < 10; i++) {
      ask(limiter, 'refused', i * 30_000);
      ask(limiter, 'answered', i * 30_000 + 10_000);
      expect(limiter.admit(i * 30_000 + 20_000)).toBe(0);
      limiter.end('refused', limiter.generation, i * 30_000 + 20_000, bad);
      expect(limiter.refusesOnly(bad)).toBe(false);
    }
    const silent = open();
    for (let now = 0; now < 100_000; now += 10_000) {
      expect(silent.admit(now)).toBe(0);
      silent.end('refused', silent.generation, now, bad);
      expect(silent.refusesOnly(bad)).toBe(false);
    }
  });
});

/** Requests against a host that lets so many a second through, simulated. */
function run({ files = 200, concurrency = 50, hostRate = 20, retryAfterMs = 0, latencyMs = 5 }) {
  const limiter = open();
  const waiting = Array.from({ length: files }, (_, file) => file);
  const flying: { at: number; file: number; generation: number; isOk: boolean }[] = [];
  const refused = new Array<number>(files).fill(0);
  const askers = Array.from({ length: files }, () => ({}));
  let alone = 0;
  let [tokens, filledAt, done, asked] = [hostRate, 0, 0, 0];
  let now = 0;
  for (; done < files && now < 600_000; now++) {
    for (const one of flying.filter(({ at }) => at <= now)) {
      flying.splice(flying.indexOf(one), 1);
      if (!one.isOk) {
        refused[one.file]!++;
        waiting.unshift(one.file);
        if (retryAfterMs > 0) limiter.applyRetryAfter(retryAfterMs, 429, now);
      } else done++;
      const asker = askers[one.file] as object;
      limiter.end(one.isOk ? 'answered' : 'refused', one.generation, now, asker);
      if (!one.isOk && limiter.refusesOnly(asker)) alone++;
    }
    while (waiting.length > 0 && flying.length < concurrency && limiter.admit(now) === 0) {
      asked++;
      tokens = Math.min(hostRate, tokens + ((now - filledAt) / 1000) * hostRate);
      filledAt = now;
      const isOk = tokens >= 1;
      if (isOk) tokens--;
      const { generation } = limiter;
      flying.push({ at: now + latencyMs, file: waiting.shift()!, generation, isOk });
    }
  }
  return { seconds: now / 1000, asked, mostRefused: Math.max(...refused), alone };
}

describe('a host that lets 20 requests a second through', () => {
  it.each([
    { concurrency: 5, retryAfterMs: 0, latencyMs: 1 },
    { concurrency: 50, retryAfterMs: 0, latencyMs: 1 },
    { concurrency: 1000, retryAfterMs: 0, latencyMs: 1 },
    { concurrency: 50, retryAfterMs: 0, latencyMs: 100 },
    { concurrency: 5, retryAfterMs: 1000, latencyMs: 1 },
    { concurrency: 50, retryAfterMs: 1000, latencyMs: 1 },
    { concurrency: 50, retryAfterMs: 1000, latencyMs: 100 },
  ])('gives 1000 files with %j', (world) => {
    const { seconds, asked, mostRefused, alone } = run({ files: 1000, ...world });
    // At its own rate it would take 49 s.
    expect(seconds).toBeLessThan(90);
    expect(asked).toBeLessThan(1000 * 1.4 + world.concurrency);
    expect(mostRefused).toBeLessThan(15);
    // Each of them would cost a file one of its tries.
    expect(alone).toBe(0);
  });

  it('is asked more once it lets more through', () => {
    expect(run({ files: 2000, hostRate: 100, concurrency: 5 }).seconds).toBeLessThan(40);
  });
});
