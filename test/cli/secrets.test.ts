/** What must never be printed: passwords, wherever they come from, and commands to a terminal. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Streams, sayTo } from '../../src/cli/streams.js';
import { runInProcess } from '../support/in-process.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const place = (name: string) => join(folder.path, name);
const user = 'me:SECRET';

/** Command lines with a password in them, each of which fails or prints what it was given. */
const commandLines: Record<string, readonly string[]> = {
  'a slash in the password of Redis': ['worker', '--redis', 'redis://me:SEC/RETSECRET@h'],
  'a Redis without slashes': ['worker', '--redis', `redis:${user}@h`],
  'a Redis without a host': ['worker', '--redis', 'redis://me:SECRET'],
  'an option that does not exist': ['probe', `--reddis=redis://${user}@h`],
  'an argument where none is': ['serve', `redis://${user}@h`],
  'a command that does not exist': [`redis://${user}@h`],
  'a resolver': ['probe', 'def.dev', '-r', `https://${user}@h/q`],
  'a resolver among others': ['probe', 'def.dev', '-r', `1.1.1.1,https://${user}@h/q`],
  'a server': ['download', 'BR', '-s', `http://${user}@127.0.0.1:1/{cc}.gif`, '--retries', '0'],
  'a server that is none': ['download', 'BR', '-s', `ftp://${user}@h/{cc}`],
  'a URL': ['download', `http://${user}@127.0.0.1:1/a.gif`, '--retries', '0', '-f', 'jsonl'],
  'a broken URL': ['download', `http://${user}@[/a.gif`],
  'a header without colon': ['download', 'BR', '-s', 'local', '--header', 'Bearer SECRET'],
  'a forbidden header': ['download', 'BR', '-s', 'local', '--header', 'Host: SECRET'],
  'a name': ['probe', `https://${user}@def.dev/`, '-r', 'local', '-f', 'jsonl'],
  'a broken name': ['probe', `https://${user}@a..b/`, '-r', 'local', '-f', 'csv'],
};

describe('a password', () => {
  it.each(Object.entries(commandLines))('is not printed: %s', async (name, args) => {
    const isDownload = args[0] === 'download';
    const more = isDownload ? ['-d', place(name.replaceAll(' ', '-'))] : [];
    const { stdout, stderr } = await runInProcess([...args, ...more]);
    expect(`${stdout}${stderr}`).not.toContain('SECRET');
    expect(`${stdout}${stderr}`).not.toBe('');
  });

  it('is not printed from a list', async () => {
    const list = place('urls.txt');
    const urls = [`http://${user}@127.0.0.1:1/a.gif`, `http://${user}@[/b`, `http:/${user}@h/c`];
    await writeFile(list, `${urls.join('\n')}\n`);
    for (const format of ['text', 'tsv', 'csv', 'jsonl']) {
      const args = ['-i', list, '-d', place('list'), '--retries', '0', '-f', format];
      const { stdout, stderr } = await runInProcess(['download', ...args]);
      expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(3);
      expect(`${stdout}${stderr}`).not.toContain('SECRET');
    }
  });
});

const ESCAPE = '\u001b]0;owned\u0007\u009b31m\u202e';
const OBEYED = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

describe('a command to the terminal', () => {
  it.each<[string, readonly string[]]>([
    ['a name', ['probe', `a${ESCAPE}b`, '-r', 'local']],
    ['a TLD', ['probe', 'a', '--tld', ESCAPE]],
    ['a resolver', ['probe', 'a.dev', '-r', ESCAPE]],
    ['a file', ['probe', '-i', `/nowhere/${ESCAPE}`]],
    ['an output', ['probe', 'a.dev', '-r', 'local', '-o', `/nowhere/${ESCAPE}`]],
    ['a command', [ESCAPE]],
    ['an option', ['probe', `--${ESCAPE}`]],
    ['a code', ['download', ESCAPE]],
    ['a server', ['download', 'BR', '-s', ESCAPE]],
    ['a Redis', ['worker', '--redis', ESCAPE]],
    ['a folder', ['download', 'BR', '-s', 'local', '-d', `/dev/null/${ESCAPE}`]],
  ])('does not reach it from %s', async (_, args) => {
    const { stdout, stderr } = await runInProcess(args);
    expect(`${stdout}${stderr}`).not.toMatch(OBEYED);
    expect(`${stdout}${stderr}`).toContain('\\u001b');
  });

  it('does not reach it from any note', () => {
    const stderr = new PassThrough({ encoding: 'utf8' });
    sayTo({ stderr } as unknown as Streams, false)(`a${ESCAPE}\nb`);
    expect(stderr.read()).toBe('a\\u001b]0;owned\\u0007\\u009b31m\\u202e\nb\n');
  });

  it('does not reach it, nor makes a line of its own, in a hint', async () => {
    const path = place('a\u001b\nfile');
    await writeFile(path, '');
    for (const name of ['a.b,\u001b\nb.c', path]) {
      const { stderr } = await runInProcess(['probe', name, '-r', 'local']);
      expect(stderr).not.toMatch(OBEYED);
      expect(stderr).toMatch(/^`.*\\u001b\\u000a.*` is (?:taken for one|looked up as) /);
    }
  });

  it('does not reach it from a list, nor from the manifest of a folder', async () => {
    const list = place('escapes.txt');
    await writeFile(list, `${ESCAPE}\nhttp://127.0.0.1:1/${ESCAPE}.gif\n`);
    const dir = place('escapes');
    await mkdir(dir);
    for (const more of [['-i', list], ['--retry-failed']]) {
      const args = ['download', '-d', dir, '--retries', '0', ...more];
      const { stdout, stderr } = await runInProcess(args);
      expect(`${stdout}${stderr}`).not.toMatch(OBEYED);
    }
    expect(await readFile(join(dir, '.flagprobe.jsonl'), 'utf8')).not.toBe('');
  });

  it('does not reach it from the holder of a lock', async () => {
    const output = place('locked');
    const holder = { pid: 1, start: '', host: `far${ESCAPE}` };
    await writeFile(`${output}.resume.lock`, JSON.stringify(holder));
    const { stderr, code } = await runInProcess(['probe', 'a.dev', '-r', 'local', '-o', output]);
    expect(stderr).toContain('is being written by process 1 on far\\u001b');
    expect(stderr).not.toMatch(OBEYED);
    expect(code).toBe(4);
  });
});
