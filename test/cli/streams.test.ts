/** Pipes that close, disks that are full, signals that come. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Running, shell, startFlagprobe } from '../support/cli.js';
import { gate } from '../support/gate.js';
import { interruptInProcess, runInProcess, startInProcess } from '../support/in-process.js';
import { found, scriptedDns } from '../support/scripted-dns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const local = ['probe', '-r', 'local'];

describe('a reader that leaves', () => {
  it.concurrent.each([
    ['yes def.dev | flagprobe probe -r local - -f jsonl | head -c 8', '{"name":'],
    ['yes def.dev | flagprobe probe -r local - | head -0', ''],
  ])('%s ends quietly, with 0', async (pipeline, stdout) => {
    const status = '"\u0024{PIPESTATUS[1]}"';
    const run = await shell(`${pipeline}; test ${status} = 0`);
    expect(run).toEqual({ stdout, stderr: '', code: 0, signal: null });
  });

  it.concurrent('--help does not mind it either', async () => {
    const run = await shell(`flagprobe probe --help | true; test "\u0024{PIPESTATUS[0]}" = 0`);
    expect(run).toMatchObject({ stderr: '', code: 0 });
  });
});

describe('a full disk', () => {
  it.concurrent.each(['probe x.dev -r local', '--version'])('%s ends with 4', async (line) => {
    expect(await shell(`flagprobe ${line} > /dev/full < /dev/null`)).toMatchObject({
      stderr: 'flagprobe: cannot write standard output: no space left on device (ENOSPC)\n',
      code: 4,
    });
  });

  it.concurrent('on standard error is no reason to fail', async () => {
    const run = await shell('flagprobe probe -r local def.dev 2> /dev/full');
    expect(run).toMatchObject({ stdout: '+ def.dev\n', code: 0 });
  });
});

describe('a long run', () => {
  it.concurrent('prints a line for each of 10,000 names, and no word about listeners', async () => {
    const script = 'yes def.dev | head -10000 | flagprobe probe -r local - -f jsonl | wc -l';
    const { stdout, stderr, code } = await shell(script);
    expect([stdout.trim(), code]).toEqual(['10000', 0]);
    expect(stderr).toMatch(/^10,000 found, [^\n]*\n$/);
  });

  it.concurrent('gives the first result before its input ends', async () => {
    const { stdin, printed, ended } = startInProcess([...local, '-']);
    stdin.write('def.dev\n');
    await printed('+ def.dev\n');
    stdin.end('none.dev\n');
    expect(await ended).toMatchObject({ stdout: '+ def.dev\n  none.dev\n', code: 0 });
  });
});

describe('a signal', () => {
  /** How a run ends that waits for more names, and has the results of two. */
  async function expectEnd(
    { printed, ended }: Pick<Running, 'printed' | 'ended'>,
    signal: NodeJS.Signals,
    send: () => void,
  ): Promise<void> {
    await printed('none.dev\n');
    await printed('+ def.dev\n');
    send();
    const run = await ended;
    // Which of the two is first is the network's affair.
    expect({ ...run, stdout: run.stdout.split('\n').sort() }).toEqual({
      stdout: ['', '  none.dev', '+ def.dev'],
      stderr: expect.stringMatching(
        /^stopped before all names were read\n1 found, 1 missing \(1 NXDOMAIN, 0 NODATA\), 0 unknown, 0 invalid, 0 not asked; .*\n$/,
      ),
      code: null,
      signal,
    });
  }

  const text = 'def.dev\nnone.dev\n';

  it('ends a run that waits for names: its results, a summary, and death by that signal', async () => {
    const run = startFlagprobe([...local, '-']);
    run.child.stdin.write(text);
    await expectEnd(run, 'SIGINT', () => run.child.kill('SIGINT'));
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('may be %s', async (signal) => {
    const run = startInProcess([...local, '-']);
    run.stdin.write(text);
    await expectEnd(run, signal, () => interruptInProcess(signal));
  });

  it('an input that was interrupted prints no line and counts as not asked', async () => {
    const asked = gate();
    await using server = await scriptedDns((query) => {
      if (query.name === 'a.example') found(query);
      else asked.open();
    });
    const args = [
      'probe',
      '-r',
      server.resolver,
      '--wildcards',
      'off',
      'a.example',
      'b.example',
      'c.example',
    ];
    const { printed, ended } = startInProcess(args);
    await printed('+ a.example\n');
    await asked.passed;
    interruptInProcess('SIGINT');
    const run = await ended;
    expect(run).toMatchObject({ stdout: '+ a.example\n', signal: 'SIGINT' });
    expect(run.stderr).toMatch(/^1 found, .* 0 unknown, 0 invalid, 2 not asked; .*\n$/);
  });

  describe('what was found and waits for its sibling', () => {
    async function interrupted(...more: readonly string[]) {
      const asked = gate();
      await using server = await scriptedDns((query) => {
        if (query.name === 'a.zone.example') found(query);
        else asked.open();
      });
      const args = ['probe', '-r', server.resolver, 'a.zone.example', ...more];
      const { ended } = startInProcess(args);
      await asked.passed;
      interruptInProcess('SIGINT');
      return ended;
    }

    it('is told', async () => {
      const run = await interrupted('-f', 'jsonl');
      expect(run.signal).toBe('SIGINT');
      expect(JSON.parse(run.stdout)).toMatchObject({ status: 'found', wildcard: 'unchecked' });
      expect(run.stderr).toMatch(/^1 found \(1 not checked for wildcards\), .* 0 not asked; /m);
    });

    it('is asked for again by a run that goes on', async () => {
      await using folder = await temporaryFolder();
      const path = join(folder.path, 'results');
      const run = await interrupted('-o', path);
      expect([await readFile(path, 'utf8'), run.signal]).toEqual(['', 'SIGINT']);
      expect(run.stderr).toMatch(/(^|\n)0 found, .* 1 not asked; /);
    });
  });

  it('--ordered prints what is in order', async () => {
    const asked = gate();
    await using server = await scriptedDns((query) => {
      if (query.name === 'b.example') asked.open();
      else found(query);
    });
    const names = ['a.example', 'b.example', 'c.example'];
    const args = ['probe', '-r', server.resolver, '--wildcards', 'off', '--ordered', ...names];
    const { printed, ended } = startInProcess(args);
    await printed('+ a.example\n');
    await asked.passed;
    interruptInProcess('SIGINT');
    expect(await ended).toMatchObject({ stdout: '+ a.example\n', signal: 'SIGINT' });
  });
});

