/** A fleet whose Redis is away, silent, full, locked, or something else altogether. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Ended, startFlagprobe } from '../support/cli.js';
import { freePort } from '../support/free-port.js';
import { isFull } from '../support/full.js';
import { interruptInProcess, runInProcess, startInProcess } from '../support/in-process.js';
import { lacks } from '../support/installed.js';
import { makeCertificate } from '../support/made-certificate.js';
import { findProgram } from '../support/programs.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
  // While they are loaded nothing else goes on here, and Redis would seem not to answer.
  await Promise.all([import('bullmq'), import('ioredis')]);
});
afterAll(() => folder[Symbol.asyncDispose]());

const place = (name: string) => join(folder.path, name);
const stall = ({ pid }: RedisServer) => process.kill(pid, 'SIGSTOP');

/** A coordinator and a worker of a run that lasts until it is stopped, or its input ends. */
function pairOf(redis: RedisServer, run: string, ...more: string[]) {
  const shared = ['--redis', redis.url, '--run', run, ...more];
  const output = place(run);
  const worker = ['worker', ...shared];
  const coordinator = ['probe', '-', '-r', 'local', '-f', 'tsv', '-o', output, ...shared];
  return { worker, coordinator, output };
}

/** Gives the coordinator names, and waits until it has results of them. */
async function getToWork(stdin: Writable, output: string): Promise<void> {
  stdin.write('def.dev\nnone.dev\n'.repeat(500));
  await expect
    .poll(async () => (await readFile(output, 'utf8').catch(() => '')).length)
    .toBeGreaterThan(0);
}

/** Both at work in the process of the test. */
async function startPair(redis: RedisServer, run: string, ...more: string[]) {
  const { output, ...args } = pairOf(redis, run, ...more);
  const worker = startInProcess(args.worker);
  await worker.said('working for');
  const coordinator = startInProcess(args.coordinator);
  await getToWork(coordinator.stdin, output);
  return { worker, coordinator, output };
}

describe.skipIf(lacks('redis-server'))('a Redis that goes away while a fleet works', () => {
  it.each(isFull ? ['stalled', 'gone'] : ['stalled'])(
    '%s: coordinator and worker end with 4 after --outage',
    async (how) => {
      await using redis = await startRedis();
      const { worker, coordinator, output } = await startPair(redis, how, '--outage', '5');
      if (how === 'stalled') stall(redis);
      else process.kill(redis.pid, 'SIGKILL');
      for (const { ended } of [worker, coordinator]) {
        const { stderr, code } = await ended;
        expect(stderr).toMatch(
          /flagprobe: cannot use Redis at redis:\/\/127\.0\.0\.1:\d+ for \d+ s: (it does not answer|no connection|it closed)/,
        );
        expect(code).toBe(4);
      }
      expect((await readFile(output, 'utf8')).split('\n')).toHaveLength(1001);
      if (how === 'stalled') process.kill(redis.pid, 'SIGCONT');
    },
    120_000,
  );

  it('stalled for good: the first signal ends both, with what was won', async () => {
    await using redis = await startRedis();
    const { output, ...args } = pairOf(redis, 'signal', '--outage', '0');
    const worker = startFlagprobe(args.worker);
    // Without Redis it would go on trying for ever, whatever becomes of this test.
    onTestFinished(() => void worker.child.kill('SIGKILL'));
    await worker.said('working for');
    const coordinator = startFlagprobe(args.coordinator);
    onTestFinished(() => void coordinator.child.kill('SIGKILL'));
    const early = coordinator.ended.then(({ stderr }) => {
      throw new Error(`The coordinator has ended: ${stderr}`);
    });
    await Promise.race([getToWork(coordinator.child.stdin, output), early]);
    stall(redis);
    for (const { child, ended } of [worker, coordinator]) {
      child.kill('SIGINT');
      expect(await ended).toMatchObject({ signal: 'SIGINT' });
    }
    expect((await readFile(output, 'utf8')).split('\n')).toHaveLength(1001);
    process.kill(redis.pid, 'SIGCONT');
  }, 120_000);

  it('gone: the process of a worker ends, though the driver goes on trying', async () => {
    await using redis = await startRedis();
    const { worker } = pairOf(redis, 'gone-process', '--outage', '1');
    const { said, ended } = startFlagprobe(worker);
    await said('working for');
    process.kill(redis.pid, 'SIGKILL');
    expect(await ended).toMatchObject({ code: 4, signal: null });
  }, 120_000);

  it('full: both wait, and go on when there is room', async () => {
    await using redis = await startRedis();
    const { worker, coordinator, output } = await startPair(redis, 'full');
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    const refused = async () => /errorstat_OOM/.test(await redis.command('INFO', 'errorstats'));
    coordinator.stdin.end(`${'as.dev\n'.repeat(1000)}`);
    await expect.poll(refused).toBe(true);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(await coordinator.ended).toMatchObject({ code: 0 });
    expect((await readFile(output, 'utf8')).split('\n')).toHaveLength(2001);
    interruptInProcess();
    expect(await worker.ended).toMatchObject({ signal: 'SIGTERM' });
  }, 120_000);
});

