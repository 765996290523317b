/** Where names come from. */

import { execFileSync } from 'node:child_process';
import { closeSync, constants, createReadStream, openSync, writeSync } from 'node:fs';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInput } from '../../src/cli/input-sources.js';
import { shell, sorted } from '../support/cli.js';
import { runInProcess, startInProcess, startReading } from '../support/in-process.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let file: (name: string) => string;
beforeAll(async () => {
  folder = await temporaryFolder();
  file = (name) => join(folder.path, name);
  await writeFile(
    file('names'),
    '\ufeffDEF.dev.\r\n\n# comment\nhttp://and.dev/x # more\ndef.dev\n',
  );
  await writeFile(file('words'), 'def\n  # none\nnowhere # a word\nfrom');
  await writeFile(file('resolvers'), Buffer.from('\ufeff# ours\r\nlocal\r\n', 'utf16le'));
  await writeFile(file('empty'), '');
});
afterAll(() => folder[Symbol.asyncDispose]());

/** The names that were asked, whatever came out. */
async function asked(line: string): Promise<string[]> {
  const args = line.replaceAll('%', `${folder.path}/`).split(' ');
  const run = await runInProcess([
    'probe',
    '-r',
    'local',
    '--tries',
    '1',
    '-q',
    '-f',
    'tsv',
    ...args,
  ]);
  // The server inside refuses what is not its own.
  expect(run.stderr).toMatch(/^(?:local is failing: .*\n)?(?:\d+ unknown: \d+ refused\n)?$/);
  return sorted(run.stdout).map((row) => row.split('\t')[0] as string);
}

const short = 'none true _ and as case def del elif else for from if in is not or pass try with';
const under = (tld: string, words: string) => words.split(' ').map((word) => `${word}.${tld}`);

describe('names', () => {
  it.concurrent.each<[string, string[]]>([
    ['def.dev and.dev', ['def.dev', 'and.dev']],
    ['def.dev DEF.dev. http://def.dev/', ['def.dev', 'def.dev', 'def.dev']],
    ['def', ['def']],
    ['def --tld dev,.com.br --tld IO', ['def.dev', 'def.com.br', 'def.io']],
    ['def.dev def --tld dev', ['def.dev', 'def.dev']],
    ['def nowhere a.nowhere --tld dev -L 3', ['def.dev', 'a.nowhere']],
    ['-i %names', ['def.dev', 'and.dev', 'def.dev']],
    ['-i %names -i %names not.dev', [...Array(4).fill('def.dev'), 'and.dev', 'and.dev', 'not.dev']],
    ['-i %words --tld dev', ['def.dev', 'nowhere.dev', 'from.dev']],
    ['-i %empty', []],
    ['-w %words', ['def.dev', 'nowhere.dev', 'from.dev']],
    ['-w %words -L 4 --tld io', ['def.io', 'from.io']],
    ['-w go -L 2', ['go.dev', 'if.dev']],
    ['-w go -w python -L 2 --tld dev', under('dev', 'go if _ as if in is or')],
    ['def.dev -w go -L 2', ['def.dev', 'go.dev', 'if.dev']],
    ['--words python --max-length 4 --tld dev', under('dev', short)],
    ['-L 2', under('dev', '_ as if in is or')],
    ['--tld com.br', under('com.br', short)],
  ])('%s', async (line, names) => {
    expect(await asked(line)).toEqual([...names].sort());
  });

  it.concurrent('resolvers may stand in a file', async () => {
    const { code } = await runInProcess(['probe', '-q', '-r', `@${file('resolvers')}`, 'def.dev']);
    expect(code).toBe(0);
  });
});

