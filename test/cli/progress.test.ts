/** What a bar shows, and that it fits. */

import { execFileSync } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { type BarState, barText, plainText } from '../../src/cli/bar-text.js';
import { listInput, openInput, shareRead } from '../../src/cli/input-sources.js';
import { showProgress } from '../../src/cli/progress.js';
import { type OutputStream, sayTo } from '../../src/cli/streams.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const state: BarState = {
  done: 1_234_567,
  doneNow: 1_000_000,
  total: { count: 9_876_543, isExact: false },
  seconds: 100,
  noun: 'names',
  counts: '1000000 found, 200000 missing, 34567 unknown',
};
/** While registries are asked. */
const waiting: BarState = {
  ...state,
  queueSeconds: 1000,
  queue: { names: 1000, host: 'rdap.example.com', seconds: 1000 },
};
const stdin = new PassThrough();

describe('the bar', () => {
  it('shows all where there is room', () => {
    expect(barText(state, 200)).toBe(
      `[██░░░░░░░░░░░░░░░░░░] 12% | 1234567/~9876543 names | 10000/s | ETA 14:24 | ${state.counts}`,
    );
  });

  it('keeps the share and the time left in 40 columns', () => {
    expect(barText(state, 37)).toBe('12% | 1234567/~9876543 | ETA 14:24');
    expect(barText({ ...state, done: 5, total: { count: 20, isExact: true } }, 37)).toBe(
      '25% | 5/20 | 10000/s | ETA 0 s',
    );
  });

  it('keeps that names wait for a registry, and takes its time, in 80 columns', () => {
    expect(barText(waiting, 200)).toContain(', 1000 wait for rdap.example.com, about 17 min');
    const few = { ...waiting, done: 7421, doneNow: 7421, total: { count: 17576, isExact: false } };
    expect(barText({ ...few, seconds: 4 }, 77)).toBe(
      '[████░░░░░░] 42% | 7421/~17576 | 1855/s | ETA 16:40 | 1000 wait for registry',
    );
    expect(barText({ ...few, seconds: 4 }, 37)).toBe('42% | 7421/~17576 | ETA 16:40');
    expect(barText({ ...waiting, total: undefined }, 60)).toBe(
      '1234567 names | 10000/s | 1000 wait for registry',
    );
  });

  it.each([undefined, state.total, { count: 0, isExact: true }, { count: 7, isExact: true }])(
    'is never wider than the terminal, of a total of %j',
    (total) => {
      for (let width = 10; width <= 160; width++) {
        expect(barText({ ...state, total }, width).length).toBeLessThanOrEqual(width);
        expect(barText({ ...waiting, total }, width).length).toBeLessThanOrEqual(width);
      }
    },
  );

  it('says nothing of a time left that is not known', () => {
    expect(barText({ ...state, done: 0, doneNow: 0 }, 60)).toContain('ETA ?');
    expect(barText({ ...state, total: undefined }, 60)).toBe('1234567 names | 10000/s');
    expect(plainText({ ...state, total: undefined })).toMatch(/^1234567 names, 10000 a second: 1/);
  });

  it.each([true, false])('is gone after a run that was stopped (%s)', async (isStopped) => {
    let written = '';
    const stream = Object.assign(
      new Writable({
        write(chunk, _, done) {
          written += chunk;
          done();
        },
      }),
      { isTTY: true, columns: 40 },
    );
    const style = { noun: 'flags', delaySeconds: 0, isKept: true };
    const snapshot = () => ({ ...state, fields: {} });
    const progress = await showProgress({ kind: 'bar', stream, style, snapshot });
    progress.around(() => stream.write('BR OK\n'));
    const say = sayTo({ stdin, stdout: stream, stderr: stream }, false);
    say('a resolver answers again');
    progress.end(isStopped);
    expect(written).toContain('\r\u001b[KBR OK\n');
    expect(written).toContain('\r\u001b[Ka resolver answers again\n');
    const before = written;
    say('the end');
    expect(written.slice(before.length)).toBe('the end\n');
    written = before;
    // Line up, to its beginning, erased: what follows takes its place.
    expect(written.endsWith('\n\u001b[1A\r\u001b[K')).toBe(isStopped);
    const bars = written.split(/[\r\n]|\u001b\[\w+/).filter((text) => text.includes('%'));
    // A terminal adds `^C`.
    for (const text of bars) expect(text.length).toBeLessThanOrEqual(37);
    expect(bars.length).toBeGreaterThan(0);
  });
});

it('leaves its line empty for a moment where results go through a pipe, as their reader may print there', async () => {
  await using folder = await temporaryFolder();
  const fifo = join(folder.path, 'fifo');
  execFileSync('mkfifo', [fifo]);
  await using pipe = await open(fifo, 'r+');
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  const stream = { isTTY: true, columns: 80, write };
  const progress = await showProgress({
    ...{ kind: 'bar', stream: stream as unknown as OutputStream },
    results: { fd: pipe.fd } as unknown as OutputStream,
    style: { noun: 'names', delaySeconds: 0, isKept: false },
    snapshot: () => ({ ...state, fields: {} }),
  });
  progress.around(() => {});
  expect(written.endsWith('\r\u001b[K')).toBe(true);
  progress.end(false);
});

it('says once that names wait for registries where no bar shows it, and again when all were read', async () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) } as unknown as OutputStream;
    let run = { ...waiting, fields: {} };
    const progress = await showProgress({
      ...{ kind: 'auto', stream, snapshot: () => run },
      style: { noun: 'names', delaySeconds: 0.5, isKept: false },
      queueNotice: ({ names }, isWhole) => `${names} wait, ${isWhole ? 'all' : 'so far'}`,
    });
    vi.advanceTimersByTime(5000);
    expect(lines).toEqual(['1000 wait, so far\n']);
    run = { ...run, total: { count: 2000, isExact: true } };
    vi.advanceTimersByTime(5000);
    expect(lines.slice(1)).toEqual(['1000 wait, all\n']);
    progress.end(false);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

describe('the share of the input that was read', () => {
  it('is that of the bytes of a file', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'names.txt');
    await writeFile(path, 'def.dev\n'.repeat(100_000));
    const file = openInput('--input', path, stdin);
    expect(shareRead([file])).toBe(0);
    const lists = file.lists as AsyncIterable<readonly string[]>;
    const shares = [];
    for await (const _ of lists) shares.push(shareRead([listInput('the arguments', ['a']), file]));
    expect(shares.length).toBeGreaterThan(2);
    expect(shares[0]).toBeGreaterThan(0);
    expect(shares[0]).toBeLessThan(1);
    expect(shares.at(-1)).toBe(1);
  });

  it('grows while a file that is read at once is used up', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'short');
    await writeFile(path, 'a.dev\n'.repeat(1024));
    const file = openInput('--input', path, stdin);
    const shares = [];
    for await (const _ of file.lists) shares.push(shareRead([file]));
    expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it('is not known of a pipe', () => {
    expect(shareRead([openInput('-', '-', stdin)])).toBeUndefined();
  });
});
