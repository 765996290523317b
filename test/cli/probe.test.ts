import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { flagprobe, sorted } from '../support/cli.js';
import { gate } from '../support/gate.js';
import { runInProcess } from '../support/in-process.js';
import { found, nxdomain, scriptedDns } from '../support/scripted-dns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const foundWords = ['and', 'as', 'def', 'del', 'from', 'in', 'not', 'try'];
const missingWords = 'none true _ case elif else for if is or pass with'.split(' ');
/** `--tries 1`, or what is refused would be asked again first. */
const local = ['probe', '-r', 'local', '--tries', '1'];
const summary =
  /^8 found, 12 missing \(12 NXDOMAIN, 0 NODATA\), 0 unknown, 0 invalid; \d+\.\d\d s, [\d,]+ names a second\n$/;

describe("the original's run of 20 keywords", () => {
  it.concurrent.each<[string, (word: string) => string, (word: string) => string, string[]]>([
    ['text', (word) => `+ ${word}.dev`, (word) => `  ${word}.dev`, []],
    ['tsv', (word) => `${word}.dev\tfound`, (word) => `${word}.dev\tmissing`, []],
    [
      'columns',
      (word) => `${word}.dev`,
      (word) => `\t\t${word}.dev`,
      ['FOUND\t\tNOT FOUND', '=====\t\t========='],
    ],
  ])('as %s', async (format, hit, miss, head) => {
    const args = ['-f', format, '--words', 'python', '--max-length', '4', '--tld', 'dev'];
    const run = await runInProcess([...local, ...args]);
    expect(run.stdout.split('\n').slice(0, head.length)).toEqual(head);
    const lines = [...head, ...foundWords.map(hit), ...missingWords.map(miss)];
    expect(sorted(run.stdout)).toEqual(lines.sort());
    expect(run.stderr).toMatch(summary);
    expect(run.code).toBe(0);
  });
});

describe('exit codes', () => {
  it.concurrent.each<[string, number, string[]]>([
    ['def.dev', 0, ['+ def.dev']],
    ['none.dev mail.dev ipv6.dev', 0, ['  none.dev', '+ ipv6.dev', '~ mail.dev']],
    ['def.dev example.com', 1, ['+ def.dev', '? example.com\trefused']],
    ['a..b', 1, ['! a..b\tempty-label']],
    ['def.dev --expect found', 0, ['+ def.dev']],
    ['def.dev none.dev --expect found', 3, ['  none.dev', '+ def.dev']],
    ['none.dev mail.dev --expect missing', 0, ['  none.dev', '~ mail.dev']],
    ['none.dev mail.dev --expect nodata', 3, ['  none.dev', '~ mail.dev']],
    ['none.dev mail.dev --expect nodata,nxdomain', 0, ['  none.dev', '~ mail.dev']],
    // It goes before the 1 of what was not answered, and asks nothing of that.
    ['none.dev example.com --expect found', 3, ['  none.dev', '? example.com\trefused']],
    [
      'def.dev example.com a..b --expect found',
      1,
      ['! a..b\tempty-label', '+ def.dev', '? example.com\trefused'],
    ],
  ])('%s: %i', async (line, code, lines) => {
    const run = await runInProcess([...local, ...line.split(' ')]);
    expect(sorted(run.stdout)).toEqual(lines);
    expect(run.code).toBe(code);
  });

  it.concurrent.each([
    [0, 'def.dev'],
    [1, 'a..b'],
    [2, '--rate x'],
    [3, 'def.dev --expect missing'],
    [4, 'def.dev -o /'],
  ])('%i is what the system sees: %s', async (code, line) => {
    expect(await flagprobe([...local, ...line.split(' ')])).toMatchObject({ code, signal: null });
  });
});

describe('which lines', () => {
  const names = ['def.dev', 'none.dev', 'mail.dev', 'example.com', 'a..b'];

  it.concurrent.each<[string, string[]]>([
    ['--only found', ['+ def.dev']],
    ['--only missing', ['  none.dev', '~ mail.dev']],
    ['--only nodata,invalid', ['! a..b\tempty-label', '~ mail.dev']],
    ['--only nxdomain --only unknown', ['  none.dev', '? example.com\trefused']],
    ['-f names', ['def.dev']],
    ['-f names --only missing', ['mail.dev', 'none.dev']],
    ['-v --only found,nodata', ['+ def.dev\tA 192.0.2.1', '~ mail.dev']],
    ['-t MX --only found', ['+ mail.dev\tMX 10 def.dev.']],
  ])('%s', async (options, lines) => {
    const run = await runInProcess([...local, ...names, ...options.split(' ')]);
    expect(sorted(run.stdout)).toEqual(lines);
    // The summary counts what is not shown too.
    expect(run.stderr).toMatch(/, 1 unknown, 1 invalid;/);
  });

  it.concurrent('-q leaves standard error empty', async () => {
    expect(await runInProcess([...local, '-q', 'def.dev'])).toEqual({
      stdout: '+ def.dev\n',
      stderr: '',
      code: 0,
      signal: null,
    });
  });

  it.concurrent('what is asked by --type stands in the JSON, type by type', async () => {
    const run = await runInProcess([...local, '-t', 'A,MX', '-f', 'jsonl', 'mail.dev', 'none.dev']);
    const results = sorted(run.stdout).map((line) => JSON.parse(line));
    expect(results).toMatchObject([
      { name: 'mail.dev', status: 'found', types: { A: 'nodata', MX: 'found' } },
      { name: 'none.dev', status: 'missing', types: { A: 'nxdomain', MX: 'nxdomain' } },
    ]);
  });

  it.concurrent('--type PTR asks for the reverse name of an address', async () => {
    const run = await runInProcess([...local, '-t', 'PTR', '192.0.2.1', '-f', 'tsv']);
    expect(run.stdout).toBe('1.2.0.192.in-addr.arpa\tunknown\n');
  });
});

