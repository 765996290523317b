import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DownloadResult } from '../../src/core/model.js';
import { UsageError } from '../../src/core/usage-error.js';
import { downloadMany, openDownloader } from '../../src/download/downloader.js';
import type { DownloadOptions } from '../../src/download/options.js';
import { populous, selectCodes } from '../../src/flags/codes.js';
import { imageExtension } from '../../src/images/image-type.js';
import { openFlagServer, type RequestRecord } from '../../src/server/flag-server.js';
import { Saver } from '../../src/storage/saver.js';
import { isFull } from '../support/full.js';
import { gate } from '../support/gate.js';
import { openHttpServer, type Script } from '../support/http-server.js';
import { gif, gifOf } from '../support/images.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

/** Codes where many are needed; of the first 300 a third has a flag. */
const MANY = isFull ? 676 : 300;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

/** The names of the files, without the manifest's. */
const files = async () => (await folder.names()).filter((name) => !name.startsWith('.flagprobe.'));

/** Everything at once. */
async function download(
  codes: Iterable<string>,
  options: DownloadOptions,
): Promise<DownloadResult[]> {
  const results: DownloadResult[] = [];
  for await (const result of downloadMany(codes, { dir: folder.path, ...options })) {
    results.push(result);
  }
  return results;
}

const withFlag: Script = (_request, response) => response.end(gif);
const codeOf = (path = '') => path.slice(1, 3).toUpperCase();
const byCode = (results: readonly DownloadResult[]) =>
  Object.fromEntries(results.map((result) => [result.code, result]));

