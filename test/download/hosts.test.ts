import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DownloadResult } from '../../src/core/model.js';
import { RunError } from '../../src/core/run-error.js';
import { downloadMany } from '../../src/download/downloader.js';
import type { DownloadOptions } from '../../src/download/options.js';
import { decodeBody } from '../../src/http/decode-body.js';
import { Reply } from '../../src/http/reply.js';
import { ByteBudget } from '../../src/storage/byte-budget.js';
import { Saver } from '../../src/storage/saver.js';
import { freePort } from '../support/free-port.js';
import { gate } from '../support/gate.js';
import { openHttpServer, type Script } from '../support/http-server.js';
import { gif, gifOf } from '../support/images.js';
import { lacks } from '../support/installed.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { findProgram } from '../support/programs.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder[Symbol.asyncDispose]();
});

async function download(
  urls: readonly string[],
  options: DownloadOptions = {},
): Promise<DownloadResult[]> {
  const results: DownloadResult[] = [];
  const dir = join(folder.path, 'files');
  for await (const result of downloadMany(urls, { dir, ...options })) results.push(result);
  return results;
}

/** How many results have each status. */
function counts(results: readonly DownloadResult[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { status, httpStatus } of results) {
    const key = `${status} ${httpStatus}`;
    found[key] = (found[key] ?? 0) + 1;
  }
  return found;
}

const urlsOf = (server: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${server}/${i}.gif`);

/** Lets so many requests a second through, and refuses the rest. */
function limited(rate: number, headers: Record<string, string>): Script {
  let [tokens, filledAt] = [rate, performance.now()];
  return (_request, response) => {
    const now = performance.now();
    tokens = Math.min(rate, tokens + ((now - filledAt) / 1000) * rate);
    filledAt = now;
    if (tokens < 1) {
      response.writeHead(429, headers).end();
    } else {
      tokens--;
      response.end(gif);
    }
  };
}

describe('a host that refuses what comes too fast', () => {
  it.each([
    [5, {}],
    [50, {}],
    [50, { 'retry-after': '1' }],
  ])('gives every file, with -c %i and %j', async (concurrency, headers) => {
    await using server = await openHttpServer(limited(50, headers));
    const results = await download(urlsOf(server.url, 100), { concurrency, retries: 1 });
    expect(counts(results)).toEqual({ 'ok 200': 100 });
    // All that were in flight are refused once; then the pace is the host's.
    expect(results.reduce((sum, { attempts }) => sum + attempts, 0)).toBeLessThan(300);
  });

  it.skipIf(lacks('nginx'))('gives every file, as nginx with limit_req', async () => {
    const [port, site] = [await freePort(), join(folder.path, 'site')];
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder.path}/${name};`)
      .join(' ');
    const conf = `daemon off; pid ${folder.path}/pid; error_log ${folder.path}/log;
      events {} http { access_log off; ${temporary}
        limit_req_zone $binary_remote_addr zone=one:1m rate=50r/s; limit_req_status 429;
        server { listen 127.0.0.1:${port}; root ${site}; limit_req zone=one; } }`;
    await mkdir(site);
    await writeFile(join(folder.path, 'conf'), conf);
    for (let i = 0; i < 100; i++) await writeFile(join(site, `${i}.gif`), gif);
    // nginx reads the files as another user.
    for (const path of [folder.path, site]) await chmod(path, 0o755);
    const nginx = spawn(findProgram('nginx') as string, ['-c', join(folder.path, 'conf')]);
    try {
      const url = `http://127.0.0.1:${port}`;
      await expect
        .poll(() =>
          fetch(url).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      const results = await download(urlsOf(url, 100), { concurrency: 50, retries: 1 });
      expect(counts(results)).toEqual({ 'ok 200': 100 });
    } finally {
      nginx.kill();
      await once(nginx, 'exit');
    }
  });
});

it.each([
  [1, {}],
  [5, {}],
  [1, { 'retry-after': '1' }],
])(
  'ends a URL that is always refused after its tries, and fetches all others, with -c %i and %j',
  async (concurrency, headers) => {
    let refused = 0;
    await using server = await openHttpServer(({ url }, response) => {
      if (url !== '/3.gif') return response.end(gif);
      refused++;
      return response.writeHead(429, headers).end();
    });
    const results = await download(urlsOf(server.url, 20), { concurrency, retries: 1 });
    expect(counts(results)).toEqual({ 'ok 200': 19, 'error 429': 1 });
    expect(results.find(({ status }) => status === 'error')).toMatchObject({ reason: 'http' });
    // Those that told the URL from its host, and its tries.
    expect(refused).toBeLessThan(7);
  },
);

