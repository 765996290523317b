import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RedisLink } from '../../src/fleet/redis-link.js';

let now = 0;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A link whose Redis does not answer, and what lets so many milliseconds pass between two beats. */
function silentLink() {
  const options = { url: 'redis://h', ca: '', outage: 30 };
  const link = new RedisLink({} as Redis, options, new AbortController().signal);
  link.start(() => Promise.reject(new Error('no answer')));
  const beat = async (ms: number) => {
    now += ms;
    await vi.advanceTimersByTimeAsync(1000);
  };
  return { link, beat };
}

it('a Redis that does not answer for --outage is given up', async () => {
  const { link, beat } = silentLink();
  for (let i = 0; i < 29; i++) await beat(1000);
  expect(link.signal.aborted).toBe(false);
  await beat(1000);
  expect(link.signal.reason.message).toMatch(/redis:\/\/h for 30 s: it does not answer/);
  link.stop();
});

it('the sleep of the machine is no outage', async () => {
  const { link, beat } = silentLink();
  await beat(3_600_000);
  for (let i = 0; i < 20; i++) await beat(1000);
  expect(link.signal.aborted).toBe(false);
  for (let i = 0; i < 10; i++) await beat(1000);
  expect(link.signal.aborted).toBe(true);
  link.stop();
});