describe('downloadMany', () => {
  it('fetches the 20 flags from the server inside, each a whole GIF under its code', async () => {
    const results = await download(populous, { server: 'local' });
    expect(results.map(({ status }) => status)).toEqual(Array(20).fill('ok'));
    expect(results.map(({ code }) => code).sort()).toEqual([...populous].sort());
    expect(await files()).toEqual([...populous].sort().map((code) => `${code}.gif`));
    for (const result of results) {
      if (result.status !== 'ok') throw new Error(result.status);
      const bytes = await readFile(result.file);
      expect(imageExtension(bytes)).toBe('gif');
      expect(bytes.length).toBe(result.bytes);
    }
  });

  it('tells all there is to tell of each', async () => {
    await using server = await openHttpServer((request, response) => {
      const status = { BR: 200, US: 404, FR: 418 }[codeOf(request.url)] ?? 500;
      response.writeHead(status, status === 418 ? "I'm a teapot" : undefined).end(gif);
    });
    const results = byCode(
      await download(['br', 'US', 'Fr', 'Braz!l', ''], { server: `${server.url}/{cc}.gif` }),
    );
    const ms = expect.any(Number);
    expect(results).toEqual({
      BR: {
        code: 'BR',
        url: `${server.url}/br.gif`,
        status: 'ok',
        httpStatus: 200,
        file: join(folder.path, 'BR.gif'),
        bytes: gif.length,
        attempts: 1,
        ms,
      },
      US: {
        code: 'US',
        url: `${server.url}/us.gif`,
        status: 'not_found',
        httpStatus: 404,
        attempts: 1,
        ms,
      },
      FR: {
        code: 'FR',
        url: `${server.url}/fr.gif`,
        status: 'error',
        reason: 'http',
        httpStatus: 418,
        message: "HTTP error 418 - I'm a teapot",
        attempts: 1,
        ms,
      },
      'Braz!l': {
        code: 'Braz!l',
        url: '',
        status: 'error',
        reason: 'bad-code',
        message: expect.stringContaining("no country's code or name, nor an http(s) URL"),
        attempts: 0,
        ms: 0,
      },
      '': expect.objectContaining({ status: 'error', reason: 'bad-code' }),
    });
    expect(await files()).toEqual(['BR.gif']);
  });

  it('gives one result for every input, duplicates too', async () => {
    const results = await download(['br', 'BR', 'br'], { server: 'local' });
    expect(results.map(({ code, status }) => [code, status])).toEqual(Array(3).fill(['BR', 'ok']));
  });

  it('counts one error for one error, whatever comes after it', async () => {
    await using server = await openHttpServer((_request, response, number) => {
      if (number === 0) response.writeHead(418).end();
      else response.end(gif);
    });
    const results = await download(selectCodes({ texts: ['b'] }).codes, {
      server: `${server.url}/{cc}`,
      concurrency: 1,
    });
    expect(results).toHaveLength(26);
    expect(results.filter(({ status }) => status === 'error')).toHaveLength(1);
    expect(results[0]?.status).toBe('error');
    expect(await files()).toHaveLength(25);
  });

  it('agrees with what a faulty server says that it did', async () => {
    const records: RequestRecord[] = [];
    await using server = await openFlagServer({
      errorRate: 0.25,
      delay: [0, 0.01],
      onRequest: (record) => records.push(record),
    });
    const { codes } = selectCodes({ every: true, limit: MANY });
    const results = await download(codes, {
      server: `${server.url}/{cc}/{cc}.gif`,
      concurrency: 30,
      timeout: 60,
    });
    await expect.poll(() => records.length).toBe(MANY);
    const told = results.map((result) => [result.code, result.httpStatus]).sort();
    expect(told).toEqual(records.map(({ code, status }) => [code, status]).sort());
    const count = (status: number) => records.filter((record) => record.status === status).length;
    expect(count(418)).toBeGreaterThan(MANY / 7);
    const statuses = results.map(({ status }) => status);
    expect(statuses.filter((status) => status === 'ok')).toHaveLength(count(200));
    expect(statuses.filter((status) => status === 'not_found')).toHaveLength(count(404));
    expect(statuses.filter((status) => status === 'error')).toHaveLength(count(418));
    expect(await files()).toHaveLength(count(200));
    expect(Math.max(...records.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(30);
  });

  it('at -c 1000 counts what the server counts, which is never asked early nor too much at once', async () => {
    const records: RequestRecord[] = [];
    await using server = await openFlagServer({
      errorRate: 0.25,
      // Long enough for a busy machine to have many in flight at once.
      delay: [0.5, 1],
      onRequest: (record) => records.push(record),
    });
    const { codes } = selectCodes({ every: true, limit: MANY });
    const results = await download(codes, {
      server: `${server.url}/{cc}/{cc}.gif`,
      concurrency: 1000,
      timeout: 60,
    });
    await expect.poll(() => records.length).toBe(MANY);
    const told = results.map((result) => [result.code, result.httpStatus]).sort();
    expect(told).toEqual(records.map(({ code, status }) => [code, status]).sort());
    const most = Math.max(...records.map(({ inFlight }) => inFlight));
    // However slow the machine is: with five at a time it would be five.
    expect(most).toBeGreaterThan(20);
    expect(most).toBeLessThanOrEqual(1000);
  });

  it('at -c 1000 writes no request while a server wants to be left alone', async () => {
    let [until, wishes, early] = [0, 0, 0];
    await using server = await openHttpServer((_request, response, number) => {
      if (number % 150 !== 75) response.end(gif);
      else response.writeHead(429, { 'retry-after': '1' }).end();
    });
    const onHeaders = (message: unknown) => {
      const { statusCode } = (message as { response: { statusCode: number } }).response;
      if (statusCode !== 429) return;
      wishes++;
      until = performance.now() + 1000;
    };
    const onWrite = () => {
      if (performance.now() < until) early++;
    };
    subscribe('undici:request:headers', onHeaders);
    subscribe('undici:client:sendHeaders', onWrite);
    const { codes } = selectCodes({ every: true, limit: 250 });
    const options = { server: `${server.url}/{cc}`, concurrency: 1000, timeout: 60 };
    const results = await download(codes, options);
    unsubscribe('undici:request:headers', onHeaders);
    unsubscribe('undici:client:sendHeaders', onWrite);
    expect(results.every(({ status }) => status === 'ok')).toBe(true);
    expect(wishes).toBeGreaterThanOrEqual(2);
    expect(early).toBe(0);
  });

  it('yields each result as it settles, or in the order of the codes', async () => {
    const script = (open: () => void, held: Promise<void>): Script => {
      return async (request, response) => {
        if (codeOf(request.url) === 'BR') await held;
        response.end(gif, open);
      };
    };
    for (const ordered of [false, true]) {
      const other = gate();
      await using server = await openHttpServer(script(other.open, other.passed));
      const results = await download(['br', 'us'], { server: `${server.url}/{cc}`, ordered });
      expect(results.map(({ code }) => code)).toEqual(ordered ? ['BR', 'US'] : ['US', 'BR']);
    }
  });

  it('never has more requests in flight than it was allowed', async () => {
    const five = gate();
    let waiting = 0;
    await using server = await openHttpServer((_request, response) => {
      if (++waiting === 5) five.open();
      five.passed.then(() => setTimeout(() => response.end(gif), 2));
    });
    const results = await download(selectCodes({ texts: ['a', 'b'] }).codes, {
      server: `${server.url}/{cc}`,
    });
    expect(results.every(({ status }) => status === 'ok')).toBe(true);
    expect(server.requests).toHaveLength(52);
    expect(server.mostInFlight).toBe(5);
  });

  it('asks on while saves are waiting: they hold no permit', async () => {
    const disk = gate();
    const save = vi.spyOn(Saver.prototype, 'save');
    save.mockImplementation(({ settle }) => {
      disk.passed.then(() => settle(undefined));
    });
    await using server = await openHttpServer(withFlag);
    const { codes } = selectCodes({ texts: ['a', 'b'] });
    const downloading = download(codes, { server: `${server.url}/{cc}`, concurrency: 1 });
    await expect.poll(() => save.mock.calls.length).toBe(52);
    expect(server.mostInFlight).toBe(1);
    disk.open();
    expect(await downloading).toHaveLength(52);
    save.mockRestore();
  });
});

it('has room for more bytes than fit into memory at once', async () => {
  const flag = gifOf(12 * 1024 * 1024);
  await using server = await openHttpServer((_request, response) => {
    response.setHeader('content-length', flag.length).end(flag);
  });
  const codes = ['br', 'us', 'fr', 'de', 'it', 'es'];
  const results = await download(codes, { server: `${server.url}/{cc}` });
  expect(results.map(({ status }) => status)).toEqual(Array(6).fill('ok'));
  expect((await readFile(join(folder.path, 'ES.gif'))).equals(flag)).toBe(true);
});

describe('names', () => {
  const script: Script = (request, response) => {
    const { url = '' } = request;
    if (!url.endsWith('metadata.json')) response.end(gif);
    else if (codeOf(url) === 'BR') response.end('{"country":"Brasil","iso_cc":"BR"}');
    else if (codeOf(url) === 'US') response.end('{"country":"../../../../evil"}');
    else response.writeHead(418).end();
  };

  it.each([
    ['CC', ['BR.gif', 'US.gif', 'ZZ.gif']],
    ['cc', ['br.gif', 'us.gif', 'zz.gif']],
    ['alpha3', ['BRA.gif', 'USA.gif', 'ZZ.gif']],
  ] as const)('by %s ask for no metadata', async (name, names) => {
    await using server = await openHttpServer(script);
    await download(['br', 'us', 'zz'], { server: `${server.url}/{cc}/{cc}.gif`, name });
    expect(await files()).toEqual(names);
    expect(server.requests).toHaveLength(3);
  });

  it("by country are the server's, made safe, or else the table's, or else the code", async () => {
    await using server = await openHttpServer(script);
    const codes = ['br', 'us', 'fr', 'zz'];
    const results = await download(codes, {
      server: `${server.url}/{cc}/{cc}.gif`,
      name: 'country',
    });
    expect(results.every(({ status }) => status === 'ok')).toBe(true);
    expect(await files()).toEqual(['Brasil.gif', 'France.gif', 'ZZ.gif', 'evil.gif']);
  });

  it('by country come from the table where the service has no metadata', async () => {
    await using server = await openHttpServer(script);
    await download(['us'], { server: `${server.url}/{cc}.gif`, name: 'country' });
    expect(await files()).toEqual(['United_States.gif']);
    expect(server.requests).toHaveLength(1);
  });

  it('by country come from the server inside', async () => {
    await download(['us', 'tr'], { server: 'local', name: 'country' });
    expect(await files()).toEqual(['Türkiye.gif', 'United_States.gif']);
  });

  it('have the extension of the image, not of the URL', async () => {
    await using server = await openHttpServer((_request, response) =>
      response
        .setHeader('content-disposition', 'attachment; filename="../../../evil.sh"')
        .end('<svg/>'),
    );
    await download(['br'], { server: `${server.url}/{cc}.gif` });
    expect(await files()).toEqual(['BR.svg']);
  });
});

describe('a file that cannot be saved', () => {
  it("is an error with the system's reason, and the run goes on", async () => {
    await using server = await openHttpServer(withFlag);
    await mkdir(join(folder.path, 'BR.gif'));
    await writeFile(
      join(folder.path, 'US.gif'),
      'an older and longer file that is replaced'.repeat(9),
    );
    const results = byCode(
      await download(['br', 'us'], { server: `${server.url}/{cc}`, concurrency: 1, force: true }),
    );
    expect(results.BR).toMatchObject({
      status: 'error',
      reason: 'EISDIR',
      message: 'cannot save `BR.gif`: illegal operation on a directory (EISDIR)',
      httpStatus: 200,
      attempts: 1,
    });
    expect(results.US).toMatchObject({ status: 'ok' });
    expect(await files()).toEqual(['BR.gif', 'US.gif']);
    expect(await readFile(join(folder.path, 'US.gif'))).toEqual(gif);
  });

  it('is one even when the whole folder goes away', async () => {
    await using server = await openHttpServer(withFlag);
    const dir = join(folder.path, 'gone');
    const downloader = await openDownloader({ server: `${server.url}/{cc}`, dir });
    await rm(dir, { recursive: true });
    for await (const result of downloader.results(['br'])) {
      expect(result).toMatchObject({ status: 'error', reason: 'ENOENT' });
    }
    await downloader.close();
  });
});

describe('what is wrong from the start', () => {
  it.each([
    [
      { concurrency: 0 },
      'Expected `concurrency` to be an integer from 1 to 1000, got `0` (number)',
    ],
    [{ concurrency: 1001 }, 'Expected `concurrency` to be an integer from 1 to 1000'],
    [{ server: 'nowhere' }, 'Expected `server` to be remote, local, delay, error, fluentpython'],
    [{ server: 'http://h/flag.gif' }, 'got `http://h/flag.gif`'],
    [{ name: 'iso' as 'CC' }, 'Expected `name` to be one of cc, CC, country, alpha3, got `iso`'],
    [{ dir: '' }, 'Expected `dir` to be the name of a folder, got ``'],
    [
      { dir: '/dev/null/flags' },
      'Expected `dir` to be a folder in which files can be made, got `/dev/null/flags`: not a directory (ENOTDIR)',
    ],
    [{ dir: '/proc/flags' }, 'got `/proc/flags`: no such file or directory (ENOENT)'],
  ])('is a usage error: %j', async (options, message) => {
    const opening = openDownloader({ server: 'local', ...options });
    await expect(opening).rejects.toThrow(UsageError);
    await expect(opening).rejects.toThrow(message);
  });

  it('or an input that is none is refused', async () => {
    const run = async (inputs: unknown) => {
      const options = { server: 'local', dir: folder.path };
      for await (const _ of downloadMany(inputs as string[], options));
    };
    await expect(run('br')).rejects.toThrow('Expected a list of codes and URLs, got the text `br`');
    const url = new URL('http://127.0.0.1:9/');
    const message = `Expected every input to be a text, got \`${url}\` (object)`;
    await expect(run([url])).rejects.toThrow(new UsageError(message));
  });

  it('makes the folder with all above it, and takes a path below the current one', async () => {
    const dir = relative(process.cwd(), join(folder.path, 'a/b'));
    const [result] = await download(['br'], { server: 'local', dir });
    expect(result).toMatchObject({ file: join(dir, 'BR.gif') });
    expect(await readFile(join(folder.path, 'a/b/BR.gif'))).toBeDefined();
  });

  it('is a result where only a code is wrong for the template', async () => {
    const results = await download(['zz'], { server: 'http://127.0.0.1:9/{alpha3}' });
    expect(results).toMatchObject([{ code: 'ZZ', url: '', reason: 'bad-code', attempts: 0 }]);
  });
});

describe('the end of it', () => {
  /** Answers three flags and keeps the other requests waiting. */
  const three: Script = (_request, response, number) => {
    if (number < 3) response.end(gif);
  };

  it('when the loop is left, leaves no connection and no part of a file', async () => {
    await using server = await openHttpServer(three);
    const options = { server: `${server.url}/{cc}`, dir: folder.path };
    for await (const { status } of downloadMany(populous, options)) {
      expect(status).toBe('ok');
      break;
    }
    await expect.poll(() => server.openConnections).toBe(0);
    const names = await files();
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      expect(name).toMatch(/^[A-Z]{2}\.gif$/);
      expect(await readFile(join(folder.path, name))).toEqual(gif);
    }
  });

  it('by an abort throws its reason after what was won', async () => {
    await using server = await openHttpServer(three);
    const controller = new AbortController();
    const reason = new Error('enough');
    const results: DownloadResult[] = [];
    const run = async () => {
      const { signal } = controller;
      const options = { server: `${server.url}/{cc}`, dir: folder.path, signal };
      for await (const result of downloadMany(populous, options)) {
        results.push(result);
        if (results.length === 3) controller.abort(reason);
      }
    };
    await expect(run()).rejects.toBe(reason);
    expect(results).toHaveLength(3);
    await expect.poll(() => server.openConnections).toBe(0);
    expect(await files()).toHaveLength(3);
  });

  it('by an abort before the begin asks for nothing and makes nothing', async () => {
    await using server = await openHttpServer(withFlag);
    const dir = join(folder.path, 'never');
    const options = { server: `${server.url}/{cc}`, dir, signal: AbortSignal.abort('early') };
    await expect(openDownloader(options)).rejects.toBe('early');
    expect(server.requests).toHaveLength(0);
    expect(await files()).toEqual([]);
  });

  it('by an abort does not wait for whoever reads the results', async () => {
    await using server = await openHttpServer(three);
    const controller = new AbortController();
    const { signal } = controller;
    const options = { server: `${server.url}/{cc}`, dir: folder.path, signal };
    await using downloader = await openDownloader(options);
    const results = downloader.results(populous);
    await results.next();
    await expect.poll(() => server.requests.length).toBe(8);
    controller.abort('enough');
    await expect.poll(() => server.leftWaiting).toBe(5);
    const rest = async () => {
      for await (const _ of results);
    };
    await expect(rest()).rejects.toBe('enough');
  });

  it('of a run that is left cancels what it asked for, and nothing else', async () => {
    await using server = await openHttpServer((request, response) => {
      if (codeOf(request.url) === 'BR') response.end(gif);
    });
    await using downloader = await openDownloader({
      server: `${server.url}/{cc}`,
      dir: folder.path,
      concurrency: 2,
    });
    for await (const _ of downloader.results(['us', 'br'])) break;
    await expect.poll(() => server.leftWaiting).toBe(1);
    for await (const { status } of downloader.results(['br'])) expect(status).toBe('ok');
  });

  it('closes the server inside and ends the thread', async () => {
    const started = once(process, 'worker');
    const downloader = await openDownloader({ server: 'local', dir: folder.path });
    for await (const { status } of downloader.results(['br'])) expect(status).toBe('ok');
    const [thread] = (await started) as [Worker];
    expect(thread.threadId).toBeGreaterThan(0);
    const url = downloader.sites[0]?.url;
    expect((await fetch(`${url}/br/br.gif`)).status).toBe(200);
    await downloader.close();
    expect(thread.threadId).toBe(-1);
    await expect(fetch(`${url}/br/br.gif`)).rejects.toThrow();
  });

  it('while a run goes on ends the run', async () => {
    await using server = await openHttpServer(three);
    const downloader = await openDownloader({ server: `${server.url}/{cc}`, dir: folder.path });
    const run = (async () => {
      for await (const _ of downloader.results(populous)) await downloader.close();
    })();
    await expect(run).rejects.toThrow('The downloader is closed');
    await expect(downloader.results(['br']).next()).rejects.toThrow('The downloader is closed');
    await downloader.close();
  });

  it('of one run leaves the downloader fit for the next, on the same connections', async () => {
    await using server = await openHttpServer(withFlag);
    const downloader = await openDownloader({
      server: `${server.url}/{cc}`,
      dir: folder.path,
      concurrency: 1,
    });
    for await (const _ of downloader.results(['br'])) break;
    const results: DownloadResult[] = [];
    for await (const result of downloader.results(['us'])) results.push(result);
    expect(results).toMatchObject([{ code: 'US', status: 'ok' }]);
    expect(server.openConnections).toBe(1);
    await downloader.close();
  });

  it('lets the process end, without a close as well, and with nothing half done', async () => {
    await using server = await openHttpServer(withFlag);
    const output = await run(
      `const { openDownloader } = await import(process.argv[1]);
      const downloader = await openDownloader({ dir: process.argv[2], server: process.argv[3] });
      for await (const { status } of downloader.results(['br', 'us'])) console.log(status);`,
      folder.path,
      `${server.url}/{cc}`,
    );
    expect(output).toEqual({ code: 0, stdout: 'ok\nok\n', stderr: '' });
    expect(await files()).toEqual(['BR.gif', 'US.gif']);
  });
});

describe('the site', () => {
  it('is told for the report, without user and password', async () => {
    const options = { server: 'http://me:secret@127.0.0.1:9/flags/{cc}.gif', dir: folder.path };
    await using downloader = await openDownloader(options);
    expect(downloader.sites).toEqual([{ label: 'TEMPLATE', url: 'http://127.0.0.1:9/flags' }]);
    await using local = await openDownloader({ server: 'Local', dir: join(folder.path, 'b') });
    expect(local.sites).toEqual([
      { label: 'LOCAL', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/flags$/) },
    ]);
  });

  it('gets the credentials, and no result shows them', async () => {
    await using server = await openHttpServer(withFlag);
    const results = await download(['br'], {
      server: `${server.url.replace('//', '//me:secret@')}/{cc}.gif`,
    });
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:secret')}`);
    expect(results[0]?.url).toBe(`${server.url}/br.gif`);
    expect(JSON.stringify(results)).not.toContain('secret');
  });
});

/** Runs a script in a process of its own, the built library as its first argument. */
async function run(script: string, ...args: string[]) {
  const dist = new URL('../../dist/download/downloader.js', import.meta.url).href;
  const flags = ['--input-type=module', '-e', script, dist, ...args];
  const child = spawn(process.execPath, flags, { timeout: 100_000 });
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  return { code, stdout, stderr };
}
