import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startFlagprobe } from '../support/cli.js';
import { interruptInProcess, runInProcess, startInProcess } from '../support/in-process.js';
import { lacks } from '../support/installed.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { type ScriptedDns, scriptedDns } from '../support/scripted-dns.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

/** Not the random names that look for a wildcard. */
const isThere = (name: string) => /^n\d*[02468]\./.test(name);

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
  // While they are loaded nothing else goes on here, and Redis would seem not to answer.
  await Promise.all([import('bullmq'), import('ioredis')]);
});
afterAll(() => folder[Symbol.asyncDispose]());

const place = (name: string) => join(folder.path, name);

async function listOf(count: number): Promise<{ path: string; verdicts: string[] }> {
  const names = Array.from({ length: count }, (_, i) => `n${i}.example`);
  const path = place(`names-${count}.txt`);
  await writeFile(path, `${names.join('\n')}\n`);
  return { path, verdicts: names.map((name) => `${name}\t${isThere(name) ? 'found' : 'missing'}`) };
}

const openDns = () =>
  scriptedDns(({ name, type, reply }) => {
    if (!isThere(name)) reply({ flags: 0x0183 });
    else reply({ answers: type === 'A' ? [{ name, type, ttl: 1, data: '192.0.2.1' }] : [] });
  });

