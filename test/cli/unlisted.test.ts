import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HttpServer, openHttpServer } from '../support/http-server.js';
import { gif } from '../support/images.js';
import { runInProcess } from '../support/in-process.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let server: HttpServer;
beforeEach(async () => {
  folder = await temporaryFolder();
  server = await openHttpServer(({ url, headers }, response) => {
    if (url?.includes('none')) response.writeHead(404).end();
    else if (headers['if-none-match']) response.writeHead(304).end();
    else response.setHeader('etag', '"1"').end(gif);
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const out = () => join(folder.path, 'out');
const listOf = async (name: string, ...lines: string[]) => {
  const path = join(folder.path, name);
  await writeFile(path, lines.map((line) => `${line.replace(/^\//, `${server.url}/`)}\n`).join(''));
  return path;
};
const download = (...args: string[]) =>
  runInProcess(['download', '-d', out(), '-s', `${server.url}/flags/{cc}.gif`, ...args]);

/** What the end of a run says of files that have left its list. */
async function told(...args: string[]): Promise<string | undefined> {
  const { stderr } = await download(...args);
  return /^.* has no more.*$/m.exec(stderr)?.[0].replaceAll(out(), 'out');
}

async function unlisted(list: string, ...args: string[]): Promise<string[]> {
  const { stdout, code } = await download('-i', list, '--unlisted', ...args);
  expect(code).toBe(0);
  return stdout.split('\n').slice(0, -1).sort();
}

const pathsOf = (...files: string[]) => files.map((file) => join(out(), file));

it('files that have left a list are told of and printed, and stay', async () => {
  const list = await listOf('list', '/a.gif', '/b.gif', '/c.gif\tlogo', 'BR', 'JP');
  expect(await told('-i', list)).toBeUndefined();
  await listOf('list', '/a.gif', '/c.gif\thero', 'BR', '/none.gif');
  expect(await unlisted(list)).toEqual(pathsOf('JP.gif', 'b.gif', 'logo.gif'));
  expect(server.requests).toHaveLength(5);
  expect(await told('-i', list)).toMatch(
    /^3 files are here that the list had in an earlier run and has no more: out\/.*gif\.$/,
  );
  const { stderr } = await download('-i', list, '--progress', 'json');
  expect(stderr).toContain('"unlisted":3,');
  await rm(pathsOf('b.gif')[0] as string);
  expect(await unlisted(list)).toEqual(pathsOf('JP.gif', 'logo.gif'));
  await listOf('list', '/a.gif', '/c.gif\thero', 'JP', '/c.gif\tlogo');
  expect(await told('-i', list, '--skip-existing')).toMatch(/^1 file is here .*: out\/BR\.gif\.$/);
});

it('nothing is said where several lists go into one folder, or only a part of one is asked for', async () => {
  const one = await listOf('one', '/a.gif', '/b.gif', '/c.gif');
  const two = await listOf('two', '/c.gif', '/d.gif');
  for (const _ of ['first', 'second']) {
    for (const args of [['-i', one], ['-i', two], [`${server.url}/e.gif`], ['BR']]) {
      expect(await told(...args)).toBeUndefined();
    }
  }
  // What the other list has asked for since is that one's.
  await listOf('one', '/a.gif');
  expect(await unlisted(one)).toEqual(pathsOf('b.gif'));
  for (const part of [['-l', '1'], ['--shard', '1/2'], ['--retry-failed']]) {
    expect(await told('-i', one, ...part)).toBeUndefined();
  }
  expect(await told('-i', one)).toBe(
    '1 file is here that the list had in an earlier run and has no more: out/b.gif.',
  );
  await listOf('one');
  expect(await told('-i', one)).toBeUndefined();
});

it('a list that the new one shares files with takes them over, whatever the run is like', async () => {
  const one = await listOf('one', '/a.gif', '/b.gif');
  const two = await listOf('two', '/a.gif', '/b.gif');
  await download('-i', one);
  await download('-i', two, '--skip-existing');
  await listOf('one', '/x.gif');
  expect(await unlisted(one)).toEqual([]);
  await listOf('two', '/x.gif');
  expect(await unlisted(two)).toEqual(pathsOf('a.gif', 'b.gif'));
});

it('--unlisted is about a list in a file, which is not empty', async () => {
  const list = await listOf('list');
  for (const args of [[], ['br'], ['-a'], ['-i', list, '-l', '2'], ['-i', list, 'br']]) {
    const { code, stderr } = await download(...args, '--unlisted');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('Expected `--unlisted` beside a list'),
    ]);
  }
  const empty = await download('-i', list, '--unlisted');
  expect([empty.code, empty.stdout, empty.stderr]).toEqual([
    1,
    '',
    'the list is empty, so no file is said to have left it\n',
  ]);
});

it('nothing is said to have left a list of which a line is not understood', async () => {
  const list = await listOf('list', '/a.gif', '/b.gif', 'BR', 'DE');
  await download('-i', list);
  await listOf('list', '/a.gif', 'Germny', 'http://me:secret@[bad/b.gif');
  const asked = await download('-i', list, '--unlisted');
  expect([asked.code, asked.stdout, asked.stderr]).toEqual([
    1,
    '',
    "no file is said to have left the list, as 2 lines are not understood, at first `Germny`: no country's code or name, " +
      'nor an http(s) URL; did you mean DE?\n' +
      'Mend them or make them a comment (#); of a table, --column takes the column.\n',
  ]);
  expect(await told('-i', list)).toBeUndefined();
  await listOf('list', '/a.gif', `http://me:secret@[bad/${'b'.repeat(1000)}`);
  const { stdout, stderr } = await download('-i', list, '--unlisted');
  expect(stdout).toBe('');
  expect(stderr).toMatch(/as 1 line is not understood, at first `http:\/\/.{90,95}…`: not a valid/);
  expect(stderr).not.toContain('secret');
  await listOf('list', '/a.gif');
  expect(await unlisted(list)).toEqual(pathsOf('BR.gif', 'DE.gif', 'b.gif'));
});

it('nothing has left a list that became one of JSON', async () => {
  const list = await listOf('list', 'BR', 'DE');
  await download('-i', list);
  await listOf('list', '[{"code":"BR","name":"Brazil"},{"code":"DE","name":"Germany"}]');
  expect(await unlisted(list)).toEqual([]);
  await listOf('list', '{"countries":["BR"]}');
  const { code, stdout, stderr } = await download('-i', list, '--unlisted');
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('an entry of JSON is a text')]);
});
