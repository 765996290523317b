import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUNK_SIZE as CHUNK } from '../../src/fleet/chunks.js';
import { type FleetOptions, openFleet } from '../../src/fleet/coordinator.js';
import { lacks } from '../support/installed.js';
import { type RedisServer, startRedis } from '../support/redis.js';

const names = Array.from({ length: CHUNK + 1 }, (_, i) => `n${i}.example`);

/** The test is the worker: it puts into the stream what one could. */
describe.skipIf(lacks('redis-server'))('a coordinator', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  const open = (name: string, journal: Partial<FleetOptions['journal']> = {}) =>
    openFleet({
      redis: redis.url,
      name,
      run: 'mine',
      plan: { probe: {}, format: 'tsv', only: [], records: false },
      rate: 0,
      signal: AbortSignal.timeout(10_000),
      journal: { isDone: () => false, isVerified: true, textsBefore: 0, ...journal },
    });

  const put = (name: string, fields: Record<string, string | number>) => {
    const result = { run: 'mine', tally: '{}', lines: '', error: '', ...fields };
    const words = Object.entries(result).flat().map(String);
    return redis.command('XADD', `flagprobe-results:${name}`, '*', ...words);
  };

  it('takes each chunk once, and none that is not its own', async () => {
    await using fleet = await open('once');
    await put('once', { run: 'other', chunk: 0, names: CHUNK, lines: 'of another run' });
    await put('once', { chunk: 1, names: 2, lines: 'of a longer list' });
    await put('once', { chunk: 0, names: CHUNK, lines: 'first' });
    await put('once', { chunk: 0, names: CHUNK, lines: 'again' });
    await put('once', { chunk: 1, names: 1, lines: 'second' });
    const lines: string[] = [];
    for await (const results of fleet.results([names])) {
      lines.push(...results.map((result) => result.lines));
    }
    expect(lines).toEqual(['first', 'second']);
  });

  it('stops with what a worker says went wrong', async () => {
    await using fleet = await open('wrong');
    await put('wrong', { chunk: 0, names: CHUNK, error: 'no such thing' });
    await expect(fleet.results([names]).next()).rejects.toThrow(
      'a worker cannot go on: no such thing',
    );
  });

  it('does not hide the names that were added to a chunk that is done', async () => {
    await using fleet = await open('grown', { isDone: () => true, textsBefore: CHUNK });
    await expect(fleet.results([names]).next()).rejects.toThrow('the input has grown since');
  });

  it('takes out of Redis only what was there when it was told to', async () => {
    await using fleet = await open('trim');
    const results = fleet.results([names]);
    await put('trim', { chunk: 0, names: CHUNK });
    await results.next();
    const forget = fleet.freeze();
    await put('trim', { chunk: 1, names: 1 });
    await results.next();
    expect(await redis.command('XLEN', 'flagprobe-results:trim')).toBe('2');
    await forget();
    expect(await redis.command('XLEN', 'flagprobe-results:trim')).toBe('1');
    expect((await results.next()).done).toBe(true);
  });
});
