import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDownloader } from '../../src/download/downloader.js';
import { readManifest } from '../../src/storage/manifest.js';
import { type HttpServer, openHttpServer } from '../support/http-server.js';
import { gif } from '../support/images.js';
import { runInProcess, startInProcess } from '../support/in-process.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

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
const downloadFrom = (place: string, ...args: string[]) =>
  runInProcess(['download', '-d', out(), '-s', `${place}/{cc}.gif`, ...args]);
const download = (...args: string[]) => downloadFrom(`${server.url}/flags`, ...args);

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
  // What another list has too is not to be deleted.
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

/** What `--unlisted` says for people. */
async function saidUnlisted(...args: string[]): Promise<string> {
  const { stderr } = await download(...args, '--unlisted');
  const text = [relative('.', folder.path), folder.path].reduce(
    (said, path) => said.replaceAll(path, '.'),
    stderr,
  );
  const [what = '', files = ''] = text.trimEnd().split(/(?<=: )(?=\.\/out\/)/);
  return what + files.split(', ').sort().join(', ');
}

describe.each([
  ['as the server says', []],
  ['with --skip-existing', ['--skip-existing']],
  ['with --force', ['--force']],
])('a file that two lists have, %s,', (_how, options) => {
  it('has left them when the last of them has it no more, whichever that is', async () => {
    const foot = await listOf('foot', 'DE', '/a.gif', '/x.gif\tlogo');
    const nav = await listOf('nav', 'DE', '/a.gif', '/x.gif\tlogo', 'JP');
    await download('-i', foot, ...options);
    await download('-i', nav, ...options);
    await listOf('nav', 'JP', 'BR');
    expect(await unlisted(nav)).toEqual([]);
    expect(await saidUnlisted('-i', nav)).toBe(
      '3 files that have left the list are not named, as `./foot` has asked for them too: ./out/DE.gif, ./out/a.gif, ./out/logo.gif',
    );
    expect(await told('-i', nav, ...options)).toBeUndefined();
    expect(await unlisted(foot)).toEqual([]);
    await listOf('foot', 'DE');
    expect(await told('-i', foot, ...options)).toMatch(/^2 files .*: out\/(a|logo).gif, /);
    for (const list of [nav, foot]) {
      expect(await unlisted(list)).toEqual(pathsOf('a.gif', 'logo.gif'));
    }
    // What comes back into a list is its own again, and the others'.
    await listOf('nav', 'JP', 'BR', '/a.gif');
    await download('-i', nav, ...options);
    expect(await unlisted(foot)).toEqual(pathsOf('logo.gif'));
    await listOf('nav', 'JP', '/x.gif');
    expect(await unlisted(nav)).toEqual(pathsOf('BR.gif', 'a.gif', 'logo.gif'));
  });
});

it('a file that an argument or a pipe asked for has left no list', async () => {
  const list = await listOf('list', 'DE', 'JP', 'BR', '/a.gif');
  await download('-i', list);
  await download('DE');
  const { stdin, ended } = startInProcess(['download', '-d', out(), '-s', 'local', '-i', '-']);
  stdin.end(`${server.url}/a.gif\n`);
  await ended;
  // What the list alone has stays its own, as does what else such a run asks for.
  await download('FR', '-i', list);
  await listOf('list', 'JP');
  expect(await unlisted(list)).toEqual(pathsOf('BR.gif'));
  expect(await saidUnlisted('-i', list)).toBe(
    '2 files that have left the list are not named, as an argument or a pipe has asked for them too: ./out/DE.gif, ./out/a.gif',
  );
});

it('of lists that are given together, each has its own inputs', async () => {
  const one = await listOf('one', 'DE', '/a.gif');
  const two = await listOf('two', 'DE', '/b.gif', '/a.gif');
  await download('-i', one, '-i', two);
  await listOf('two', 'DE');
  expect(await unlisted(two)).toEqual(pathsOf('b.gif'));
  await download('-i', one, '-i', two);
  await listOf('one', 'DE');
  expect(await unlisted(one)).toEqual(pathsOf('a.gif'));
  expect(await unlisted(one, '-i', two)).toEqual(pathsOf('a.gif', 'b.gif'));
  // A list that is empty is most likely one whose making has failed.
  await listOf('one');
  const { code, stdout, stderr } = await download('-i', two, '-i', one, '--unlisted');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe(`\`${one}\` is empty, so no file is said to have left it\n`);
  expect(await told('-i', one, '-i', two)).toBeUndefined();
});

