import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flagprobe, sorted } from '../support/cli.js';
import { type ScriptedDns, scriptedDns } from '../support/scripted-dns.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/flagprobe.cjs', import.meta.url));
const names = Array.from({ length: 4000 }, (_, i) => `n${i}.example`);
const isThere = (name: string) => Number(/\d+/.exec(name)?.[0]) % 2 === 0;

let folder: TemporaryFolder;
let server: ScriptedDns;
let list: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  list = join(folder.path, 'names.txt');
  await writeFile(list, `${names.join('\n')}\n`);
  server = await scriptedDns(({ name, type, reply }) => {
    if (!isThere(name)) reply({ flags: 0x0183 });
    else reply({ answers: type === 'A' ? [{ name, type, ttl: 1, data: '192.0.2.1' }] : [] });
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** How many inputs the snapshot on the disk knows as done. */
function saved(path: string): number {
  try {
    return Number(/"high":(\d+)/.exec(readFileSync(`${path}.resume`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

/** Starts a run and ends it with a signal as soon as it has put something on the disk. */
async function runAndStop(
  args: readonly string[],
  path: string,
  signal: NodeJS.Signals,
  input?: string,
): Promise<void> {
  const before = saved(path);
  const stdin = input === undefined ? 'ignore' : openSync(input, 'r');
  const child = spawn(process.execPath, [bin, ...args], { stdio: [stdin, 'ignore', 'ignore'] });
  const ended = once(child, 'exit');
  await expect.poll(() => saved(path), { timeout: 10_000, interval: 10 }).toBeGreaterThan(before);
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
}

describe('a run that is killed again and again', () => {
  it.concurrent.each<
    [string, { args: string[]; stdin?: boolean; shown?: (name: string) => boolean }]
  >([
    ['tsv', { args: ['-f', 'tsv'] }],
    ['csv', { args: ['-f', 'csv'] }],
    ['jsonl from standard input', { args: ['-f', 'jsonl'], stdin: true }],
    ['--only found', { args: ['-f', 'tsv', '--only', 'found'], shown: isThere }],
    ['--ordered', { args: ['-f', 'tsv', '--ordered'] }],
  ])(
    'has one right line for each input: %s',
    async (title, { args, stdin, shown = () => true }) => {
      const path = join(folder.path, title.replaceAll(' ', '-'));
      const pace = ['--rate', '1000', '-r', server.resolver, '--transport', 'udp'];
      const command = ['probe', ...args, ...pace, '-o', path, '--resume', '-i', stdin ? '-' : list];
      const input = stdin ? list : undefined;
      await runAndStop(command, path, 'SIGKILL', input);
      await runAndStop(command, path, 'SIGKILL', input);
      // What a checkpoint did not see comes behind it.
      await writeFile(path, 'n9999.exam', { flag: 'a' });
      await runAndStop(command, path, 'SIGTERM', input);
      const last = spawn(process.execPath, [bin, ...command], {
        stdio: [input === undefined ? 'ignore' : openSync(input, 'r'), 'pipe', 'pipe'],
      });
      let said = '';
      last.stderr?.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
      expect(await once(last, 'close')).toEqual([0, null]);
      expect(said).toMatch(/^2,000 found, 2,000 missing \(2,000 NXDOMAIN, 0 NODATA\), 0 unknown/);
      const lines = (await readFile(path, 'utf8')).split(/\r?\n/).slice(0, -1);
      if (title === 'csv') expect(lines.shift()).toMatch(/^name,input,status/);
      const verdicts = lines.map((line) => {
        const [name = '', second, third] = line.split(/[\t,]/);
        if (!title.startsWith('jsonl')) return `${name} ${title === 'csv' ? third : second}`;
        const result = JSON.parse(line);
        return `${result.name} ${result.status}`;
      });
      const expected = names
        .filter(shown)
        .map((name) => `${name} ${isThere(name) ? 'found' : 'missing'}`);
      if (title === '--ordered') expect(verdicts).toEqual(expected);
      else expect(verdicts.sort()).toEqual(expected.sort());
    },
    40_000,
  );
});

describe('--resume', () => {
  const local = (path: string, ...more: string[]) =>
    flagprobe(['probe', 'def.dev', 'none.dev', '-r', 'local', '-f', 'tsv', '-o', path, ...more]);
  const place = (name: string) => join(folder.path, name);

  /** A run of two names that knows of none yet, with one line that does not count. */
  async function unfinished(path: string): Promise<void> {
    await local(path);
    const text = await readFile(`${path}.resume`, 'utf8');
    const [, body = ''] = text.split('\n');
    const { crc32 } = await import('../../src/core/crc32.js');
    const open = `${body.replace('"finished":true', '"finished":false')}\n`;
    await writeFile(`${path}.resume`, `flagprobe-resume 1 ${hex(crc32(open))}\n${open}`);
  }
  const hex = (crc: number) => crc.toString(16).padStart(8, '0');

  it('starts afresh where nothing is, or an empty file', async () => {
    for (const path of [place('nothing'), place('empty')]) {
      if (path.endsWith('empty')) await writeFile(path, '');
      expect((await local(path, '--resume')).code).toBe(0);
      expect(sorted(await readFile(path, 'utf8'))).toEqual(['def.dev\tfound', 'none.dev\tmissing']);
    }
  });

  it('on a finished run says so, and ends as it did', async () => {
    const path = place('finished');
    await local(path, '--expect', 'found');
    const { stderr, code } = await local(path, '--resume', '--expect', 'found');
    expect(stderr).toMatch(/^`.*finished` is finished\n1 found, 1 missing/);
    expect(code).toBe(3);
    expect((await local(path)).code).toBe(0);
  });

  it('refuses what it cannot go on with, and touches nothing', async () => {
    const cases: [string, (path: string) => Promise<unknown>, string[], string][] = [
      ['foreign', (path) => writeFile(path, 'mine\n'), [], 'has content and no `.resume` file'],
      ['damaged', (path) => truncate(`${path}.resume`, 100), [], 'its `.resume` file is damaged'],
      [
        'version',
        async (path) => {
          const text = await readFile(`${path}.resume`, 'utf8');
          await writeFile(`${path}.resume`, text.replace('resume 1', 'resume 2'));
        },
        [],
        'its `.resume` file is of another version',
      ],
      [
        'options',
        async () => {},
        ['--only', 'found'],
        'was begun without --only, not with --only found',
      ],
      ['cut', (path) => truncate(path, 5), [], 'is shorter than its run has left it'],
      ['edited', async (path) => edit(path), [], 'was changed since its run has left it'],
    ];
    const edit = async (path: string) => {
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace('def', 'DEF'));
    };
    for (const [name, harm, more, message] of cases) {
      const path = place(name);
      if (name !== 'foreign') await unfinished(path);
      await harm(path);
      const before = await readFile(path, 'utf8');
      const { stderr, stdout, code } = await local(path, '--resume', ...more);
      expect([stdout, code]).toEqual(['', 2]);
      expect(stderr).toContain(message);
      expect(stderr).toContain('--force');
      expect(await readFile(path, 'utf8')).toBe(before);
    }
  });

  it('is asked for where an output is not finished, unless --force is', async () => {
    const path = place('unfinished');
    await unfinished(path);
    const { stderr, code } = await local(path);
    expect(stderr).toContain('not finished: add --resume to go on, or --force to replace it');
    expect(code).toBe(2);
    const columns = ['probe', 'def.dev', '-r', 'local', '-f', 'columns', '-o', path];
    expect((await flagprobe(columns)).code).toBe(2);
    expect((await local(path, '--force')).code).toBe(0);
    expect(sorted(await readFile(path, 'utf8'))).toEqual(['def.dev\tfound', 'none.dev\tmissing']);
  });

  it('ends with 4 and without a line where the input is another', async () => {
    const path = place('input');
    await unfinished(path);
    const before = await readFile(path, 'utf8');
    const args = ['probe', 'as.dev', 'in.dev', '-r', 'local', '-f', 'tsv', '-o', path, '--resume'];
    const { stderr, code } = await flagprobe(args);
    expect(stderr).toContain('its first 2 lines must be the same');
    expect(code).toBe(4);
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it.each([
    [['--resume'], 'Expected `--resume` to come with `--output FILE`'],
    [['--resume', '--force', '-o', 'x'], 'Expected `--resume` or `--force`, got both'],
    [['--resume', '-o', '/dev/null'], 'to be a regular file with `--resume`, got `/dev/null`'],
    [['--resume', '-f', 'columns', '-o', 'x'], 'Expected `--format` to be another one'],
    [['--shard', ''], 'Expected `--shard` to be i/n with i from 1 to n, got ``'],
    [['--shard', '3/2'], 'Expected `--shard` to be i/n with i from 1 to n, got `3/2`'],
  ])('%j is a wrong command line', async (args, message) => {
    const { stderr, code } = await flagprobe(['probe', 'def.dev', '-r', 'local', ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('keeps no journal of a run into a device, and none is left of columns', async () => {
    const path = place('columns');
    await local(path);
    await flagprobe(['probe', 'def.dev', '-r', 'local', '-f', 'columns', '-o', path]);
    expect(await folder.names()).not.toContain('columns.resume');
    await copyFile(path, `${path}.copy`);
    await rm(path);
    expect((await flagprobe(['probe', 'def.dev', '-r', 'local', '-o', '/dev/null'])).code).toBe(0);
  });
});

describe('--shard', () => {
  it('splits words and names so that the parts are together the whole', async () => {
    const path = join(folder.path, 'words.txt');
    await writeFile(path, 'Def.dev\ndef.dev.\nas\nin\nno one\n\u00e9t\u00e9\n'.repeat(3));
    const ask = async (...more: string[]) =>
      sorted(
        (
          await flagprobe([
            'probe',
            '-i',
            path,
            '--tld',
            'dev,io',
            '-r',
            'local',
            '-f',
            'tsv',
            ...more,
          ])
        ).stdout,
      );
    const whole = await ask();
    const parts = [
      await ask('--shard', '1/3'),
      await ask('--shard', '2/3'),
      await ask('--shard', '3/3'),
    ];
    expect(whole).toHaveLength(27);
    expect(parts.flat().sort()).toEqual(whole);
    for (const part of parts) expect(part.length).toBeLessThan(27);
  });

  it('splits codes, URLs and what is neither', async () => {
    const path = join(folder.path, 'codes.txt');
    const url = 'http://127.0.0.1:1/flags/';
    await writeFile(
      path,
      `br\nde\nfr\nit\njp\nus\nBR\nnonsense\n${url}a.gif\n${url}b.gif#x\n${url}c.gif\n`,
    );
    const fetched = async (...more: string[]) => {
      const dir = join(folder.path, `flags-${more.join('').replaceAll('/', '-')}`);
      const args = ['-i', path, '-s', 'local', '--retries', '0', '-d', dir, '-f', 'tsv', ...more];
      return sorted((await flagprobe(['download', ...args])).stdout);
    };
    const whole = await fetched();
    const parts = [await fetched('--shard', '1/2'), await fetched('--shard', '2/2')];
    expect(whole).toHaveLength(10);
    expect(parts.flat().sort()).toEqual(whole);
    for (const part of parts) expect(part.length).toBeLessThan(10);
  });

  it('an empty part is all answered', async () => {
    const dir = join(folder.path, 'flags-none');
    const codes = await Promise.all(
      ['1/2', '2/2'].map(async (shard) => {
        const args = ['br', '-s', 'local', '-d', dir, '--shard', shard, '-f', 'tsv'];
        const { stdout, code } = await flagprobe(['download', ...args]);
        return `${stdout}${code}`;
      }),
    );
    expect(codes.sort()).toEqual(['0', 'BR\tok\n0']);
  });
});