/** How many lines a file has. */
function linesIn(path: string): number {
  try {
    return readFileSync(path, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}

describe.skipIf(lacks('redis-server'))('a fleet', () => {
  let redis: RedisServer;
  let dns: ScriptedDns;
  beforeAll(async () => {
    redis = await startRedis();
    dns = await openDns();
  });
  afterAll(async () => {
    await dns[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  it('serves two runs at once, each with its own words, TLDs and format', async () => {
    const [first, second] = ['one', 'two'] as const;
    const workers = [first, second].map((run) =>
      startInProcess(['worker', '--redis', redis.url, '--run', run]),
    );
    const ask = (run: string, ...more: string[]) =>
      runInProcess([
        ...['probe', '-r', 'local', '--redis', redis.url, '--run', run, '-o', place(run)],
        ...more,
      ]);
    const [one, two] = await Promise.all([
      ask(first, '--words', 'python', '-L', '4', '--tld', 'dev', '-f', 'names'),
      ask(second, 'def.dev', 'a..b', '-f', 'csv'),
    ]);
    interruptInProcess();
    await Promise.all(workers.map(({ ended }) => ended));
    expect([one.code, two.code], one.stderr + two.stderr).toEqual([0, 1]);
    expect((await readFile(place(first), 'utf8')).split('\n').sort().join(' ').trim()).toBe(
      'and.dev as.dev def.dev del.dev from.dev in.dev not.dev try.dev',
    );
    const csv = (await readFile(place(second), 'utf8')).split('\r\n');
    expect(csv[0]).toMatch(/^name,input/);
    expect(
      csv
        .slice(1)
        .map((line) => line.split(',').slice(0, 3).join())
        .sort(),
    ).toEqual(['', 'a..b,a..b,invalid', 'def.dev,def.dev,found']);
  });

  it('goes on neither with the output of one machine nor the other way round', async () => {
    const path = place('mode');
    const { path: list } = await listOf(3000);
    const ask = ['probe', '-r', dns.resolver, '-i', list, '-o', path, '-f', 'tsv'];
    const alone = startFlagprobe([...ask, '--rate', '300']);
    await expect
      .poll(() => linesIn(`${path}.resume`) > 0 && readFileSync(`${path}.resume`, 'utf8'))
      .toMatch(/"high":[1-9]/);
    alone.child.kill('SIGKILL');
    await alone.ended;
    const { code, stderr } = await runInProcess([...ask, '--redis', redis.url, '--resume']);
    expect(stderr).toContain('was begun without --redis, not with --redis URL');
    expect(code).toBe(2);
  });

  it('has one coordinator for each run', async () => {
    const ask = ['probe', 'def.dev', '--redis', redis.url, '--run', 'busy', '-o', place('busy')];
    const claim = 'flagprobe-owner:busy';
    const first = startInProcess(ask);
    await expect.poll(() => redis.command('EXISTS', claim)).toBe('1');
    interruptInProcess();
    expect(await first.ended).toMatchObject({ signal: 'SIGTERM' });
    expect(await redis.command('EXISTS', claim)).toBe('0');
    // The claim of another one, which does not run out however long this takes.
    await redis.command('SET', claim, 'another');
    const { code, stderr } = await runInProcess([...ask, '--force']);
    expect(stderr).toContain('the run `busy` has a coordinator: choose another name with --run');
    expect(code).toBe(4);
    expect(await redis.command('GET', claim)).toBe('another');
  });

  it('turns away a worker of another version', async () => {
    await redis.command('SET', 'flagprobe-protocol:old', '0');
    const { code, stderr } = await runInProcess(['worker', '--redis', redis.url, '--run', 'old']);
    expect(stderr).toBe(
      'flagprobe: the run `old` is coordinated by another version of flagprobe\n',
    );
    expect(code).toBe(4);
  });

  it('does not trust a Redis that throws away what it holds', async () => {
    await using evicting = await startRedis('--maxmemory-policy', 'allkeys-lru');
    const { code, stderr } = await runInProcess(['worker', '--redis', evicting.url]);
    expect(stderr).toContain('may throw away what it holds (maxmemory-policy allkeys-lru)');
    expect(code).toBe(4);
  });

  it('never prints a password, right or wrong, from the URL or the environment', async () => {
    await using locked = await startRedis('--requirepass', 'sesame');
    const host = `127.0.0.1:${locked.port}`;
    for (const [url, password] of [
      [`redis://:wrong@${host}`, undefined],
      [`redis://${host}`, 'wrong'],
      [`redis://${host}`, undefined],
    ]) {
      vi.stubEnv('REDIS_PASSWORD', password);
      const { code, stderr } = await runInProcess(['worker', '--redis', url as string]);
      expect(stderr).toMatch(
        new RegExp(
          `^flagprobe: cannot use Redis at redis://${host}: it does not accept .*(WRONGPASS|NOAUTH)`,
        ),
      );
      expect(stderr).not.toContain('wrong');
      expect(code).toBe(4);
    }
    vi.stubEnv('REDIS_PASSWORD', 'sesame');
    const right = startInProcess(['worker', '--redis', `redis://${host}`]);
    await right.said('working');
    vi.unstubAllEnvs();
    interruptInProcess();
    const { stderr, signal } = await right.ended;
    expect(stderr).toBe('working for the run default\n0 names in 0 chunks\n');
    expect(signal).toBe('SIGTERM');
  });
});

describe('without a fleet', () => {
  it('an output is not touched where no Redis is, nor is its password printed', async () => {
    const path = place('kept');
    await writeFile(path, 'precious\n');
    const { code, stderr } = await runInProcess([
      'probe',
      'a.dev',
      '--redis',
      'redis://me:SECRET@127.0.0.1:1',
      '-o',
      path,
    ]);
    expect(stderr).toMatch(
      /^flagprobe: cannot use Redis at redis:\/\/127\.0\.0\.1:1: no connection .*ECONNREFUSED/,
    );
    expect(stderr).not.toContain('SECRET');
    expect(code).toBe(4);
    expect(await readFile(path, 'utf8')).toBe('precious\n');
  });

  it('says how to install what only a fleet needs', async () => {
    const hook = `export async function resolve(name, context, next) {
      if (name === 'bullmq') throw Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(name, context);
    }`;
    const url = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;
    const preload = `import { register } from 'node:module'; register(${JSON.stringify(url(hook))});`;
    const { code, stderr } = await startFlagprobe(['worker', '--redis', 'redis://127.0.0.1:1'], {
      NODE_OPTIONS: `--import ${url(preload)}`,
    }).ended;
    expect(stderr).toBe(
      'flagprobe: a fleet needs two more packages beside flagprobe: npm install bullmq@6 ioredis@6 (with -g if it was)\n',
    );
    expect(code).toBe(4);
  });

  it.each([
    [['worker'], 'or rediss:// for TLS, got nothing'],
    [['worker', '--redis', 'http://u:secret@h'], 'or rediss:// for TLS, got `http://h`'],
    [['worker', '--redis', 'redis://h', '--run', 'a:b'], 'Expected `--run` to be up to 64 letters'],
    [['probe', 'a.dev', '--redis', 'redis://h'], 'Expected `--redis` to come with `--output FILE`'],
    [['probe', 'a.dev', '--run', 'x'], 'Expected `--run` to come with `--redis`'],
    [['probe', 'a.dev', '--redis', 'redis://h', '-o', 'x', '--ordered'], 'Expected `--ordered` or'],
    [
      ['probe', 'a.dev', '--redis', 'redis://h', '-o', 'x', '--shard', '1/2'],
      'Expected `--shard` or',
    ],
  ])('%j is a wrong command line', async (args, message) => {
    const { code, stderr } = await runInProcess(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret');
    expect(code).toBe(2);
  });
});