it('a list is the same by whatever path, and another under another name', async () => {
  const list = await listOf('list', 'DE', 'JP');
  await symlink(folder.path, join(folder.path, 'link'));
  await download('-i', relative('.', list));
  await listOf('list', 'JP');
  for (const path of [list, `${folder.path}/./link/list`]) {
    expect(await unlisted(path)).toEqual(pathsOf('DE.gif'));
  }
  const renamed = join(folder.path, 'renamed');
  await rename(list, renamed);
  expect(await saidUnlisted('-i', renamed)).toBe(
    'nothing in `./out` is known to be from `./renamed`, so no file is said to have left it',
  );
  await download('-i', renamed);
  expect(await unlisted(renamed)).toEqual([]);
  await listOf('renamed', 'BR');
  expect(await saidUnlisted('-i', renamed)).toContain(
    '`./list` (no longer there) has asked for it',
  );
  await download('-i', await listOf('list', 'BR'));
  expect(await unlisted(renamed)).toEqual(pathsOf('JP.gif'));
});

it('a file of one list that another has asked for elsewhere is that of both', async () => {
  const foot = await listOf('foot', 'DE', 'JP', '/x.gif\tlogo');
  const nav = await listOf('nav', 'DE', 'BR', '/y.gif\tlogo');
  await download('-i', foot);
  await downloadFrom(`${server.url}/none`, '-i', nav);
  await downloadFrom(`${server.url}/other`, '-i', nav);
  await listOf('nav', 'BR');
  await downloadFrom(`${server.url}/other`, '-i', nav);
  expect(await unlisted(nav)).toEqual([]);
  await listOf('foot', 'JP');
  await download('-i', foot);
  expect(await unlisted(nav)).toEqual(pathsOf('DE.gif', 'logo.gif'));
});

it('a list that could not have a file yet still has it', async () => {
  const nav = await listOf('nav', 'DE', 'BR');
  const foot = await listOf('foot', 'DE');
  await download('-i', nav);
  await downloadFrom(`${server.url}/none`, '-i', foot);
  await listOf('nav', 'BR');
  expect(await unlisted(nav)).toEqual([]);
});

it('a name that the list goes on giving has not left it, as long as its new URL brings nothing', async () => {
  const list = await listOf('list', '/a.gif\tlogo', '/b.gif\thero.gif', '/c.gif\ticon');
  await download('-i', list);
  await listOf('list', '/none.gif\tlogo', '/none.php\thero.gif', '/none.svg\ticon');
  expect(await unlisted(list)).toEqual(pathsOf('icon.gif'));
  expect(await told('-i', list)).toMatch(/^1 file is here .*: out\/icon\.gif\.$/);
  expect(await unlisted(list)).toEqual(pathsOf('icon.gif'));
  await listOf('list', '/d.gif\tlogo');
  await download('-i', list);
  expect(await unlisted(list)).toEqual(pathsOf('hero.gif', 'icon.gif'));
});