describe('a file that is no plain list', () => {
  it.concurrent.each([
    ['hosts', '0.0.0.0 def.dev and.dev\n', ['def.dev', 'and.dev']],
    ['adblock', '||def.dev^\n', ['def.dev']],
    ['ranked', '1,def.dev\n', ['def.dev']],
    ['dnsmasq', 'address=/def.dev/0.0.0.0\n', ['def.dev']],
  ])(
    '%s is read as such, which is said in a line, and with --list',
    async (format, rows, names) => {
      const path = file(`list-${format}`);
      await writeFile(path, rows.repeat(20));
      const args = ['probe', '-r', 'local', '--tries', '1', '-f', 'tsv', '-i', path];
      const all = Array.from({ length: 20 }, () => names)
        .flat()
        .sort();
      const namesOf = ({ stdout }: { stdout: string }) =>
        sorted(stdout).map((row) => row.split('\t')[0]);
      const found = await runInProcess(args);
      expect([namesOf(found), found.code]).toEqual([all, 0]);
      expect(found.stderr).toContain(`\`${path}\` is read as lines like \``);
      const told = await runInProcess([...args, '--list', format]);
      expect([namesOf(told), told.code]).toEqual([all, 0]);
      expect(told.stderr).not.toContain('is read as');
    },
  );

  it.concurrent('of resolvers names the line that is wrong, and what would be right', async () => {
    const path = file('wrong-resolvers');
    await writeFile(path, 'local\n192.0.2.1\n9.9.9.9#quad9\n');
    const run = await runInProcess(['probe', '-r', `@${path}`, 'def.dev']);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('9.9.9.9#quad9');
    expect(run.stderr).toMatch(/line 3/);
  });
});

describe('standard input', () => {
  const summary = (found: number, rest = '.*') => new RegExp(`^${found} found, ${rest}\n$`);
  const none =
    /^there was no name to look up\n0 found, 0 missing \(0 NXDOMAIN, 0 NODATA\), 0 unknown, 0 invalid; .*\n$/;

  /** A pipe as a shell makes it, which opens as standard input does, and what is written to it at some time. */
  function pipe(name: string) {
    const path = file(name);
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, 'w');
    const options = { fd, writable: false, manualStart: true };
    const stdin = Object.assign(new Socket(options), { fd });
    const end = (text: string) => {
      writeSync(writer, text);
      closeSync(writer);
    };
    return { stdin, end };
  }

  const read = (stdin: Readable, args: string) =>
    startReading(stdin, ['probe', '-r', 'local', ...args.split(' ').filter(Boolean)]).ended;
  const opened = (path: string) => createReadStream('', { fd: openSync(path, 'r') });

  it.concurrent.each<[string, string, string, string[], RegExp]>([
    ['named, from a pipe', '-', 'def.dev\n', ['+ def.dev'], summary(1)],
    ['implied, a pipe', '', 'def.dev\n', ['+ def.dev'], summary(1)],
    ['implied, words under a TLD', '--tld dev', 'def\n', ['+ def.dev'], summary(1)],
    [
      'not read when names were given',
      'and.dev',
      'def.dev\n',
      ['+ and.dev'],
      /^standard input is a pipe and is not read, .* - reads it too\n1 found, .*\n$/,
    ],
    [
      'not read when words were given',
      '-w go -L 2',
      'def.dev\n',
      ['  go.dev', '  if.dev'],
      /^standard input is a pipe and is not read, .*\nthe words are looked up under dev; .*\n0 found, .*\n$/,
    ],
  ])('%s', async (title, args, text, lines, stderr) => {
    const { stdin, end } = pipe(title);
    end(text);
    const run = await read(stdin, args);
    stdin.destroy();
    expect(sorted(run.stdout)).toEqual(lines);
    expect(run.stderr).toMatch(stderr);
    expect(run.code).toBe(0);
  });

  it.concurrent.each<[string, string, string, RegExp]>([
    ['takes its time', '(sleep 0.3; echo def.dev)', '+ def.dev\n', summary(1)],
    ['ends at once', ':', '', none],
  ])('implied, a pipe that %s', async (_, input, stdout, stderr) => {
    const run = await shell(`${input} | flagprobe probe -r local`);
    expect(run).toMatchObject({ stdout, stderr: expect.stringMatching(stderr), code: 0 });
  });

  it.concurrent.each<[string, string[], number]>([
    ['-', ['+ def.dev'], 1],
    ['-i -', ['+ def.dev'], 1],
    ['- and.dev', ['+ and.dev', '+ def.dev'], 2],
    ['- -i -', ['+ def.dev'], 1],
  ])('named by %s', async (words, lines, found) => {
    const { stdin, ended } = startInProcess(['probe', '-r', 'local', ...words.split(' ')]);
    stdin.end('def.dev\n');
    const run = await ended;
    expect(sorted(run.stdout)).toEqual(lines);
    expect(run.stderr).toMatch(summary(found));
    expect(run.code).toBe(0);
  });

  it.concurrent('implied, a file', async () => {
    const run = await read(opened(file('names')), '-f names');
    expect(sorted(run.stdout)).toEqual(['and.dev', 'def.dev', 'def.dev']);
  });

  it.concurrent('implied, an empty file: an empty list is no names', async () => {
    const run = await read(opened(file('empty')), '');
    expect(run).toMatchObject({ stdout: '', stderr: expect.stringMatching(none), code: 0 });
  });

  it.concurrent.each([
    ['/dev/null', () => read(opened('/dev/null'), '')],
    ['closed', () => shell('flagprobe probe -r local <&-')],
  ])('%s is no list: the 20 default names are asked', async (_, start) => {
    const run = await start();
    expect(run.stdout.split('\n')).toHaveLength(21);
    expect(run.stderr).toMatch(/^no name was given, .*\n8 found, 12 missing .*\n$/);
  });

  it.concurrent('a pipe that stays silent is left alone, which is said, and the run ends', async () => {
    const fifo = file('silent');
    const run = await shell(`mkfifo ${fifo}; flagprobe probe -q -r local 0<> ${fifo}`);
    expect(run.stdout.split('\n')).toHaveLength(21);
    // Even with -q: other names are looked up than those that were to come.
    expect(run.stderr).toMatch(/^nothing came on standard input .*default names.* - .*\n$/);
    expect(run.code).toBe(0);
  });
});

