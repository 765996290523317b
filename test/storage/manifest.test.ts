import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
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
  sha256: 'ab'.repeat(32),
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

it('takes out what it says of a file once another URL has brought it, at the end of a run or before the next', async () => {
  const others = Array.from({ length: 20 }, (_, i) => ok(`http://h/${i}`, `${i}.gif`));
  const [old, now] = [ok('http://h/a?1', 'a.gif'), ok('http://h/a?2', 'a.gif')];
  await writeFile(path, lines(...others, old));
  const manifest = await openManifest(folder.path);
  await writeFile(path, lines(...others, old, now));
  manifest.remember(now, 'a.gif', lines(...others, old).length);
  await manifest.close();
  expect(await readFile(path, 'utf8')).toBe(lines(...others, now));
  await writeFile(path, lines(...others, old, now));
  await (await openManifest(folder.path)).close();
  expect(await readFile(path, 'utf8')).toBe(lines(...others, now));
});

it('forgets what failed once something else was asked for instead', async () => {
  const error = ok('http://h/a.svg', '', { code: 'BR', status: 'error', file: null });
  const other = ok('http://h/b', 'b.gif', { code: 'BR' });
  await writeFile(path, lines(other, error, other));
  expect((await openManifest(folder.path)).failed()).toEqual(['BR']);
  await writeFile(path, lines(error, { ...other, instead: true }, other));
  expect((await openManifest(folder.path)).failed()).toEqual([]);
  expect(await readFile(path, 'utf8')).toBe(lines(other));
});

it('keeps what it knows of a file when an error comes after it', async () => {
  const [before, a] = [ok('http://h/0', '0.gif'), ok('http://h/a', 'BR.gif', { code: 'BR' })];
  await writeFile(path, lines(before, a));
  const manifest = new Manifest(folder.path);
  const source = { url: 'http://h/a', code: 'BR' };
  manifest.remember(source, 'BR.gif', lines(before).length);
  const noted = manifest.note({ ...source, status: 'error', reason: 'timeout' });
  expect(JSON.parse(`${noted}}`)).toMatchObject({
    ...source,
    file: 'BR.gif',
    status: 'error',
    reason: 'timeout',
    etag: '"1"',
    bytes: 4,
    sha256: 'ab'.repeat(32),
  });
  expect(manifest.isGood('http://h/a')).toBe(false);
  expect(manifest.fileOf('http://h/a')).toMatchObject({ validators: { etag: '"1"' } });
  await manifest.close();
});

it('tells the inputs that failed, by the last word on each code', async () => {
  const failed = (url: string, code = '') =>
    ok(url, '', { code, status: 'error', file: null, reason: 'http' });
  await writeFile(
    path,
    lines(
      failed('http://a/br', 'BR'),
      failed('http://a/us', 'US'),
      ok('http://b/br', 'BR.gif', { code: 'BR' }),
      failed('http://a/x.gif'),
      ok('http://a/y.gif', 'y.gif'),
      ok('http://a/zz', '', { code: 'ZZ', status: 'not_found', file: null }),
      failed('http://a/y.gif'),
    ),
  );
  const manifest = await openManifest(folder.path);
  expect(manifest.failed()).toEqual(['US', 'http://a/x.gif', 'http://a/y.gif']);
});

it('asks no more for a URL whose name in a list went to another one since', async () => {
  const line = (url: string, name: string, file: string | null) =>
    ok(url, file ?? '', { file, name, ...(file ? {} : { status: 'error', reason: 'http' }) });
  await writeFile(
    path,
    lines(
      line('http://h/1', 'renewed', null),
      line('http://h/2', 'renewed', 'renewed.png'),
      line('http://h/3', 'fails', null),
      line('http://h/4', 'fails', null),
      line('http://h/5', 'twice', null),
      line('http://h/6', 'twice', 'twice_2.png'),
      line('http://h/7', 'again', null),
      line('http://h/7', 'again', 'again_2.png'),
    ),
  );
  const manifest = await openManifest(folder.path);
  expect(manifest.failed()).toEqual(['http://h/4\tfails', 'http://h/5\ttwice']);
});