it('names the option when a host asks to wait for too long', async () => {
  await using server = await openHttpServer((_request, response) =>
    response.writeHead(429, { 'retry-after': '60' }).end(),
  );
  const results = await download(urlsOf(server.url, 20));
  expect(counts(results)).toEqual({ 'error 429': 20 });
  for (const result of results) {
    expect(result).toMatchObject({ message: expect.stringContaining('--max-wait (30 s)') });
  }
});

it('fetches from other hosts while hundreds of inputs wait for one', async () => {
  const others = gate();
  let [asked, served] = [0, 0];
  await using slow = await openHttpServer((_request, response) => {
    if (asked++ === 0) response.writeHead(503, { 'retry-after': '1' }).end();
    // What was asked for when the pause was not known waits for all of the other host.
    else others.passed.then(() => response.end(gif));
  });
  await using fast = await openHttpServer((_request, response) => {
    response.end(gif);
    if (++served === 50) others.open();
  });
  const urls = [...urlsOf(slow.url, 200), ...urlsOf(`${fast.url}/x`, 50)];
  expect(counts(await download(urls, { perHost: 4 }))).toEqual({ 'ok 200': 250 });
});

it('follows a redirect in raw UTF-8', async () => {
  await using server = await openHttpServer((request, response) => {
    if (request.url === '/caf%C3%A9.png') return response.end(gif);
    const location = Buffer.from('/café.png').toString('latin1');
    return response.writeHead(302, { location }).end();
  });
  expect(counts(await download([`${server.url}/0.gif`]))).toEqual({ 'ok 200': 1 });
});

describe('an image without its end', () => {
  const cut = gif.subarray(0, -1);
  const script: Script = (request, response) => {
    if (request.url !== '/unknown-length.gif') response.setHeader('content-length', cut.length);
    else response.setHeader('connection', 'close').useChunkedEncodingByDefault = false;
    response.end(cut);
  };

  it('is truncated, and tried again where its length was not told', async () => {
    await using server = await openHttpServer(script);
    const urls = ['length', 'unknown-length'].map((name) => `${server.url}/${name}.gif`);
    const results = await download(urls, { retries: 1, ordered: true });
    expect(results).toMatchObject([
      { status: 'error', reason: 'truncated', attempts: 1 },
      { status: 'error', reason: 'truncated', attempts: 2 },
    ]);
    expect(counts(await download(urls, { accept: 'any' }))).toEqual({ 'ok 200': 2 });
  });
});

it('decodes bodies no faster than there is room for them', async () => {
  const budget = new ByteBudget(1_000_000);
  const head = {
    status: 200,
    phrase: '',
    headers: [Buffer.from('content-encoding'), Buffer.from('gzip')],
  };
  const reply = new Reply(head, gzipSync(Buffer.alloc(400_000)));
  let [held, most] = [0, 0];
  const decodeOne = async () => {
    const reservation = budget.open();
    let own = 0;
    const room = {
      async grow(bytes: number) {
        await reservation.grow(bytes);
        own += bytes;
        held += bytes;
        most = Math.max(most, held);
      },
    };
    const decoded = await decodeBody(reply, { maxSize: 1_000_000, room });
    expect('bytes' in decoded && decoded.bytes.length).toBe(400_000);
    held -= own;
    reservation.release();
  };
  await Promise.all(Array.from({ length: 40 }, decodeOne));
  expect(most).toBeGreaterThan(400_000);
  // The oldest always gets what it asks for, so that all come to an end.
  expect(most).toBeLessThanOrEqual(1_400_000);
});

it('stops once when the disk is full, and a later run goes on', async () => {
  await using server = await openHttpServer((_request, response) => response.end(gif));
  const real = Saver.prototype.save;
  const save = vi.spyOn(Saver.prototype, 'save');
  let saves = 0;
  save.mockImplementation(function (this: Saver, one) {
    if (++saves > 10)
      one.settle({ code: 'ENOSPC', message: 'ENOSPC: no space left on device, write' });
    else real.call(this, one);
  });
  const failed = download(urlsOf(server.url, 100));
  await expect(failed).rejects.toThrow(
    new RunError(
      `cannot save in \`${join(folder.path, 'files')}\`: no space left on device (ENOSPC)`,
    ),
  );
  save.mockRestore();
  expect(counts(await download(urlsOf(server.url, 100)))).toEqual({ 'ok 200': 100 });
});

