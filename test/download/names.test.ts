import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DownloadResult } from '../../src/core/model.js';
import { openDownloader } from '../../src/download/downloader.js';
import { type Gate, gate } from '../support/gate.js';
import { openHttpServer } from '../support/http-server.js';
import { gif, png } from '../support/images.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const bin = new URL('../../bin/flagprobe.cjs', import.meta.url).pathname;
const head = { 'content-type': 'image/gif' };

/** Fetches a list and gives each URL's file. */
async function filesOf(list: readonly string[], onResult: (url: string) => void = () => {}) {
  await using downloader = await openDownloader({ dir: folder.path });
  const files = new Map<string, string>();
  for await (const result of downloader.results(list)) {
    onResult(result.url);
    files.set(result.url, 'file' in result ? result.file.slice(folder.path.length + 1) : '');
  }
  return files;
}

it.each([
  ['one script', ['/img?id=1', '/img?id=2', '/img?id=3'], ['img.gif', 'img_2.gif', 'img_3.gif']],
  ['endings of other kinds', ['/a/x.png', '/b/x.png', '/c/x.gif'], ['x_3.gif', 'x_2.gif', 'x.gif']],
])(
  'numbers follow the list, whoever is quicker, and the next time too: %s',
  async (_name, paths, names) => {
    const gates = new Map<string, Gate>(paths.map((path) => [path, gate()]));
    await using server = await openHttpServer(async ({ url = '' }, response) => {
      await gates.get(url)?.passed;
      response.writeHead(200, head).end(gif);
    });
    const urls = paths.map((path) => server.url + path);
    // The last one is let out first, and each when the one behind it is saved.
    const backwards = [...paths].reverse();
    const openNext = () => gates.get(backwards.shift() ?? '')?.open();
    openNext();
    const expected = new Map(urls.map((url, i) => [url, names[i]]));
    expect(await filesOf(urls, openNext)).toEqual(expected);
    expect(await filesOf(urls)).toEqual(expected);
  },
);

it('a name in the list is that of the file, made safe; another field is an error', async () => {
  await using server = await openHttpServer((_, response) => {
    response.writeHead(200, head).end(gif);
  });
  const { url } = server;
  const lines = ['/1\tbrazil.png', '/2\tout=../../x', '/3\tdir=/tmp', '/4\tbrazil'];
  await using downloader = await openDownloader({ dir: folder.path, ordered: true });
  const results = [];
  for await (const result of downloader.results(lines.map((line) => url + line))) {
    results.push('file' in result ? result.file.slice(folder.path.length + 1) : result);
  }
  expect(results).toEqual([
    'brazil.gif',
    'x.gif',
    expect.objectContaining({
      status: 'error',
      reason: 'bad-code',
      code: `${url}/3\tdir=/tmp`,
      message: expect.stringContaining('`dir` is not understood'),
    }),
    'brazil_2.gif',
  ]);
});

it('two kinds of image have one name in a folder, and are known the next time', async () => {
  await using server = await openHttpServer((request, response) => {
    const body = request.url?.includes('svg') ? '<svg xmlns="http://www.w3.org/2000/svg"/>' : png;
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { etag: '"1"' }).end(body);
  });
  const list = [
    ['/320/br.png\tbr.png', 'br.png'],
    ['/svg/br.svg\tbr.svg', 'br.svg'],
    ['/640/br.png\tbr@2x', 'br@2x.png'],
    ['/svg/br.svg\tbr@2x.svg', 'br@2x.svg'],
    ['/320/fr.png', 'fr.png'],
    ['/svg/fr.svg', 'fr.svg'],
    // An image of another kind than its name says has no right to the name of another.
    ['/svg/us.png', 'us_2.svg'],
    ['/svg/us.svg', 'us.svg'],
  ] as const;
  const lines = list.map(([line]) => server.url + line);
  for (const [status, options] of [
    ['ok', {}],
    ['unchanged', {}],
    ['unchanged', { skipExisting: true }],
  ] as const) {
    await using downloader = await openDownloader({ dir: folder.path, ordered: true, ...options });
    const results: DownloadResult[] = [];
    for await (const result of downloader.results(lines)) results.push(result);
    expect(results).toEqual(
      list.map(([, file]) => expect.objectContaining({ status, file: join(folder.path, file) })),
    );
  }
  expect(await readFile(join(folder.path, 'br@2x.png'))).toEqual(png);
});

it('the second run in a folder says so and ends with 4', async () => {
  await using _first = await openDownloader({ dir: folder.path, server: 'local' });
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(bin, ['download', 'br', '-s', 'local', '-d', folder.path], (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });
  expect([code, stderr]).toEqual([
    4,
    `flagprobe: \`${folder.path}\` is being written by another flagprobe, process ${process.pid}\n`,
  ]);
});

it('a URL that comes again in one run is asked for another version only', async () => {
  await using server = await openHttpServer((request, response) => {
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { ...head, etag: '"1"' }).end(gif);
  });
  const url = `${server.url}/a.gif`;
  await using downloader = await openDownloader({ dir: folder.path, concurrency: 1 });
  const statuses: string[] = [];
  for (let i = 0; i < 2; i++) {
    for await (const { status } of downloader.results([url])) statuses.push(status);
  }
  expect(statuses).toEqual(['ok', 'unchanged']);
  expect(await readFile(join(folder.path, 'a.gif'))).toEqual(gif);
});
