import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, openSync, readFileSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  readFile,
  rm,
  rmdir,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../../src/journal/snapshot.js';
import { sorted } from '../support/cli.js';
import { isFull } from '../support/full.js';
import { runInProcess, startInProcess, startReading } from '../support/in-process.js';
import { type ScriptedDns, scriptedDns } from '../support/scripted-dns.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/flagprobe.cjs', import.meta.url));
/** Names that are answered before each stop. */
const PART = isFull ? 1000 : 200;
const STOPS: readonly NodeJS.Signals[] = [
  ...(isFull ? ['SIGKILL' as const] : []),
  'SIGKILL',
  'SIGTERM',
];
const names = Array.from({ length: (STOPS.length + 1) * PART }, (_, i) => `n${i}.example`);
/** Where a name stands in the list; the random names that look for a wildcard stand nowhere. */
const numberOf = (name: string) => Number(/^n(\d+)\.example$/.exec(name)?.[1] ?? -1);
const isThere = (name: string) => /^n\d*[02468]\.example$/.test(name);
/** No name ends unknown, however slow the machine: not what is lost, nor what the server holds back. */
const PERSISTENT = ['--tries', '100', '--outage', '0'];
const PATIENT = ['--timeout', '60'];

let folder: TemporaryFolder;
let list: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  list = join(folder.path, 'names.txt');
  await writeFile(list, `${names.join('\n')}\n`);
});

afterAll(() => folder[Symbol.asyncDispose]());

/** Holds back the names from `limit` on, so that no run ends before it is stopped. */
async function dammedDns(): Promise<{ server: ScriptedDns; dam: { limit: number } }> {
  const dam = { limit: PART };
  const server = await scriptedDns(({ name, type, reply }) => {
    if (numberOf(name) >= dam.limit) return;
    if (!isThere(name)) reply({ flags: 0x0183 });
    else reply({ answers: type === 'A' ? [{ name, type, ttl: 1, data: '192.0.2.1' }] : [] });
  });
  return { server, dam };
}

