/** What a pace does that no world of the simulation shows by itself. */

import { describe, expect, it } from 'vitest';
import type { Cohort, Freshness } from '../../src/pacing/cohort.js';
import { Pacer } from '../../src/pacing/pacer.js';

const TICK_MS = 20;
const LATENCY_MS = 50;

/** A pace and the time, one tick after the other, with more to ask than there is room for. */
class Run {
  readonly pacer: Pacer;
  now: number;

  constructor(now = 1, isStream = false, soonRate = 0) {
    this.now = now;
    this.pacer = new Pacer({
      ceiling: 10_000,
      timeout: 3000,
      start: 64,
      growth: 2,
      soonRate,
      isStream,
    });
  }

  /**
   * @param share how many of the attempts of each tick are answered, from 0 to 1
   * @param latency milliseconds
   */
  go(ms: number, share: number, latency = LATENCY_MS, freshness: Freshness = 'fresh'): void {
    const { pacer } = this;
    for (const end = this.now + ms; this.now < end; this.now += TICK_MS) {
      // A resolver that answers within one tick: nothing is in flight from one to the next.
      const count = Math.min(pacer.room(this.now), 200);
      const cohorts = Array.from({ length: count }, () => pacer.sent(freshness, this.now));
      for (const [i, cohort] of cohorts.entries()) {
        if (i < share * count) {
          pacer.answered({ cohort, freshness }, 'answered', latency, 0);
        }
        pacer.left();
      }
      pacer.tick(this.now, true);
    }
  }
}

describe('a pace that grows for the first time', () => {
  it.each([
    ['far', 200, 3200],
    ['near', 10, 160],
  ])('is what a rate needs where the resolver is %s', (_, latency, size) => {
    const { pacer } = new Run(1, false, 16_000);
    const cohorts = Array.from({ length: 64 }, () => pacer.sent('fresh', 1));
    pacer.tick(1 + TICK_MS, true);
    for (const cohort of cohorts) {
      pacer.answered({ cohort, freshness: 'fresh' }, 'answered', latency, 0);
      pacer.left();
    }
    pacer.tick(221, true);
    // What a histogram says of the latency is right within an eighth.
    expect(pacer.size / size).toBeGreaterThan(7 / 8);
    expect(pacer.size / size).toBeLessThan(9 / 8);
  });
});

describe('a pace that begins anew', () => {
  it('while a limit is looked for, does not keep what was only tried', () => {
    const run = new Run();
    run.go(2000, 1);
    expect(run.pacer.limit).toBeUndefined();
    run.go(800, 0.5);
    expect(run.pacer.limit).toBeDefined();
    run.pacer.restart(run.now);
    expect([run.pacer.limit, run.pacer.size]).toEqual([undefined, 64]);
  });

  it('keeps a limit that was found', () => {
    const run = new Run();
    run.go(2000, 1);
    run.go(800, 0.5);
    run.go(2000, 1);
    const { limit } = run.pacer;
    expect(limit).toBeDefined();
    run.pacer.restart(run.now);
    expect([run.pacer.limit, run.pacer.size]).toEqual([limit, 64]);
  });
});

describe('a pace at which much is lost', () => {
  it('is kept if it was good before and the loss passes', () => {
    const run = new Run();
    run.go(2000, 1);
    run.go(200, 0.2);
    run.go(1000, 1);
    expect(run.pacer.limit).toBeUndefined();
  });

  it('does not rise once it is limited, unless so much is lost that the names may be dead', () => {
    const ends = [0.4, 0.02].map((share) => {
      const run = new Run();
      run.go(2000, 1);
      run.go(800, 0.5);
      run.go(1000, 1);
      const { limit, isLimited } = run.pacer;
      expect(isLimited).toBe(true);
      run.go(4000, share, LATENCY_MS, 'failed');
      return [limit, run.pacer.limit];
    });
    const rises = ends.map(([before, after = Number.POSITIVE_INFINITY]) => after / (before ?? 0));
    // What was sent before is judged still.
    expect(rises[0]).toBeLessThan(1.3);
    expect(rises[1]).toBeGreaterThan(2);
  });

  it('is lowered if the loss lasts, and what is only slow is waited for longer then', () => {
    const run = new Run();
    run.go(2000, 1);
    run.go(200, 1, 1500);
    run.go(3000, 1);
    expect(run.pacer.lostAfterMs).toBe(run.pacer.resendAfterMs);
    run.go(1000, 0.2);
    expect(run.pacer.limit).toBeDefined();
    expect(run.pacer.lostAfterMs).toBeGreaterThan(1.5 * run.pacer.resendAfterMs);
    run.pacer.tick(run.now, false);
    expect(run.pacer.lostAfterMs).toBe(run.pacer.resendAfterMs);
  });
});

