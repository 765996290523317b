import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DownloadResult } from '../../src/core/model.js';
import { downloadMany, openDownloader } from '../../src/download/downloader.js';
import type { DownloadOptions } from '../../src/download/options.js';
import { countries, selectCodes } from '../../src/flags/codes.js';
import { openHttpServer, type Script } from '../support/http-server.js';
import { gif, gifOf } from '../support/images.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { openRawServer } from '../support/raw-server.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

async function download(
  inputs: Iterable<string>,
  options: DownloadOptions = {},
): Promise<DownloadResult[]> {
  const results: DownloadResult[] = [];
  const all = { dir: folder.path, retries: 0, ordered: true, ...options };
  for await (const result of downloadMany(inputs, all)) results.push(result);
  return results;
}

const files = async () => (await folder.names()).filter((name) => !name.startsWith('.flagprobe.'));
const withFlag: Script = (_request, response) => response.end(gif);
/** Nobody listens there. */
const dead = 'http://127.0.0.1:9';

describe('several servers', () => {
  it('are tried in order for each code: a dead one, then one without it, then one that has it', async () => {
    await using server = await openHttpServer(({ url }, response) => {
      if (url?.startsWith('/second')) response.writeHead(404).end();
      else response.end(gif);
    });
    const sources = [`${dead}/{cc}`, `${server.url}/second/{cc}`, `${server.url}/third/{cc}`];
    expect(await download(['br'], { server: sources })).toMatchObject([
      { status: 'ok', url: `${server.url}/third/br`, attempts: 3 },
    ]);
  });

  it('that have nothing are not_found only if all of them say so', async () => {
    await using server = await openHttpServer((_request, response) =>
      response.writeHead(404).end(),
    );
    const alive = [`${server.url}/a/{cc}`, `${server.url}/b/{cc}`];
    expect(await download(['br'], { server: alive })).toMatchObject([
      { status: 'not_found', url: `${server.url}/a/br` },
    ]);
    expect(await download(['br'], { server: [...alive, `${dead}/{cc}`] })).toMatchObject([
      { status: 'error', reason: 'network', url: `${dead}/br` },
    ]);
  });

  it('are asked only where they can have the code', async () => {
    await using server = await openHttpServer(withFlag);
    const sources = [`${dead}/{alpha3}`, `${server.url}/{cc}`];
    expect(await download(['zz'], { server: sources })).toMatchObject([
      { status: 'ok', attempts: 1 },
    ]);
  });

  it('with one inside', async () => {
    const [result] = await download(['br'], { server: [`${dead}/{cc}`, 'local'] });
    expect(result).toMatchObject({ status: 'ok', attempts: 2 });
  });
});

describe('a host that gives no answer', () => {
  it('is rested after eight failures running, and then asked one thing a second later', async () => {
    await using server = await openRawServer(() => {});
    await using downloader = await openDownloader({
      dir: folder.path,
      server: `${server.url}/{cc}`,
      ...{ retries: 100, timeout: 0.1, maxTime: 1.8 },
    });
    const reasons = new Set<string>();
    for await (const result of downloader.results(['br', 'us', 'fr'])) {
      if (result.status === 'error') reasons.add(result.reason);
    }
    // It is rested after eight, which a busy machine may not reach in time; then one request comes a second later.
    expect(server.requests).toBeGreaterThanOrEqual(4);
    expect(server.requests).toBeLessThanOrEqual(12);
    expect([...reasons]).toEqual(['timeout']);
  });

  it.each<[string, string, (response: ServerResponse) => void]>([
    ['says 500', 'error 500', (response) => response.writeHead(500).end()],
    ['ends its connection', 'error undefined', (response) => response.destroy()],
    ['resets it', 'error undefined', (response) => response.socket?.resetAndDestroy()],
  ])('is not what %s for some URLs: each of the others is fetched', async (_, result, end) => {
    await using server = await openHttpServer(({ url = '' }, response) => {
      if (url.startsWith('/bad')) end(response);
      else response.end(gif);
    });
    const urls = [
      ...Array.from({ length: 40 }, (_, i) => `${server.url}/bad${i}.gif`),
      ...Array.from({ length: 200 }, (_, i) => `${server.url}/${i}.gif`),
    ];
    const results = await download(urls, { retries: 1 });
    expect(results.map(({ status, httpStatus }) => `${status} ${httpStatus}`)).toEqual([
      ...Array(40).fill(result),
      ...Array(200).fill('ok 200'),
    ]);
  });

  it('is not what says 500 to codes that it does not know', async () => {
    await using server = await openHttpServer(({ url = '' }, response) => {
      if (countries.has(url.slice(1))) response.end(gif);
      else response.writeHead(500).end();
    });
    const { codes } = selectCodes({ texts: ['a', 'b', 'c', 'd', 'e', 'f'] });
    const results = await download(codes, { server: `${server.url}/{CC}` });
    const known = codes.filter((code) => countries.has(code));
    expect(known.length).toBeGreaterThan(50);
    expect(results.filter(({ status }) => status === 'ok').map(({ code }) => code)).toEqual(known);
  });
});