describe.skipIf(lacks('redis-server'))('a job that is none of a fleet', () => {
  it('is put aside once, and the worker works on', async () => {
    await using redis = await startRedis();
    const bull = 'flagprobe:aside';
    const data = JSON.stringify({ run: 'x', names: 'n' });
    await redis.command(
      'HSET',
      `${bull}:evil`,
      ...['name', 'chunk', 'data', data, 'opts', '{}', 'timestamp', '1', 'delay', '0'],
    );
    await redis.command('LPUSH', `${bull}:wait`, 'evil');
    await redis.command('ZADD', `${bull}:marker`, '0', '0');
    const shared = ['--redis', redis.url, '--run', 'aside'];
    const worker = startInProcess(['worker', ...shared]);
    await worker.said('put aside the job evil, which is not one of flagprobe\n');
    await expect.poll(() => redis.command('ZCARD', `${bull}:failed`)).toBe('1');
    const probe = ['probe', 'def.dev', '-r', 'local', '-o', place('aside'), ...shared];
    expect(await runInProcess(probe)).toMatchObject({ code: 0 });
    interruptInProcess();
    const { stderr } = await worker.ended;
    expect(stderr.match(/put aside/g)).toHaveLength(1);
  }, 120_000);
});

describe.skipIf(lacks('redis-server'))('a Redis that cannot serve a fleet', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  /** What the worker, and the coordinator, say at their start. */
  async function refusals(url: string, ...more: string[]) {
    const probe = ['probe', 'a.dev', '-o', place('never')];
    const said: Ended[] = [];
    for (const args of [['worker'], probe]) {
      said.push(await runInProcess([...args, '--redis', url, ...more]));
    }
    return said;
  }

  async function expectRefusal(url: string, message: RegExp, ...more: string[]) {
    for (const { stderr, code } of await refusals(url, ...more)) {
      expect(stderr).toMatch(message);
      expect(stderr.split('\n')).toHaveLength(2);
      expect(code).toBe(4);
    }
  }

  it('is full', async () => {
    await using full = await startRedis('--maxmemory', '1');
    await expectRefusal(full.url, /it is full: raise its maxmemory or remove other data \(OOM/);
  });

  it('is a replica', async () => {
    await using replica = await startRedis('--replicaof', '127.0.0.1', String(redis.port));
    await expectRefusal(replica.url, /it is a replica, .*: give the address of its primary/);
  });

  it('is part of a cluster', async () => {
    // Otherwise it is ten thousand higher, where the system gives ports to any socket.
    const bus = ['--cluster-port', String(await freePort())];
    await using cluster = await startRedis('--cluster-enabled', 'yes', ...bus);
    await expectRefusal(
      cluster.url,
      /it is part of a cluster: give the address of a Redis without/,
    );
  });

  it('gives its user too few rights', async () => {
    const may = ['~flagprobe*', '+@all', '-xtrim'];
    await redis.command('ACL', 'SETUSER', 'few', 'on', '>pw', ...may);
    await redis.command('ACL', 'SETUSER', 'elsewhere', 'on', '>pw', '~other*', '+@all');
    const at = (user: string) => `redis://${user}:pw@127.0.0.1:${redis.port}`;
    await expectRefusal(at('few'), /its user may not do all .*\(NOPERM .*'xtrim'/);
    await expectRefusal(at('elsewhere'), /its user may not do all that a fleet needs: ACL SETUSER/);
    // A trial that ends in the middle leaves nothing.
    expect(await redis.command('KEYS', '*trial*')).toBe('*0');
  });

  it('holds other data under the keys of the run', async () => {
    for (const key of ['flagprobe-results:taken', 'flagprobe:taken:wait']) {
      await redis.command('SET', key, 'mine');
      await expectRefusal(
        redis.url,
        new RegExp(`holds other data: .*\\(WRONGTYPE ${key} is a string`),
        ...['--run', 'taken'],
      );
      await redis.command('DEL', key);
    }
  });

  it('is a Sentinel', async () => {
    const config = place('sentinel.conf');
    const port = await freePort();
    await writeFile(config, `bind 127.0.0.1\nport ${port}\ndir ${folder.path}\n`);
    const sentinel = spawn(findProgram('redis-server') ?? '', [config, '--sentinel']);
    try {
      for await (const text of sentinel.stdout.setEncoding('utf8')) {
        if (text.includes('Sentinel ID')) break;
      }
      await expectRefusal(`redis://127.0.0.1:${port}`, /it is a Sentinel: give the address of/);
    } finally {
      sentinel.kill('SIGKILL');
    }
  });

  it('never answers', async () => {
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expectRefusal(`redis://127.0.0.1:${port}`, /it does not answer/);
    server.close();
  });

  it('speaks something else', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).write('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expectRefusal(`redis://127.0.0.1:${port}`, /it does not speak the Redis protocol/);
    server.close();
  });

  it('takes a password with a % in it as it stands', async () => {
    await using locked = await startRedis('--requirepass', 'a%b');
    const url = `redis://:a%b@127.0.0.1:${locked.port}`;
    const { said, ended } = startInProcess(['worker', '--redis', url]);
    await said('working for');
    interruptInProcess();
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
  });

  it.skipIf(lacks('openssl'))(
    'over TLS is trusted by its certificate alone',
    async () => {
      const { key, cert } = makeCertificate(['IP:127.0.0.1']);
      const [keyFile, certFile, port] = [place('key.pem'), place('cert.pem'), await freePort()];
      await writeFile(keyFile, key);
      await writeFile(certFile, cert);
      const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile];
      const open = ['--tls-auth-clients', 'no', '--tls-port', String(port)];
      await using secure = await startRedis(...files, ...open);
      const url = `rediss://127.0.0.1:${port}`;
      await expectRefusal(url, /its certificate is not trusted: name a file .* by --redis-ca/);
      await expectRefusal(`rediss://127.0.0.1:${secure.port}`, /it does not speak TLS there/);
      await expectRefusal(`redis://127.0.0.1:${port}`, /it closed the connection: if it wants TLS/);
      const trusting = ['--redis', url, '--redis-ca', certFile, '--run', 'tls'];
      const worker = startInProcess(['worker', ...trusting]);
      await worker.said('working for');
      const probe = [
        'probe',
        'def.dev',
        '-r',
        'local',
        '-f',
        'tsv',
        '-o',
        place('tls'),
        ...trusting,
      ];
      expect(await runInProcess(probe)).toMatchObject({ code: 0 });
      expect(await readFile(place('tls'), 'utf8')).toBe('def.dev\tfound\n');
      interruptInProcess();
      await worker.ended;
    },
    120_000,
  );
});