describe('--ordered', () => {
  it.concurrent.each([
    [['--ordered'], ['slow.example', 'b.example', 'c.example']],
    [[], ['b.example', 'c.example', 'slow.example']],
  ])('%j', async (options, order) => {
    const others = gate();
    let answered = 0;
    await using server = await scriptedDns(async (asked) => {
      if (asked.name === 'slow.example') await others.passed;
      (asked.name === 'b.example' ? found : nxdomain)(asked);
      if (++answered === 2) others.open();
    });
    const names = ['slow.example', 'b.example', 'c.example'];
    const args = [
      'probe',
      '-r',
      server.resolver,
      '--wildcards',
      'off',
      '-f',
      'tsv',
      ...options,
      ...names,
    ];
    const { stdout } = await runInProcess(args);
    const inOrder = stdout
      .split('\n')
      .slice(0, -1)
      .map((row) => row.split('\t')[0]);
    // The others may come in either order, but for --ordered.
    expect(options.length > 0 ? inOrder : [...inOrder.slice(0, 2).sort(), inOrder[2]]).toEqual(
      order,
    );
  });
});

describe('-o', () => {
  it.concurrent('writes the file and nothing to standard output', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out.csv');
    const run = await runInProcess([...local, '-f', 'csv', '-o', path, 'def.dev', 'none.dev']);
    expect(run).toMatchObject({ stdout: '', code: 0 });
    const rows = (await readFile(path, 'utf8')).split('\r\n');
    expect(rows[0]).toBe('name,input,status,reason,rcode,records,resolver,transport,ms,wildcard');
    expect(rows).toHaveLength(4);
  });

  it.concurrent.each([
    ['out.CSV', [], /^name,input,/],
    ['out.tsv', [], /^def\.dev\tfound\n$/],
    ['out.jsonl', [], /^\{"name":"def\.dev"/],
    ['out.json', [], /^\{"name":"def\.dev"/],
    ['out.txt', [], /^\+ def\.dev\n$/],
    ['out.csv', ['-f', 'names'], /^def\.dev\n$/],
  ])('%s %j says the format', async (name, options, content) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, name);
    await runInProcess([...local, ...options, '-o', path, 'def.dev']);
    expect(await readFile(path, 'utf8')).toMatch(content);
  });

  it.concurrent.each([
    ['/no/folder/file', 'no such file or directory (ENOENT)'],
    ['/', 'illegal operation on a directory (EISDIR)'],
    ['/dev/full', 'no space left on device (ENOSPC)'],
  ])('%s cannot be written: 4', async (path, reason) => {
    expect(await runInProcess([...local, '-o', path, 'def.dev'])).toEqual({
      stdout: '',
      stderr: `flagprobe: cannot write \`${path}\`: ${reason}\n`,
      code: 4,
      signal: null,
    });
  });
});

describe('colour', () => {
  const args = [...local, '-q', 'def.dev', 'mail.dev', 'a..b'];
  afterEach(() => vi.unstubAllEnvs());

  it('there is none but on a terminal', async () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', undefined);
    expect((await runInProcess(args)).stdout).not.toContain('\u001b');
  });

  it('FORCE_COLOR paints text and nothing else', async () => {
    vi.stubEnv('FORCE_COLOR', '1');
    expect((await runInProcess(args)).stdout).toContain('\u001b[32m+ def.dev\u001b[39m\n');
    for (const format of ['columns', 'names', 'tsv', 'csv', 'jsonl']) {
      const run = await runInProcess([...args, '-f', format]);
      expect(run.stdout).not.toContain('\u001b');
    }
  });

  it('NO_COLOR keeps it away', async () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', '1');
    expect((await runInProcess(args)).stdout).not.toContain('\u001b');
  });
});