/** How many inputs the snapshot on the disk knows as done. */
function saved(path: string): number {
  try {
    return Number(/"high":(\d+)/.exec(readFileSync(`${path}.resume`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

type Input = 'ignore' | number;

/** Starts a run and ends it with a signal as soon as it has put something on the disk. */
async function runAndStop(
  args: readonly string[],
  path: string,
  signal: NodeJS.Signals,
  stdin: Input,
): Promise<void> {
  const before = saved(path);
  const child = spawn(process.execPath, [bin, ...args], { stdio: [stdin, 'ignore', 'ignore'] });
  const ended = once(child, 'exit');
  // `expect.poll` does not know which of several tests at once has called it.
  await vi.waitUntil(() => saved(path) > before, { interval: 10, timeout: 100_000 });
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
}

/** Lets a run come to its end, and gives what it says. */
async function runToEnd(args: readonly string[], stdin: Input): Promise<string> {
  const input = createReadStream('', {
    fd: stdin === 'ignore' ? openSync('/dev/null', 'r') : stdin,
  });
  const { code, stderr } = await startReading(input, args).ended;
  expect(code).toBe(0);
  return stderr;
}

describe('a run that is killed again and again', () => {
  type Form = { args: string[]; stdin?: boolean; shown?: (name: string) => boolean };
  const forms: [string, Form][] = [
    ['--ordered, jsonl from standard input', { args: ['-f', 'jsonl', '--ordered'], stdin: true }],
    ['--only found', { args: ['-f', 'tsv', '--only', 'found'], shown: isThere }],
  ];
  const more: [string, Form][] = [
    ['jsonl from standard input', { args: ['-f', 'jsonl'], stdin: true }],
    ['--ordered', { args: ['-f', 'tsv', '--ordered'] }],
    ['tsv', { args: ['-f', 'tsv'] }],
    ['csv', { args: ['-f', 'csv'] }],
  ];

  it.concurrent.each([...forms, ...(isFull ? more : [])])(
    'has one right line for each input: %s',
    async (title, { args, stdin, shown }) => {
      const { server, dam } = await dammedDns();
      await using _ = server;
      const path = join(folder.path, title.replaceAll(/\W/g, '-'));
      const ask = ['-r', server.resolver, '--transport', 'udp', '-o', path, '--resume'];
      // What a resolver says that is looked at counts from its next good look on only: all would be asked again.
      const unlooked = ['--check-resolvers', 'off'];
      const given = ['-i', stdin ? '-' : list];
      const command = ['probe', ...args, ...ask, ...PERSISTENT, ...unlooked, ...given];
      const input = () => (stdin ? openSync(list, 'r') : 'ignore');
      // A checkpoint comes each second: it shall find names on their way.
      const slowly = [...command, ...PATIENT, '--rate', String(PART)];
      for (const signal of STOPS) {
        await runAndStop(slowly, path, signal, input());
        // What a checkpoint did not see comes behind it.
        await writeFile(path, 'n9999.exam', { flag: 'a' });
        dam.limit += PART;
      }
      const half = `${names.length / 2}`.replace(/(?=...$)/, names.length >= 2000 ? ',' : '');
      expect(await runToEnd(command, input())).toContain(
        `${half} found, ${half} missing (${half} NXDOMAIN, 0 NODATA), 0 unknown`,
      );
      const expected = names
        .filter(shown ?? (() => true))
        .map((name) => `${name} ${isThere(name) ? 'found' : 'missing'}`);
      const verdicts = verdictsIn(await readFile(path, 'utf8'), title);
      if (args.includes('--ordered')) expect(verdicts).toEqual(expected);
      else expect(verdicts.sort()).toEqual(expected.sort());
    },
    120_000,
  );
});

/** `name status` for each line of an output. */
function verdictsIn(text: string, title: string): string[] {
  const lines = text.split(/\r?\n/).slice(0, -1);
  if (title === 'csv') expect(lines.shift()).toMatch(/^name,input,status/);
  return lines.map((line) => {
    if (title.includes('jsonl')) {
      const { name, status } = JSON.parse(line);
      return `${name} ${status}`;
    }
    const [name, second, third] = line.split(/[\t,]/);
    return `${name} ${title === 'csv' ? third : second}`;
  });
}

describe('--resume', () => {
  const local = (path: string, ...more: string[]) =>
    runInProcess(['probe', 'def.dev', 'none.dev', '-r', 'local', '-f', 'tsv', '-o', path, ...more]);
  const place = (name: string) => join(folder.path, name);

  /** A run of two names that knows of none yet, with one line that does not count. */
  async function unfinished(path: string): Promise<void> {
    await local(path);
    await changeSnapshot(path, { finished: false });
  }

  async function changeSnapshot(path: string, changes: Partial<Snapshot>): Promise<void> {
    const snapshot = decodeSnapshot(await readFile(`${path}.resume`, 'utf8')) as Snapshot;
    await writeFile(`${path}.resume`, encodeSnapshot({ ...snapshot, ...changes }));
  }

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
    const longAgo = new Date('2020-02-02');
    await utimes(path, longAgo, longAgo);
    const { stderr, code } = await local(path, '--resume', '--expect', 'found');
    expect(stderr).toMatch(
      /^`--expect found` did not hold: 1 missing nxdomain\n`.*finished` is finished\n1 found, 1 missing/,
    );
    expect(code).toBe(3);
    // It is as old as its answers.
    expect((await stat(path)).mtime).toEqual(longAgo);
    expect((await local(path)).code).toBe(0);
  });

  it('on a finished run goes on with a list that has grown, and with no other', async () => {
    const [path, list] = [place('over'), place('over-list')];
    const run = async (names: readonly string[]) => {
      await writeFile(list, names.map((name) => `${name}\n`).join(''));
      const args = ['probe', '-i', list, '-r', 'local', '-f', 'tsv', '-o', path, '--resume'];
      const { code, stderr } = await runInProcess(args);
      return { code, stderr, lines: sorted(await readFile(path, 'utf8')) };
    };
    await run(['def.dev', 'none.dev']);
    const lines = ['and.dev\tfound', 'def.dev\tfound', 'none.dev\tmissing'];
    expect(await run(['def.dev', 'none.dev', 'and.dev'])).toMatchObject({ code: 0, lines });
    for (const other of [['def.dev'], ['def.dev', 'for.dev', 'and.dev'], []]) {
      const { stderr, ...rest } = await run(other);
      expect(rest).toEqual({ code: 4, lines });
      expect(stderr).toContain('its first 3 lines must be the same');
    }
  });

  it('refuses what it cannot go on with, and touches nothing', async () => {
    type Case = [string, (path: string) => Promise<unknown>, string[], string];
    const cases: Case[] = [
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
      [
        'an option without a value',
        async () => {},
        ['--ordered'],
        'was begun without --ordered, not with --ordered: use',
      ],
      ...(
        [
          ['--prefix', 'get'],
          ['--suffix', 'app'],
          ['--pattern', '[ab]{}'],
          ['--max-length', '5'],
        ] as const
      ).map((given): Case => {
        const said = given.join(' ');
        const message = `was begun without ${given[0]}, not with ${said}`;
        return [said, async () => {}, [...given], message];
      }),
      [
        'words alone',
        async () => {},
        ['--prefix', 'get', '--affixed-only'],
        'not with --prefix get; without --affixed-only, not with --affixed-only',
      ],
      ['cut', (path) => truncate(path, 5), [], 'is shorter than its run has left it'],
      ['edited', async (path) => edit(path), [], 'was changed since its run has left it'],
      [
        'appended',
        (path) => writeFile(path, 'mine\n', { flag: 'a' }),
        [],
        'was changed since its run has left it',
      ],
    ];
    const edit = async (path: string) => {
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace('def', 'DEF'));
    };
    for (const [name, harm, more, message] of cases) {
      const path = place(name);
      if (name === 'appended') await local(path);
      else if (name !== 'foreign') await unfinished(path);
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
    expect((await runInProcess(columns)).code).toBe(2);
    const { size } = await stat(path);
    expect(await local(path, '--force')).toMatchObject({
      ...{
        code: 0,
        stderr: expect.stringMatching(`^\`${path}\` \\(${size} bytes\\) is replaced\n`),
      },
    });
    expect(sorted(await readFile(path, 'utf8'))).toEqual(['def.dev\tfound', 'none.dev\tmissing']);
    expect((await local(path, '--resume')).stderr).not.toContain('replaced');
  });

  it.each<[string, string[]]>([
    ['nothing', []],
    ['an empty file', []],
    ['nothing, sorted', ['--sort', 'name']],
  ])('replaces no foreign `.resume` file beside %s, unless --force is', async (title, more) => {
    const path = place(`vitae ${title}`);
    await writeFile(`${path}.resume`, 'mine\n');
    if (title.endsWith('file')) await writeFile(path, '');
    const { stderr, code } = await local(path, ...more);
    expect(stderr).toContain('.resume` is there and would be replaced, but is no journal');
    expect(stderr).toContain('add --force');
    expect(code).toBe(2);
    expect(await readFile(`${path}.resume`, 'utf8')).toBe('mine\n');
    expect((await local(path, '--force', ...more)).code).toBe(0);
  });

  it('that cannot save how far it has come says why, and what is there is gone on from', async () => {
    const path = place('blocked');
    const args = ['probe', '-r', 'local', '-f', 'tsv', '-o', path, '--resume'];
    const first = startInProcess([...args, '-']);
    first.stdin.write('def.dev\n');
    await expect.poll(() => readFile(path, 'utf8')).toBe('def.dev\tfound\n');
    // Nothing can be written under that name any more, as in a folder that has become read-only. A save
    // in progress may have the name.
    await vi.waitFor(() => mkdir(`${path}.resume.tmp`), { timeout: 60_000 });
    first.stdin.write('none.dev\n');
    const { stderr, code } = await first.ended;
    expect(stderr).toMatch(
      /^flagprobe: cannot write `.*blocked\.resume`: [^\n]*\(E\w+\); the same command with --resume goes on\n$/,
    );
    expect(code).toBe(4);
    await rmdir(`${path}.resume.tmp`);
    const again = await runInProcess([...args, 'def.dev', 'none.dev']);
    expect(again).toMatchObject({ code: 0 });
    expect(sorted(await readFile(path, 'utf8'))).toEqual(['def.dev\tfound', 'none.dev\tmissing']);
  });

  it('starts afresh where the output of a finished run was taken away, and only there', async () => {
    const path = place('taken');
    await local(path);
    await rm(path);
    expect((await local(path, '--resume')).code).toBe(0);
    expect(sorted(await readFile(path, 'utf8'))).toEqual(['def.dev\tfound', 'none.dev\tmissing']);
    await unfinished(path);
    await rm(path);
    const { stderr, code } = await local(path, '--resume');
    expect(stderr).toContain('is not there, and by its `.resume` file its run is not finished');
    expect(code).toBe(2);
  });

  it('ends with 4 and without a line where the input is another', async () => {
    const path = place('input');
    await unfinished(path);
    const before = await readFile(path, 'utf8');
    const args = ['probe', 'as.dev', 'in.dev', '-r', 'local', '-f', 'tsv', '-o', path, '--resume'];
    const { stderr, code } = await runInProcess(args);
    expect(stderr).toContain('its first 2 lines must be the same');
    expect(code).toBe(4);
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it.each([
    [
      'a pattern',
      ['--pattern', '[ab][a-e]{2}'],
      ['--pattern', '[bc][a-e]{2}'],
      'was begun with --pattern [ab][a-e]{2}',
      2,
    ],
    ['words', ['-w', 'python,go'], ['-w', 'python,c'], 'lines must be the same', 4],
    [
      'prefixes',
      ['-w', 'python', '--prefix', 'get'],
      ['-w', 'python', '--prefix', 'try'],
      'was begun with --prefix get',
      2,
    ],
  ] as const)('asks and changes nothing where the input is %s and another', async (...row) => {
    const [title, right, wrong, told, exitCode] = row;
    let asked = 0;
    await using server = await scriptedDns(({ name, reply }) => {
      // That of a resolver which knows the outside.
      if (name === 'com') return reply({ flags: 0x8180 });
      asked++;
      return reply({ flags: 0x8183 });
    });
    const path = place(title);
    const run = (input: readonly string[], ...more: string[]) =>
      runInProcess(['probe', ...input, '-r', server.resolver, '-f', 'tsv', '-o', path, ...more]);
    await run(right);
    const whole = sorted(await readFile(path, 'utf8'));
    // As a checkpoint finds it: all names read, and no answer yet. What is behind does not count.
    await changeSnapshot(path, {
      output: { bytes: 0, crc: 0 },
      done: { low: 0, high: 0, bits: '' },
      tally: {},
      finished: false,
    });
    const files = () => Promise.all([path, `${path}.resume`].map((file) => readFile(file, 'utf8')));
    const before = await files();
    asked = 0;
    const { code, stderr } = await run(wrong, '--resume');
    expect(stderr).toContain(told);
    expect([code, asked]).toEqual([exitCode, 0]);
    expect(await files()).toEqual(before);
    expect((await run(right, '--resume')).code).toBe(0);
    expect(sorted(await readFile(path, 'utf8'))).toEqual(whole);
  });

  it.each([
    [['--resume'], 'Expected `--resume` to come with `--output FILE`'],
    [['--resume', '--force', '-o', 'x'], 'Expected `--resume` or `--force`, got both'],
    [['--resume', '-o', '/dev/null'], 'to be a regular file with `--resume`, got `/dev/null`'],
    [['--resume', '-f', 'columns', '-o', 'x'], 'Expected `--format` to be another one'],
    [['--shard', ''], 'Expected `--shard` to be i/n with i from 1 to n, got ``'],
    [['--shard', '3/2'], 'Expected `--shard` to be i/n with i from 1 to n, got `3/2`'],
  ])('%j is a wrong command line', async (args, message) => {
    const { stderr, code } = await runInProcess(['probe', 'def.dev', '-r', 'local', ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('keeps no journal of a run into a device, and none is left of columns', async () => {
    const path = place('columns');
    await local(path);
    await runInProcess(['probe', 'def.dev', '-r', 'local', '-f', 'columns', '-o', path]);
    expect(await folder.names()).not.toContain('columns.resume');
    await copyFile(path, `${path}.copy`);
    await rm(path);
    expect((await runInProcess(['probe', 'def.dev', '-r', 'local', '-o', '/dev/null'])).code).toBe(
      0,
    );
  });
});

describe('--shard', () => {
  it('splits words and names so that the parts are together the whole', async () => {
    const path = join(folder.path, 'words.txt');
    await writeFile(path, 'Def.dev\ndef.dev.\nas\nin\nno one\n\u00e9t\u00e9\n'.repeat(3));
    const ask = async (...more: string[]) =>
      sorted(
        (
          await runInProcess([
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
      return sorted((await runInProcess(['download', ...args])).stdout);
    };
    const whole = await fetched();
    const parts = [await fetched('--shard', '1/2'), await fetched('--shard', '2/2')];
    expect(whole).toHaveLength(10);
    expect(parts.flat().sort()).toEqual(whole);
    for (const part of parts) expect(part.length).toBeLessThan(10);
  });

  it('an empty part is all answered', async () => {
    const codes = await Promise.all(
      ['1/2', '2/2'].map(async (shard) => {
        const dir = join(folder.path, `flags-none-${shard[0]}`);
        const args = ['br', '-s', 'local', '-d', dir, '--shard', shard, '-f', 'tsv'];
        const { stdout, code } = await runInProcess(['download', ...args]);
        return `${stdout}${code}`;
      }),
    );
    expect(codes.sort()).toEqual(['0', 'BR\tok\n0']);
  });
});
