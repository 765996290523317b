import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUNK_VERDICTS } from '../../src/fleet/chunks.js';
import { type FleetOptions, openFleet } from '../../src/fleet/coordinator.js';
import type { ChunkResult } from '../../src/fleet/protocol.js';
import { lacks } from '../support/installed.js';
import { type RedisServer, startRedis } from '../support/redis.js';

const names = Array.from({ length: CHUNK_VERDICTS + 1 }, (_, i) => `n${i}.example`);
const [first, second] = [names.slice(0, CHUNK_VERDICTS), names.slice(CHUNK_VERDICTS)];

/** What an honest worker says about a chunk: every name is found. */
const answer = (chunk: number, chunkNames: readonly string[]) => ({
  run: 'mine',
  chunk,
  names: chunkNames.length,
  worker: 'honest:1',
  tally: JSON.stringify({ found: chunkNames.length }),
  lines: chunkNames.map((name) => `${name}\tfound\n`).join(''),
  error: '',
});

/** The test is the worker: it puts into the stream what one could. */
describe.skipIf(lacks('redis-server'))('a coordinator', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  const open = (
    name: string,
    journal: Partial<FleetOptions['journal']> = {},
    more: Partial<FleetOptions> = {},
  ) =>
    openFleet({
      redis: { url: redis.url, ca: '', outage: 30 },
      name,
      run: 'mine',
      plan: { probe: {}, format: 'tsv', only: [], records: false },
      rate: 0,
      signal: AbortSignal.timeout(55_000),
      journal: { isDone: () => false, isVerified: true, textsBefore: 0, ...journal },
      ...more,
    });

  const put = (name: string, fields: Record<string, string | number>) =>
    redis.command(
      'XADD',
      `flagprobe-results:${name}`,
      '*',
      ...Object.entries(fields).flat().map(String),
    );

  const chunksOf = async (results: AsyncIterable<readonly ChunkResult[]>) => {
    const chunks: number[] = [];
    for await (const done of results) chunks.push(...done.map(({ chunk }) => chunk));
    return chunks;
  };

  it('takes each chunk once, and none that is not its own', async () => {
    await using fleet = await open('once');
    await put('once', { ...answer(0, first), run: 'other' });
    await put('once', { no: 'result' });
    await put('once', { ...answer(1, second), chunk: 'NaN' });
    await put('once', answer(0, first));
    await put('once', answer(0, first));
    await put('once', answer(1, second));
    expect(await chunksOf(fleet.results([names]))).toEqual([0, 1]);
  });

  it('leaves no claim behind when it is stopped right at its start', async () => {
    for (let i = 0; i < 20; i++) {
      const claim = `flagprobe-owner:short-${i}`;
      const stop = new AbortController();
      const opening = open(`short-${i}`, {}, { signal: stop.signal });
      const stopped = expect(opening).rejects.toThrow('enough');
      while ((await redis.command('EXISTS', claim)) === '0');
      stop.abort(new Error('enough'));
      await stopped;
      expect(await redis.command('EXISTS', claim)).toBe('0');
    }
  });

  it('stops with what a worker says went wrong', async () => {
    await using fleet = await open('failed');
    await put('failed', { ...answer(0, first), error: 'no such thing' });
    await expect(fleet.results([names]).next()).rejects.toThrow(
      'the worker honest:1 cannot go on: no such thing',
    );
  });

  it.each<[string, Partial<Record<keyof ChunkResult, string | number>>, string]>([
    ['another number of names', { names: 2 }, 'a result for 2 names, not 1'],
    ['no counts', { tally: 'x' }, 'counts that cannot be read'],
    ['a list for counts', { tally: '[]' }, 'counts that cannot be read'],
    ['counts that are no numbers', { tally: '{"found":"1"}' }, 'counts that are no numbers'],
    ['too few verdicts', { tally: '{"found":0}' }, '0 verdicts for 1 names'],
    ['counts that contradict', { tally: '{"missing":1}' }, 'counts that contradict each other'],
    ['a line too few', { lines: '' }, '0 lines where its counts say 1'],
    ['half a line', { lines: 'n1000.ex' }, 'lines that cannot be read'],
    ['another name', { lines: 'evil.example\tfound\n' }, 'a line about `evil.example`, which was'],
  ])('asks again for %s, elsewhere, and names the worker at last', async (name, wrong, fault) => {
    const run = name.replaceAll(/\W/g, '-');
    await using fleet = await open(run);
    const results = fleet.results([second]);
    const bad = { ...answer(0, second), worker: 'bad:1', ...wrong };
    await put(run, bad);
    await put(run, bad);
    const ended = expect(results.next()).rejects.toThrow(
      `chunk 0 came back wrong 3 times: bad:1: ${fault}`,
    );
    // The job for the second attempt, which the bad worker leaves to others.
    await expect
      .poll(() => redis.command('HGET', `flagprobe:${run}:c0-1-1`, 'data'))
      .toContain('"avoid":["bad:1"]');
    await put(run, bad);
    await ended;
  });

  it('takes the right result after two wrong ones', async () => {
    await using fleet = await open('third');
    await put('third', { ...answer(0, second), lines: '' });
    await put('third', { ...answer(0, second), tally: '{}' });
    await put('third', answer(0, second));
    expect(await chunksOf(fleet.results([second]))).toEqual([0]);
  });

  it('adds its chunks again when Redis has lost its data', async () => {
    await using fleet = await open('flushed');
    const results = chunksOf(fleet.results([names]));
    const added = () => redis.command('EXISTS', 'flagprobe:flushed:c1-1-0');
    await expect.poll(added).toBe('1');
    await redis.command('FLUSHALL');
    await expect.poll(added).toBe('1');
    await put('flushed', answer(0, first));
    await put('flushed', answer(1, second));
    expect((await results).sort()).toEqual([0, 1]);
  });

  it('sets the rate limit again when Redis has lost its data, though no chunk goes out', async () => {
    await using _fleet = await open('limited', {}, { rate: 100 });
    const limit = () => redis.command('HGET', 'flagprobe:limited:meta', 'duration');
    expect(await limit()).toBe('10000');
    await redis.command('FLUSHALL');
    await expect.poll(limit).toBe('10000');
  });

  it('does not hide the names that were added to a chunk that is done', async () => {
    await using fleet = await open('grown', { isDone: () => true, textsBefore: CHUNK_VERDICTS });
    await expect(fleet.results([names]).next()).rejects.toThrow('the input has grown since');
  });

  it('takes out of Redis only what was there when it was told to', async () => {
    await using fleet = await open('trim');
    const results = fleet.results([names]);
    await put('trim', answer(0, first));
    await results.next();
    const forget = fleet.freeze();
    await put('trim', answer(1, second));
    await results.next();
    expect(await redis.command('XLEN', 'flagprobe-results:trim')).toBe('2');
    await forget();
    expect(await redis.command('XLEN', 'flagprobe-results:trim')).toBe('1');
    expect((await results.next()).done).toBe(true);
  });
});