describe('--max-time', () => {
  it('bounds tries and waits together', async () => {
    await using server = await openHttpServer((_request, response) =>
      response.writeHead(503).end(),
    );
    const start = performance.now();
    const [result] = await download(['br'], {
      server: `${server.url}/{cc}`,
      retries: 100,
      maxTime: 0.3,
    });
    expect(result).toMatchObject({ status: 'error', reason: 'timeout' });
    // The pauses between 100 tries alone would take minutes.
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('does not wait for a Retry-After that is longer', async () => {
    await using server = await openHttpServer((_request, response) =>
      response.writeHead(429, { 'retry-after': '5' }).end(),
    );
    const [result] = await download(['br'], {
      server: `${server.url}/{cc}`,
      retries: 3,
      maxTime: 2,
    });
    expect(result).toMatchObject({ status: 'error', reason: 'http', httpStatus: 429, attempts: 1 });
  });
});

it('keeps to the rate, tries again included', async () => {
  await using server = await openHttpServer((_request, response, number) => {
    if (number === 0) response.writeHead(503).end();
    else response.end(gif);
  });
  const options = { server: `${server.url}/{cc}`, dir: folder.path, rate: 20, retries: 1 };
  await using downloader = await openDownloader(options);
  const start = performance.now();
  for await (const _ of downloader.results(['br', 'us', 'fr', 'de', 'it']));
  expect(server.requests).toHaveLength(6);
  // A bucket of two at first, then one each 50 ms. The server may see any request late.
  expect((server.requests[5]?.at as number) - start).toBeGreaterThanOrEqual(195);
});

it('keeps to the most requests for each host', async () => {
  const slow: Script = (_request, response) => {
    setTimeout(() => response.end(gif), 20);
  };
  await using one = await openHttpServer(slow);
  await using other = await openHttpServer(slow);
  const urls = Array.from({ length: 12 }, (_, i) => `${(i % 2 ? one : other).url}/${i}.gif`);
  await download(urls, { perHost: 2, concurrency: 10 });
  expect([one.mostInFlight, other.mostInFlight]).toEqual([2, 2]);
});

describe('a list of URLs', () => {
  it('is fetched file by file, duplicates too, under safe names and the extension of the image', async () => {
    await using server = await openHttpServer(({ url }, response) => {
      if (url?.includes('missing')) response.writeHead(404).end();
      else response.end(url?.includes('svg') ? '<svg/>' : gif);
    });
    const paths = ['/a/flag.gif', '/a/flag.gif', '/svg.png', '/logo.php?x=1', '/missing.gif', '/'];
    const results = await download(paths.map((path) => server.url + path));
    expect(
      results.map((result) =>
        'file' in result ? result.file.slice(folder.path.length + 1) : null,
      ),
    ).toEqual(['flag.gif', 'flag.gif', 'svg.svg', 'logo.php.gif', null, 'index.gif']);
    expect(results.map(({ code, url }) => [code, url])).toEqual(
      paths.map((path) => ['', server.url + path]),
    );
    expect(await files()).toEqual(['flag.gif', 'index.gif', 'logo.php.gif', 'svg.svg']);
  });

  it('with one name twice numbers the second, whoever is quicker, and the next time too', async () => {
    const bodies: Record<string, Buffer> = { '/a/x.gif': gifOf(50), '/b/X.gif': gifOf(60) };
    await using server = await openHttpServer(({ url = '' }, response) => {
      setTimeout(() => response.end(bodies[url]), url.startsWith('/a') ? 50 : 0);
    });
    const urls = ['/a/x.gif', '/b/X.gif'].map((path) => server.url + path);
    for (const list of [urls, urls.toReversed()]) {
      await using downloader = await openDownloader({ dir: folder.path });
      for await (const { status } of downloader.results(list)) expect(status).toBe('ok');
      expect(await files()).toEqual(['X_2.gif', 'x.gif']);
      expect((await readFile(join(folder.path, 'x.gif'))).length).toBe(50);
    }
  });

  it('may be anything where anything is accepted', async () => {
    await using server = await openHttpServer((_request, response) => response.end('a text'));
    const urls = [`${server.url}/notes.txt`, `${server.url}/index.html`];
    expect((await download(urls)).map(({ status }) => status)).toEqual(['error', 'error']);
    const results = await download(urls, { accept: 'any' });
    expect(results.map(({ status }) => status)).toEqual(['ok', 'ok']);
    // `index.html` is the gallery's.
    expect(await files()).toEqual(['index_2.html', 'notes.txt']);
  });

  it('may be mixed with codes; what is neither is an error', async () => {
    await using server = await openHttpServer(withFlag);
    const inputs = ['br', `${server.url}/x.gif`, 'http://', 'ftp://h/x.gif', 'nonsense'];
    const results = await download(inputs, { server: 'local' });
    expect(results.map(({ code, status }) => [code, status])).toEqual([
      ['BR', 'ok'],
      ['', 'ok'],
      ['http://', 'error'],
      ['ftp://h/x.gif', 'error'],
      ['nonsense', 'error'],
    ]);
  });

  it('sends the user and password of a URL, and keeps them from everybody else', async () => {
    await using server = await openHttpServer(withFlag);
    const url = `${server.url.replace('//', '//me:secret@')}/x.gif#part`;
    const results = await download([url]);
    expect(results[0]?.url).toBe(`${server.url}/x.gif`);
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:secret')}`);
    const manifest = await readFile(join(folder.path, '.flagprobe.jsonl'), 'utf8');
    expect(manifest).not.toContain('secret');
  });
});
