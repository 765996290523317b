import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Downloader, openDownloader } from '../../src/download/downloader.js';
import type { DownloadOptions } from '../../src/download/options.js';
import { writeGallery } from '../../src/images/gallery.js';
import { jsonl } from '../../src/output/jsonl.js';
import { plain } from '../output/samples.js';
import { type HttpServer, openHttpServer } from '../support/http-server.js';
import { gifOf } from '../support/images.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
let server: HttpServer;

/** `/5.gif` and `/x.gif?5` have 50 more bytes than `/4.gif`; all have one ETag, so that a wrong one is seen. */
beforeEach(async () => {
  folder = await temporaryFolder();
  server = await openHttpServer(({ url = '', headers }, response) => {
    const number = Number(/\d+/.exec(url)?.[0]);
    if (number === 9) response.writeHead(404).end();
    else if (headers['if-none-match'] === '"same"') response.writeHead(304).end();
    else response.setHeader('etag', '"same"').end(gifOf(50 * number));
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Downloads a list with a downloader; `status file` of each line. */
async function results(downloader: Downloader, lines: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  for await (const result of downloader.results(lines.map((line) => server.url + line))) {
    const file = 'file' in result ? result.file.slice(folder.path.length + 1) : '';
    texts.push(`${result.status} ${file}`);
  }
  return texts;
}

async function download(lines: readonly string[], options: DownloadOptions = {}) {
  await using downloader = await openDownloader({ dir: folder.path, ordered: true, ...options });
  return await results(downloader, lines);
}

const jsonLine = jsonl.download!(plain).line;

/** Which image a file holds. */
async function imageIn(file: string): Promise<number> {
  const bytes = await readFile(join(folder.path, file));
  return [1, 2, 3, 4, 5].findIndex((number) => bytes.equals(gifOf(50 * number))) + 1;
}

it.each([{}, { force: true }, { skipExisting: true }])(
  'a new URL behind a name replaces the file of the old one: %o',
  async (options) => {
    expect(await download(['/1.gif\tlogo'])).toEqual(['ok logo.gif']);
    expect(await download(['/2.gif\tlogo'], options)).toEqual(['ok logo.gif']);
    expect(await imageIn('logo.gif')).toBe(2);
    expect(await download(['/2.gif\tlogo'])).toEqual(['unchanged logo.gif']);
    expect(await download(['/1.gif\tlogo'], options)).toEqual(['ok logo.gif']);
    expect(await imageIn('logo.gif')).toBe(1);
  },
);

it('a name that the list gives is not taken by a URL above, nor by what that was called before', async () => {
  expect(await download(['/1.gif', '/2.gif'])).toEqual(['ok 1.gif', 'ok 2.gif']);
  const list = ['/1.gif', '/2.gif\t1.gif', '/3.gif\t1.gif'];
  expect(await download(list)).toEqual(['ok 1_2.gif', 'ok 1.gif', 'ok 1_3.gif']);
  expect(await download(list)).toEqual([
    'unchanged 1_2.gif',
    'unchanged 1.gif',
    'unchanged 1_3.gif',
  ]);
  expect(await Promise.all(['1_2.gif', '1.gif', '1_3.gif'].map(imageIn))).toEqual([1, 2, 3]);
});

it('a file is told of whose name the list gives to a URL that brings nothing', async () => {
  await download(['/1.gif\tlogo', '/2.gif\thero']);
  await using downloader = await openDownloader({ dir: folder.path, ordered: true });
  const found: unknown[] = [];
  for await (const result of downloader.results(
    ['/9.gif\tlogo', '/9.gif\tother', '/2.gif\thero', '/9.gif'].map((line) => server.url + line),
  )) {
    found.push([result.status, result.name, JSON.parse(jsonLine(result)).name]);
  }
  expect(found).toEqual([
    ['not_found', 'logo', 'logo'],
    ['not_found', 'other', 'other'],
    ['unchanged', 'hero', 'hero'],
    ['not_found', undefined, undefined],
  ]);
  expect(downloader.outdated).toEqual({ count: 1, first: ['logo.gif'] });
  expect(await imageIn('logo.gif')).toBe(1);
  await downloader.close();
  const page = await readFile(await writeGallery(folder.path), 'utf8');
  expect(page).toContain('<td>logo</td><td>not found (404); logo.gif is that of another address<');
  expect(page).toContain('<td>other</td><td>not found (404)<');
});

it('a query that is another in each run leaves one file, by one downloader too', async () => {
  await using downloader = await openDownloader({ dir: folder.path });
  for (const number of [1, 2, 3, 4]) {
    expect(await results(downloader, [`/hero.gif?${number}\thero`])).toEqual(['ok hero.gif']);
    expect(await imageIn('hero.gif')).toBe(number);
  }
  expect(await results(downloader, ['/hero.gif?4\thero'])).toEqual(['unchanged hero.gif']);
});

it.each([{}, { skipExisting: true }])('two names that are swapped: %o', async (options) => {
  await download(['/1.gif\ta', '/2.gif\tb']);
  const swapped = ['/1.gif\tb', '/2.gif\ta'];
  expect(await download(swapped, options)).toEqual(['ok b.gif', 'ok a.gif']);
  expect([await imageIn('a.gif'), await imageIn('b.gif')]).toEqual([2, 1]);
  expect(await download(swapped, options)).toEqual(['unchanged b.gif', 'unchanged a.gif']);
});

it('the old owner of a name gets what it would get in a new folder', async () => {
  await download(['/1.gif\tlogo', '/x.gif?3']);
  const list = ['/2.gif\tlogo', '/1.gif\tlogo', '/4.gif\tx', '/x.gif?3'];
  const files = ['logo.gif', 'logo_2.gif', 'x.gif', 'x_2.gif'];
  expect(await download(list)).toEqual(files.map((file) => `ok ${file}`));
  expect(await Promise.all(files.map(imageIn))).toEqual([2, 1, 4, 3]);
  expect(await download(list)).toEqual(files.map((file) => `unchanged ${file}`));
});

it('a name taken from a URL is that of an earlier file only while the file is there', async () => {
  await download(['/x.gif?1']);
  expect(await download(['/x.gif?2'])).toEqual(['ok x_2.gif']);
  expect(await download(['/x.gif?2', '/x.gif?1'])).toEqual([
    'unchanged x_2.gif',
    'unchanged x.gif',
  ]);
  await rm(join(folder.path, 'x.gif'));
  expect(await download(['/x.gif?3', '/x.gif?2'])).toEqual(['ok x.gif', 'unchanged x_2.gif']);
  expect(await imageIn('x.gif')).toBe(3);
});

it('a number is free: it replaces no file of another URL of an earlier run', async () => {
  await download(['/br.gif?1', '/br.gif?2']);
  const list = ['/3.gif\tbr', '/4.gif\tbr'];
  const files = ['br.gif', 'br_3.gif'];
  expect(await download(list)).toEqual(files.map((file) => `ok ${file}`));
  expect(await download(list)).toEqual(files.map((file) => `unchanged ${file}`));
  expect(await download(['/br.gif?2'])).toEqual(['unchanged br_2.gif']);
  expect(await imageIn('br_2.gif')).toBe(2);
  expect(await download(['/5.gif\tbr\tas=br_2.gif'])).toEqual(['ok br_2_2.gif']);
  expect(await download(['/5.gif\tbr_2'])).toEqual(['ok br_2.gif']);
});

it('a number is free where a file of the user has the name', async () => {
  await writeFile(join(folder.path, 'br.gif'), 'mine');
  await download(['/br.gif?1']);
  expect(await download(['/2.gif\tbr'])).toEqual(['ok br_3.gif']);
  expect(await imageIn('br_2.gif')).toBe(1);
});

it('a number is free for an image of another kind too', async () => {
  await download(['/x.gif?1', '/x.gif?2', '/3.gif\tx_2.php']);
  const list = ['/4.gif\tx.png', '/1.gif\tx.png'];
  expect(await download(list)).toEqual(['ok x.gif', 'ok x_3.gif']);
  expect(await imageIn('x_2.gif')).toBe(2);
});