describe('a list that changes while it is read', () => {
  /** Reads a list of one line, and does something before its end. */
  async function readWhile(change: (path: string) => Promise<void>): Promise<string[]> {
    const path = join(folder.path, 'changing');
    await writeFile(path, 'def.dev\n');
    const { lists } = openInput('--input', path, process.stdin);
    const names: string[] = [];
    for await (const texts of lists) {
      if (names.length === 0) await change(path);
      names.push(...texts);
    }
    return names;
  }

  it('in place is an error, as its lines may be torn', async () => {
    await expect(readWhile((path) => appendFile(path, 'and.dev\n'))).rejects.toThrow(
      /changing` was written to while it was read/,
    );
  });

  it('by another that is moved into its place is read as it was', async () => {
    const names = await readWhile(async (path) => {
      await writeFile(`${path}.new`, 'another.dev\n');
      await rename(`${path}.new`, path);
    });
    expect(names).toEqual(['def.dev']);
  });
});

describe('a list that is not UTF-8', () => {
  const list = Buffer.from('def.dev\nm\xfcnchen.dev\n\xe9.dev\n', 'latin1');
  it.each([
    ['probe', ['-r', 'local', '-i']],
    ['probe', ['-r', 'local', '-w']],
    ['download', ['-s', 'local', '--retries', '0', '-i']],
  ])('is told of with its first such line, and how to convert it: %s', async (command, args) => {
    await writeFile(file('latin1'), list);
    const dir = command === 'download' ? ['-d', file('from-latin1')] : [];
    const { stderr } = await runInProcess([command, ...args, file('latin1'), ...dir]);
    expect(stderr.match(/is not UTF-8.*/g)).toEqual([
      'is not UTF-8 (first in line 2); `iconv -f ISO-8859-1 -t UTF-8` converts it, if it is Latin-1',
    ]);
  });
});
