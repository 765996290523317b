/** The trial of a Redis at the start of a fleet's process. */

import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tryRights } from '../../src/fleet/redis-trial.js';
import { lacks } from '../support/installed.js';
import { type RedisServer, startRedis } from '../support/redis.js';

describe.skipIf(lacks('redis-server'))('the trial of a Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  it('does not get in the way of another one for the same run, and leaves nothing', async () => {
    const links = Array.from({ length: 8 }, () => new Redis(redis.url));
    try {
      // Each begins a moment after the one before, and again when it has ended.
      const trials = links.map(async (link, behind) => {
        await setTimeout(behind);
        for (let round = 0; round < 10; round++) await tryRights(link, 'run');
      });
      await Promise.all(trials);
      expect(await links[0]?.keys('*')).toEqual([]);
    } finally {
      for (const link of links) link.disconnect();
    }
  });
});
