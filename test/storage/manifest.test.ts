import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Manifest, openManifest, readManifest } from '../../src/storage/manifest.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, '.flagprobe.jsonl');
});
afterEach(() => folder[Symbol.asyncDispose]());

const ok = (url: string, file: string, more = {}) => ({
  url,
  code: '',
  file,
  status: 'ok',
  reason: null,
  http_status: 200,
  etag: '"1"',
  last_modified: null,
  bytes: 4,
  sha256: 'ab',
  time: '2026-01-01T00:00:00.000Z',
  ...more,
});
const lines = (...records: unknown[]) =>
  records
    .map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`)
    .join('');

it('gives back what it was told, each URL once, the last word last', async () => {
  const [a, b] = [ok('http://h/a', 'a.gif'), ok('http://h/b', 'b.gif')];
  const newer = { ...a, etag: '"2"' };
  await writeFile(path, lines(a, b, newer));
  expect(await readManifest(folder.path)).toEqual([b, newer]);
});

it('is compacted where it holds more than it must, and otherwise left as it is', async () => {
  const [a, b] = [ok('http://h/a', 'a.gif'), ok('http://h/b', 'b.gif')];
  await writeFile(path, lines(a, b, a));
  await openManifest(folder.path);
  expect(await readFile(path, 'utf8')).toBe(lines(b, a));
  await writeFile(path, `${JSON.stringify(a)} \n`);
  await openManifest(folder.path);
  expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(a)} \n`);
  expect(await folder.names()).toEqual(['.flagprobe.jsonl']);
});

it('leaves out what is cut, no record, or leads out of the folder', async () => {
  const a = ok('http://h/a', 'a.gif');
  const evil = ok('http://h/b', '../../evil');
  await writeFile(path, `${lines(a, '', 'nonsense', 'null', '{"url":1}', evil)}{"url":"http://h/c`);
  const records = await readManifest(folder.path);
  expect(records.map(({ url, file }) => [url, file])).toEqual([
    ['http://h/a', 'a.gif'],
    ['http://h/b', null],
  ]);
});

it('is none where it is a link, or not there', async () => {
  await writeFile(join(folder.path, 'other'), lines(ok('http://h/a', 'a.gif')));
  expect(await readManifest(folder.path)).toEqual([]);
  await symlink('other', path);
  expect(await readManifest(folder.path)).toEqual([]);
});

it('knows a file only by the URL that brought it last', async () => {
  await writeFile(path, lines(ok('http://h/a', 'BR.gif'), ok('http://h/b', 'br.GIF')));
  const manifest = await openManifest(folder.path);
  expect(manifest.fileOf('http://h/a')).toBeUndefined();
  expect(manifest.fileOf('http://h/b')).toMatchObject({ file: 'br.GIF', bytes: 4 });
});

it('keeps what it knows of a file when an error comes after it', () => {
  const manifest = new Manifest([]);
  const source = { url: 'http://h/a', code: 'BR' };
  manifest.remember(source, 'BR.gif', 4, { etag: '"1"' });
  const noted = manifest.note({ ...source, status: 'error', reason: 'timeout' });
  expect(JSON.parse(`${noted}}`)).toMatchObject({
    ...source,
    file: 'BR.gif',
    status: 'error',
    reason: 'timeout',
    etag: '"1"',
  });
  expect(manifest.isGood('http://h/a')).toBe(false);
  expect(manifest.fileOf('http://h/a')).toMatchObject({ validators: { etag: '"1"' } });
});

it('tells the inputs that failed, by the last word on each code', () => {
  const manifest = new Manifest([]);
  manifest.note({ url: 'http://a/br', code: 'BR', status: 'error', reason: 'http' });
  manifest.note({ url: 'http://a/us', code: 'US', status: 'error', reason: 'http' });
  manifest.remember({ url: 'http://b/br', code: 'BR' }, 'BR.gif', 1, {});
  manifest.note({ url: 'http://a/x.gif', code: '', status: 'error', reason: 'http' });
  manifest.note({ url: 'http://a/zz', code: 'ZZ', status: 'not_found', httpStatus: 404 });
  expect(manifest.failed()).toEqual(['US', 'http://a/x.gif']);
});
