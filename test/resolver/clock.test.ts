import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/resolver/clock.js';

const BUSY_MS = 40;

/** Keeps the event loop from turning. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('when what is read now may have arrived', () => {
  it('is now, if the process was waiting for it', async () => {
    const clock = new SystemClock();
    await sleep(20);
    const now = clock.arrive(true);
    expect(clock.arrivedAfter).toBe(now);
  });

  it('is any time since all was read, if the process was busy', async () => {
    const clock = new SystemClock();
    await sleep(20);
    const before = clock.arrive(true);
    work(BUSY_MS);
    await nextTurn();
    expect(clock.arrive(true) - before).toBeGreaterThanOrEqual(BUSY_MS);
    expect(clock.arrivedAfter).toBe(before);
  });

  it('is earlier still, if not all had been read before', async () => {
    const clock = new SystemClock();
    await sleep(20);
    const first = clock.arrive(true);
    work(BUSY_MS);
    await nextTurn();
    clock.arrive(false);
    work(BUSY_MS);
    await nextTurn();
    clock.arrive(true);
    expect(clock.arrivedAfter).toBe(first);
  });
});

describe('the time', () => {
  it('does not count for how long the process stood still', () => {
    const clock = new SystemClock();
    const ticker = clock.every(1, () => {});
    const before = clock.refresh();
    work(10 * BUSY_MS);
    const elapsed = clock.refresh() - before;
    ticker.stop();
    expect(elapsed).toBeLessThan(5 * BUSY_MS);
  });

  it('stays the same within a turn until it is read anew', () => {
    const clock = new SystemClock();
    const { now } = clock;
    work(2);
    expect(clock.now).toBe(now);
    expect(clock.refresh()).toBeGreaterThan(now);
  });

  it('up to which all is read goes on with each tick', async () => {
    const clock = new SystemClock();
    const start = clock.now;
    const readUntil = await new Promise<number>((resolve) => {
      const ticker = clock.every(5, () => {
        ticker.stop();
        resolve(clock.readUntil);
      });
    });
    expect(readUntil).toBeGreaterThan(start);
  });

  it('up to which all is read stands while more waits to be read', async () => {
    const clock = new SystemClock();
    let start: number | undefined;
    // As long as one reads in each turn, and never all.
    let isOver = false;
    const reading = (async () => {
      while (!isOver) {
        clock.arrive(false);
        await nextTurn();
      }
    })();
    let ticks = 0;
    const readUntil = await new Promise<number>((resolve) => {
      const ticker = clock.every(5, () => {
        if (++ticks < 3) return;
        ticker.stop();
        resolve(clock.readUntil);
      });
      start = clock.readUntil;
    });
    isOver = true;
    await reading;
    expect(readUntil).toBe(start);
  });
});