it('waits for a descriptor where a file cannot be opened for want of one', async () => {
  await using server = await openHttpServer((_request, response) => response.end(gif));
  const real = Saver.prototype.save;
  const save = vi.spyOn(Saver.prototype, 'save');
  let refused = 0;
  save.mockImplementation(function (this: Saver, one) {
    if (refused++ < 5) one.settle({ code: 'EMFILE', message: 'EMFILE: too many open files, open' });
    else real.call(this, one);
  });
  expect(counts(await download(urlsOf(server.url, 10)))).toEqual({ 'ok 200': 10 });
  expect(server.requests).toHaveLength(10);
});

it.each(['EMFILE', 'ENFILE'])(
  'waits for a descriptor where a connection cannot be opened for want of one: %s',
  async (code) => {
    await using server = await openHttpServer((_request, response) => response.end(gif));
    const real = Socket.prototype.connect;
    const connect = vi.spyOn(Socket.prototype, 'connect');
    let refused = 0;
    connect.mockImplementation(function (this: Socket, ...options: unknown[]) {
      if (refused++ >= 7) return real.apply(this, options as Parameters<typeof real>);
      return this.destroy(Object.assign(new Error(`connect ${code}`), { code }));
    });
    // Each permit of the run and of its host is taken by one of those that wait.
    const results = await download(urlsOf(server.url, 10), { perHost: 5, retries: 0 });
    expect(refused).toBeGreaterThan(7);
    expect(counts(results)).toEqual({ 'ok 200': 10 });
    expect(results.map(({ attempts }) => attempts)).toEqual(Array(10).fill(1));
    expect(server.requests).toHaveLength(10);
  },
);

/** A small disk of its own needs a system that lets a user have a namespace. */
const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
if (!canMount) console.warn('A test is skipped: this user may mount no disk of its own');

it.skipIf(!canMount)(
  'ends with 4 on a disk that is full, and goes on when there is room',
  async () => {
    await using server = await openHttpServer((_request, response) => response.end(gifOf(10_000)));
    const list = join(folder.path, 'list');
    await writeFile(list, `${urlsOf(server.url, 60).join('\n')}\n`);
    const bin = fileURLToPath(new URL('../../bin/flagprobe.cjs', import.meta.url));
    const script = `mkdir "$1" && mount -t tmpfs -o size=256k tmpfs "$1" &&
    "$2" "$3" download -i "$4" -d "$1" -f tsv; echo "ended $?"; mount -o remount,size=8m "$1" &&
    "$2" "$3" download -i "$4" -d "$1" -f tsv -q --skip-existing; echo "ended $?"; ls -A "$1"`;
    const dir = join(folder.path, 'disk');
    const args = ['-rm', 'sh', '-c', script, 'sh', dir, process.execPath, bin, list];
    const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [first = '', second = '', listing = ''] = output.split(/^ended /m);
    expect(second).toMatch(/^4\n/);
    expect(complaint.match(/no space left/gi)).toHaveLength(1);
    const saved = first.match(/\tok$/gm)?.length ?? 0;
    expect(saved).toBeGreaterThan(0);
    expect(saved).toBeLessThan(60);
    // What was told is there, and the rest is fetched by the second run.
    expect(listing).toMatch(/^0\n/);
    expect(second.match(/\tok$/gm)?.length).toBeLessThanOrEqual(60 - saved);
    expect(second.match(/\t(?:ok|unchanged)$/gm)).toHaveLength(60);
    const names = listing.trim().split('\n').slice(1).sort();
    expect(names).toEqual(
      ['.flagprobe.jsonl', ...Array.from({ length: 60 }, (_, i) => `${i}.gif`)].sort(),
    );
  },
);

it.skipIf(process.platform !== 'linux').each([
  [64, 60, 150],
  [256, 300, 500],
])(
  'opens no more connections than the system allows: %i files, -c %i',
  async (most, concurrency, files) => {
    await using server = await openHttpServer((_request, response) => {
      setTimeout(() => response.end(gif), 20);
    });
    const list = join(folder.path, 'list');
    await writeFile(list, `${urlsOf(server.url, files).join('\n')}\n`);
    const bin = fileURLToPath(new URL('../../bin/flagprobe.cjs', import.meta.url));
    const target = ['-d', join(folder.path, 'files'), '-i', list, '-f', 'tsv'];
    const args = ['download', '-q', '-c', String(concurrency), ...target];
    const command = [`ulimit -n ${most}; exec "$0" "$@"`, process.execPath, bin, ...args];
    const child = spawn('bash', ['-c', ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(code).toBe(0);
    expect(output.match(/\tok$/gm)).toHaveLength(files);
    expect(server.mostInFlight).toBeGreaterThan(4);
    expect(server.mostInFlight).toBeLessThan(most);
  },
  60_000,
);