describe('progress', () => {
  it.concurrent.each([['--progress', 'bar'], ['--progress', 'auto'], []])(
    'in a log there is none: %s %s',
    async (...options) => {
      const held = gate();
      await using server = await scriptedDns(async (asked) => {
        if (asked.name === 'b.example') await held.passed;
        found(asked);
      });
      const names = ['--wildcards', 'off', 'a.example', 'b.example'];
      const args = ['probe', '-r', server.resolver, ...names];
      const { printed, ended } = startInProcess([...args, ...options.filter(Boolean)]);
      await printed('a.example');
      setTimeout(held.open, 700);
      expect((await ended).stderr).toMatch(/^2 found, [^\n\r\u001b]*\n$/);
    },
  );

  it.concurrent('--progress json and plain print a line a second', async () => {
    const held = gate();
    await using server = await scriptedDns(async (asked) => {
      if (asked.name === 'b.example') await held.passed;
      found(asked);
    });
    const names = ['--wildcards', 'off', 'a.example', 'b.example'];
    const args = ['probe', '-r', server.resolver, ...names];
    const json = startInProcess([...args, '--progress', 'json']);
    const plain = startInProcess([...args, '--progress', 'plain']);
    await json.said('"done":1,');
    await plain.said('1 of 2 names (50%), ');
    held.open();
    const lines = (await json.ended).stderr.split('\n');
    const line = lines.find((text) => text.includes('"done":1,')) as string;
    expect(JSON.parse(line)).toEqual({
      ...{ event: 'progress', done: 1, total: 2, share: 0.5, not_asked: 1, failing: 0 },
      ...{ rate: expect.any(Number), seconds: expect.any(Number), eta: expect.any(Number) },
      ...{ found: 1, wildcard: 0, unchecked: 0, unknown: 0, invalid: 0, dangling: 0 },
      ...{ missing: 0, nxdomain: 0, nodata: 0, missing_wildcard: 0 },
    });
    expect(JSON.parse(lines.at(-2) as string)).toMatchObject({
      ...{ event: 'summary', done: 2, found: 2 },
      text: expect.stringMatching(/^2 found/),
    });
    expect((await plain.ended).stderr).toMatch(
      /^1 of 2 names \(50%\), \d a second, \d+ s left: 1 found, .*\n/m,
    );
  });
});

it('-q shows why no name could be found out', async () => {
  const args = ['probe', '-q', '-r', '127.0.0.1:1', '--transport', 'udp', 'a.example'];
  const { stdout, stderr, code } = await runInProcess(args);
  expect([stdout, code]).toEqual(['? a.example\tnetwork\n', 1]);
  expect(stderr).toMatch(/^no resolver can be asked, so names stay unknown\n {2}127\.0\.0\.1:1: /);
});

describe('getaddrinfo', () => {
  it.concurrent('finds localhost', async () => {
    const args = ['probe', '--transport', 'system', 'localhost', '-f', 'jsonl'];
    const run = await runInProcess(args);
    expect(JSON.parse(run.stdout)).toMatchObject({
      name: 'localhost',
      status: 'found',
      rcode: null,
      resolver: 'system',
      transport: 'system',
    });
    expect(run.code).toBe(0);
  });
});
