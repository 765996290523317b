import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadMany } from '../../src/download/downloader.js';
import { writeGallery } from '../../src/images/gallery.js';
import { openHttpServer } from '../support/http-server.js';
import { gif } from '../support/images.js';
import { lacks } from '../support/installed.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { findProgram } from '../support/programs.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
  const options = { dir: folder.path, server: 'local', retries: 0 };
  const inputs = ['br', 'us', 'de', 'zz', 'http://127.0.0.1:9/<img onerror=alert(1)>.gif'];
  for await (const _ of downloadMany(inputs, options));
});
afterEach(() => folder[Symbol.asyncDispose]());

it('is written whole, and not through a link', async () => {
  await writeFile(join(folder.path, 'other'), 'untouched');
  await symlink('other', join(folder.path, 'index.html'));
  expect(await writeGallery(folder.path)).toBe(join(folder.path, 'index.html'));
  expect(await readFile(join(folder.path, 'other'), 'utf8')).toBe('untouched');
  const page = await readFile(join(folder.path, 'index.html'), 'utf8');
  expect(page).toContain('<footer>3 shown, 2 not here</footer>');
  expect(page).not.toMatch(/src="(?!data:)|href=/);
  expect((await folder.names()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('does not replace a page that is another', async () => {
  const path = join(folder.path, 'index.html');
  await writeFile(path, '<h1>mine</h1>');
  await expect(writeGallery(folder.path)).rejects.toThrow('is no page of this program');
  expect(await readFile(path, 'utf8')).toBe('<h1>mine</h1>');
  await rm(path);
  await writeGallery(folder.path);
  await writeGallery(folder.path);
});

describe('a picture that is from an earlier run', () => {
  const from = async (server: string, ...inputs: string[]) => {
    for await (const _ of downloadMany(inputs, { dir: folder.path, server, retries: 0 }));
    return await readFile(await writeGallery(folder.path), 'utf8');
  };
  const old = (page: string) =>
    [...page.matchAll(/<figure class="old" .*?<figcaption>(.*?)<small>(.*?)<\/small>/g)].map(
      ([, caption, small]) => [caption, small],
    );

  it('says so where it did not come when it was last asked for, wherever that was', async () => {
    await using server = await openHttpServer((_, response) => response.writeHead(404).end());
    const page = await from(`${server.url}/{cc}.gif`, 'de');
    expect(old(page)).toEqual([
      ['Germany <b>DE</b>', 'from an earlier run; since: not found (404)'],
    ]);
    expect(page).toContain('<footer>3 shown (1 from earlier runs), 2 not here</footer>');
    expect(page).toContain('<td>Germany <b>DE</b></td><td>not found (404)</td>');
    expect(old(await from('local', 'de'))).toEqual([]);
    const both = await from('http://127.0.0.1:9/{cc}', 'de', 'br');
    expect(old(both).map(([, why]) => why)).toEqual(
      Array(2).fill('from an earlier run; since: network'),
    );
    expect(old(await from('local', 'de', 'br'))).toEqual([]);
  });

  it('says so where its own address has it no more, and is not here if it was deleted as well', async () => {
    let status = 200;
    await using server = await openHttpServer((_, response) => response.writeHead(status).end(gif));
    const urls = ['a.gif', 'b.gif'].map((name) => `${server.url}/${name}`);
    expect(old(await from('local', ...urls))).toEqual([]);
    status = 500;
    await rm(join(folder.path, 'a.gif'));
    const page = await from('local', ...urls);
    expect(old(page)).toEqual([['b.gif', 'from an earlier run; since: http (500)']]);
    expect(page).toContain('<td>a.gif</td><td>http (500)</td>');
    expect(page).toContain('<footer>4 shown (1 from earlier runs), 3 not here</footer>');
  });

  it('is no old one where another kind of image did not come: that is not here', async () => {
    const page = await from('http://127.0.0.1:9/{cc}.png', 'de');
    expect(old(page)).toEqual([]);
    expect(page).toContain('<td>Germany <b>DE</b> (png)</td><td>network</td>');
    expect(page).toContain('<footer>3 shown, 3 not here</footer>');
  });
});

it('tells several files of one country apart, and speaks of flags only where there is a country', async () => {
  for await (const _ of downloadMany(['br'], { dir: folder.path, server: 'local', name: 'cc' }));
  const flags = await readFile(await writeGallery(folder.path), 'utf8');
  expect(flags.match(/Brazil <b>.*?</g)?.sort()).toEqual([
    'Brazil <b>BR.gif<',
    'Brazil <b>br.gif<',
  ]);
  expect(flags).toContain('Germany <b>DE<');
  expect(flags).toContain('<h1>Flags</h1>');

  const dir = join(folder.path, 'images');
  await mkdir(dir);
  await writeFile(join(dir, 'a.gif'), gif);
  const what = { url: 'http://h/a.gif', code: '', status: 'ok' };
  const record = { ...what, file: 'a.gif', bytes: gif.length, sha256: null };
  await writeFile(join(dir, '.flagprobe.jsonl'), `${JSON.stringify(record)}\n`);
  expect(await readFile(await writeGallery(dir), 'utf8')).toContain('<h1>Images</h1>');
});

it('leaves out a file that is gone, or no image any more', async () => {
  await rm(join(folder.path, 'BR.gif'));
  await writeFile(join(folder.path, 'US.gif'), '<html>');
  await writeGallery(folder.path);
  const page = await readFile(join(folder.path, 'index.html'), 'utf8');
  expect(page).toContain('<footer>1 shown, 2 not here</footer>');
});

it('names the kind of an image that browsers do not show', async () => {
  await writeFile(join(folder.path, 'US.gif'), 'II*\0\x08\0\0\0');
  await writeGallery(folder.path);
  const page = await readFile(join(folder.path, 'index.html'), 'utf8');
  expect(page).toContain('<div><span>TIF</span></div><figcaption>United States');
  expect(page.match(/<img /g)).toHaveLength(2);
});

describe.skipIf(lacks('chromium'))('in a browser', () => {
  let browser: Browser;
  let profile: string;
  beforeAll(async () => {
    profile = await mkdtemp(join(tmpdir(), 'flagprobe-chromium-'));
    browser = await chromium.launch({
      executablePath: findProgram('chromium') as string,
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
      env: { ...process.env, HOME: profile },
    } as Parameters<typeof chromium.launch>[0]);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(profile, { recursive: true, force: true });
  });

  it('shows every flag, filters by name and code, lists failures, and knows light and dark', async () => {
    const page = await browser.newPage({ colorScheme: 'dark' });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url().slice(0, 5)));
    await page.goto(pathToFileURL(await writeGallery(folder.path)).href);
    expect(await page.locator('figcaption').allInnerTexts()).toEqual([
      'Brazil BR',
      'Germany DE',
      'United States US',
    ]);
    const widths = await page
      .locator('img')
      .evaluateAll((images) =>
        images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
      );
    expect(widths).toEqual([16, 16, 16]);
    expect(await page.locator('td').allInnerTexts()).toEqual([
      '%3Cimg%20onerror=alert(1)%3E.gif',
      'network',
      'ZZ',
      'not found (404)',
    ]);

    const shown = () => page.locator('figure:visible figcaption').allInnerTexts();
    await page.fill('#filter', 'GERM');
    expect(await shown()).toEqual(['Germany DE']);
    await page.fill('#filter', 'us');
    expect(await shown()).toEqual(['United States US']);
    await page.fill('#filter', 'nowhere');
    expect(await shown()).toEqual([]);
    expect(await page.locator('#none').isVisible()).toBe(true);

    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await background();
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await background()).not.toBe(dark);
    // Nothing but the page itself, and what is inside it.
    expect(asked.filter((kind) => kind !== 'data:')).toEqual(['file:']);
    await page.close();
  });
});