it('the gallery says what no list has any more', async () => {
  const list = await listOf('list', 'DE', 'FR');
  await download('-i', list, '--name', 'country');
  await listOf('list', 'FR');
  await download('-i', list, '--name', 'country', '--gallery');
  const page = await readFile(join(out(), 'index.html'), 'utf8');
  const [, ...figures] = page.split('<figure title="');
  const told = figures.map((text) => [/^[^"]*/.exec(text)?.[0], text.includes('no list has it')]);
  expect(told).toEqual([
    ['France.gif', false],
    ['Germany.gif', true],
  ]);
});

it('two runs at once lose nothing of what each asks for', async () => {
  const lists = await Promise.all(
    ['one', 'two', 'three'].map((name) => listOf(name, 'DE', `/${name}.gif`)),
  );
  let waiting = lists;
  while (waiting.length > 0) {
    const ended = await Promise.all(waiting.map((list) => download('-i', list)));
    // The folder is locked: a run that came too late is run again.
    waiting = waiting.filter((_, i) => ended[i]?.code !== 0);
  }
  for (const name of ['one', 'two', 'three']) await listOf(name, 'JP');
  const [one = '', two = '', three = ''] = lists;
  expect(await unlisted(one)).toEqual(pathsOf('one.gif'));
  for (const list of [one, two]) await download('-i', list);
  expect(await unlisted(one)).toEqual(pathsOf('one.gif'));
  await download('-i', three);
  expect(await unlisted(one)).toEqual(pathsOf('DE.gif', 'one.gif'));
});

it('what failed is asked for again on behalf of its list, until that has it no more', async () => {
  const list = await listOf('list', 'DE', 'JP');
  const nowhere = (...args: string[]) =>
    downloadFrom('http://127.0.0.1:9', '--retries', '0', ...args);
  await nowhere('-i', list);
  const again = await nowhere('--retry-failed');
  expect(again.stdout.match(/^.. error/gm)).toHaveLength(2);
  await listOf('list', 'JP', 'BR');
  await nowhere('-i', list, '--gallery');
  const page = await readFile(join(out(), 'index.html'), 'utf8');
  expect(page).toContain('2 not here');
  expect(page).not.toContain('Germany');
  const { stdout } = await download('--retry-failed');
  expect(stdout.replaceAll(' OK', '').split('\n').sort()).toEqual(['', 'BR', 'JP']);
  await listOf('list', 'JP');
  expect(await unlisted(list)).toEqual(pathsOf('BR.gif'));
});

it('reads manifests of before', async () => {
  const one = await listOf('one', 'DE', 'JP', 'BR');
  const two = await listOf('two', 'US');
  await download('-i', one);
  await download('-i', one, '-i', two);
  const manifest = join(out(), '.flagprobe.jsonl');
  const records = await readManifest(out());
  const before = records.map(({ lists: _, ...record }) => {
    if (record.code === 'BR') return { ...record, list: undefined };
    return record.code === 'JP' ? { ...record, list: '../one|../two' } : record;
  });
  await writeFile(manifest, before.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await listOf('one', 'US');
  expect(await unlisted(one)).toEqual(pathsOf('DE.gif'));
  expect(await unlisted(one, '-i', two)).toEqual(pathsOf('DE.gif', 'JP.gif'));
  // Anything may have written a line.
  await appendFile(
    manifest,
    [
      { file: '../x', list: 'a' },
      { file: 'DE.gif', list: '\u001b' },
      { list: 'a' },
      { file: 'DE.gif', list: 'a', lists: [1], left: 'x' },
      { url: 'http://h/a', list: 'a', left: ['a'] },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  );
  expect(await saidUnlisted('-i', one)).toContain('as `./two` has asked for it too: ./out/JP');
});

it('the library tells what has left a list, and keeps to the same rules', async () => {
  const run = async (listName: string | undefined, ...inputs: string[]) => {
    await using downloader = await openDownloader({
      ...{ dir: out(), server: `${server.url}/{cc}.gif`, listName },
    });
    for await (const _ of downloader.results(inputs));
    const left: string[] = [];
    for await (const file of downloader.unlisted()) left.push(file);
    return left.sort();
  };
  await run('one', 'DE', 'JP', 'FR');
  await run('two', 'DE', 'BR');
  await run(undefined, 'FR');
  expect(await run('one', 'US')).toEqual(pathsOf('JP.gif'));
  expect(await run('two', 'US')).toEqual(pathsOf('BR.gif', 'DE.gif'));
  expect(await run('one', 'DE')).toEqual(pathsOf('JP.gif'));
  expect(await run('two', 'US')).toEqual(pathsOf('BR.gif'));
});

it('--unlisted says where nothing is known of a list', async () => {
  const list = await listOf('list', 'DE');
  const none = await download('-i', list, '--unlisted');
  expect([none.code, none.stdout, none.stderr]).toEqual([
    2,
    '',
    expect.stringContaining('Expected `--dir` to be the folder of an earlier download, got `'),
  ]);
  await mkdir(out());
  const said = async (code: number) => {
    const asked = await download('-i', list, '--unlisted', '-q');
    expect([asked.code, asked.stdout]).toEqual([code, '']);
    return asked.stderr.replaceAll(out(), 'out').replaceAll(folder.path, '.');
  };
  const unknown =
    'nothing in `out` is known to be from `./list`, so no file is said to have left it\n';
  expect(await said(1)).toBe(unknown);
  await download('DE');
  await download('-i', await listOf('other', 'DE'));
  expect(await said(1)).toBe(unknown);
  await downloadFrom(`${server.url}/none`, '-i', list);
  expect(await said(0)).toBe('');
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
  await mkdir(out());
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
  expect([code, stdout, stderr]).toEqual([
    1,
    '',
    expect.stringContaining('an entry of JSON is a text'),
  ]);
});