it.each([
  [
    'where and how a code was asked for',
    { code: 'US', servers: ['local', 'http://h/{cc}'], name: 'cc' },
    'US\tserver=local\tserver=http://h/{cc}\tname=cc',
  ],
  ['the name of a file', { name: 'logo-1.5' }, 'http://h/a\tlogo-1.5'],
  [
    'no servers that are none',
    { code: 'US', servers: ['nowhere', 'ftp://h/{cc}'], name: 'x' },
    'US',
  ],
  ['no servers with control characters', { code: 'US', servers: ['http://h/{cc}\tname=cc'] }, 'US'],
  ['no servers that are no texts', { code: 'US', servers: [1], name: 1 }, 'US'],
  ['no list of servers that is none', { code: 'US', servers: 'local' }, 'US'],
  ['no name that leads out of the folder', { name: '../a' }, 'http://h/a'],
  ['no name of a field', { name: 'dir=a' }, 'http://h/a'],
])('tells with what failed %s', async (_name, more, text) => {
  await writeFile(path, lines(ok('http://h/a', '', { status: 'error', file: null, ...more })));
  const manifest = await openManifest(folder.path);
  expect(manifest.failed()).toEqual([text]);
});

it('finds the record of each of very many URLs again, and asks the disk for it', async () => {
  const records = Array.from({ length: 5000 }, (_, i) =>
    ok(`http://h/${'ü'.repeat(i % 300)}${i}`, `${i}.gif`, { bytes: i }),
  );
  await writeFile(path, lines(...records));
  const files = new Map<string, string>();
  const manifest = await openManifest(folder.path, (file, owner) => files.set(file, owner));
  expect(files.size).toBe(5000);
  const found = records.map(({ url }) => {
    const { file = '', bytes } = manifest.fileOf(url) ?? {};
    return { url: files.get(file), file, bytes };
  });
  expect(found).toEqual(records.map(({ url, file, bytes }) => ({ url, file, bytes })));
  await manifest.close();
});

it('believes no record at a place where another has come to be', async () => {
  const [a, b] = [ok('http://h/a', 'a.gif'), ok('http://h/b', 'b.gif')];
  await writeFile(path, lines(a, b));
  const manifest = await openManifest(folder.path);
  await writeFile(path, lines(b, a));
  expect(manifest.fileOf('http://h/a')).toBeUndefined();
  await manifest.close();
});

it.each([
  ['a path', { file: 'a/b.gif' }],
  ['a path of Windows', { file: 'a\\b.gif' }],
  ['a drive', { file: 'c:b.gif' }],
  ['the folder above', { file: '..' }],
  ['a hidden file', { file: '.bashrc' }],
  ['an option', { file: '-rf' }],
  ['a device', { file: 'nul.gif' }],
  ['an escape sequence', { file: '\u001b[2J.gif' }],
  ['letters that turn the line round', { file: 'a\u202egif.exe' }],
  ['no text', { file: {} }],
  ['an endless name', { file: 'x'.repeat(300) }],
  ['a length that is none', { bytes: -1 }],
  ['a length as text', { bytes: '4' }],
  ['a hash that is none', { sha256: '../x' }],
])('believes nothing about a file that is called or has %s', async (_name, more) => {
  await writeFile(path, lines(ok('http://h/a', 'a.gif', more)));
  const none = { file: null, bytes: null, sha256: null, etag: null };
  expect(await readManifest(folder.path)).toMatchObject([{ url: 'http://h/a', ...none }]);
});

it.each([
  ['an array', '[]'],
  ['a number', '1'],
  ['a URL with control characters', JSON.stringify(ok('http://h/\u001b', 'a.gif'))],
  ['an endless URL', JSON.stringify(ok(`http://h/${'x'.repeat(20_000)}`, 'a.gif'))],
  ['an unknown status', JSON.stringify(ok('http://h/a', 'a.gif', { status: 'fine' }))],
  ['an endless line', `{"url":"${'x'.repeat(1_000_000)}"}`],
])('takes no %s for a record, and reads on', async (_name, line) => {
  const b = ok('http://h/b', 'b.gif');
  await writeFile(path, lines(line, b));
  expect(await readManifest(folder.path)).toEqual([b]);
});

it('drops texts with control characters, so that none reaches a terminal', async () => {
  const odd = { reason: '\u001b[2J', code: 'B\u0007', etag: '"\n"', time: '\u009b' };
  await writeFile(path, lines(ok('http://h/a', 'a.gif', odd)));
  expect(await readManifest(folder.path)).toMatchObject([
    { reason: null, code: '', etag: null, time: '' },
  ]);
});

it('takes no pipe for a manifest, and does not wait for its other end', async () => {
  execFileSync('mkfifo', [path]);
  expect(await readManifest(folder.path)).toEqual([]);
});

it('is read as it is where it cannot be written anew', async () => {
  const [a, b] = [ok('http://h/a', 'a.gif'), ok('http://h/b', 'b.gif')];
  await writeFile(path, lines(a, b, a));
  await mkdir(`${path}.tmp`);
  const manifest = await openManifest(folder.path);
  expect(manifest.fileOf('http://h/a')).toMatchObject({ file: 'a.gif' });
  await manifest.close();
});