describe('a pace that a stream takes over', () => {
  /** A pace that was found without a limit, and the one that takes it over. */
  function takenOver(): Run {
    const datagrams = new Run();
    datagrams.go(2000, 1);
    const stream = new Run(datagrams.now, true);
    stream.pacer.adopt(datagrams.pacer, datagrams.now);
    return stream;
  }

  it('does not take the slow start of its connection for a limit', () => {
    const stream = takenOver();
    stream.go(160, 0.3);
    stream.go(1000, 1);
    expect(stream.pacer.limit).toBeUndefined();
  });

  it('takes what a lost segment holds up for no limit', () => {
    const stream = takenOver();
    stream.go(1000, 1);
    stream.go(1000, 1, LATENCY_MS + 300);
    expect(stream.pacer.limit).toBeUndefined();
    const datagrams = new Run();
    datagrams.go(2000, 1);
    datagrams.go(1000, 1, LATENCY_MS + 300);
    expect(datagrams.pacer.limit).toBeDefined();
  });

  it('keeps nothing of a limit that was only looked for', () => {
    const datagrams = new Run();
    datagrams.go(2000, 1);
    datagrams.go(800, 0.5);
    expect(datagrams.pacer.limit).toBeDefined();
    expect(datagrams.pacer.isLimited).toBe(false);
    const stream = new Run(datagrams.now, true);
    stream.pacer.adopt(datagrams.pacer, datagrams.now);
    expect(stream.pacer.limit).toBeUndefined();
  });

  it('grows when what was sent over the other transport at the same size is answered', () => {
    const options = { ceiling: 10_000, timeout: 3000, start: 64, growth: 2, soonRate: 0 };
    const datagrams = new Pacer({ ...options, isStream: false });
    const stream = new Pacer({ ...options, isStream: true });
    const ask = (count: number, now: number) =>
      Array.from({ length: count }, () => datagrams.sent('fresh', now));
    const answer = (cohorts: readonly Cohort[]) => {
      for (const cohort of cohorts) {
        datagrams.answered({ cohort, freshness: 'fresh' }, 'answered', LATENCY_MS, 0);
        datagrams.left();
      }
    };
    const first = ask(64, 1);
    datagrams.tick(1 + TICK_MS, true);
    answer(first);
    datagrams.tick(61, true);
    expect(datagrams.size).toBe(128);
    const second = ask(128, 161);
    datagrams.tick(181, true);
    stream.adopt(datagrams, 190);
    stream.tick(200, true);
    expect(stream.size).toBe(128);
    answer(second);
    stream.tick(220, true);
    expect(stream.size).toBe(256);
  });

  it('lets slow answers take no room, as a stream loses nothing', () => {
    const stream = takenOver();
    const datagrams = new Run();
    for (const run of [stream, datagrams]) {
      for (let i = 0; i < 20; i++) {
        run.go(160, 1);
        run.go(40, 1, 1000);
      }
    }
    expect(stream.pacer.resendAfterMs).toBeGreaterThan(1000);
    expect(stream.pacer.roomForMs).toBe(400);
    expect(datagrams.pacer.roomForMs).toBe(datagrams.pacer.resendAfterMs);
  });

  it('finds a limit later on', () => {
    const stream = takenOver();
    stream.go(1000, 1);
    stream.go(1000, 0.3);
    expect(stream.pacer.limit).toBeDefined();
  });
});
