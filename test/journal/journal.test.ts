import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../src/journal/journal.js';
import { openJournal } from '../../src/journal/open-journal.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const settings = { format: 'names' };
const texts = Array.from({ length: 300 }, (_, i) => `n${i}`);
/** The same disorder every time. */
const shuffled = texts.map((_, i) => (i * 97) % texts.length);

const open = (path: string, how: { resume?: boolean; force?: boolean } = {}) =>
  openJournal({ path, settings, resume: false, force: false, ...how });

function save(journal: Journal, finished = false): Promise<void> {
  return journal.save(journal.freeze({ tally: {}, seconds: 1, finished }));
}

/** Reads the inputs, and answers those that are not done in a disorderly order. */
async function run(
  journal: Journal,
  path: string,
  { inputs = texts, each = async (_: number) => {} } = {},
): Promise<void> {
  const left: number[] = [];
  let next = 0;
  for await (const list of journal.watch([inputs.slice(0, 130), inputs.slice(130)])) {
    for (const _ of list) {
      const number = next++;
      if (!journal.isDone(number)) left.push(number);
    }
  }
  await journal.cut();
  left.sort((a, b) => shuffled.indexOf(a) - shuffled.indexOf(b));
  for (const [i, number] of left.entries()) {
    const line = Buffer.from(`${inputs[number]}\n`);
    journal.wrote(line);
    appendFileSync(path, line);
    journal.done(number);
    await each(i);
  }
}

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

describe('a run', () => {
  it('goes on from every state that a stop can leave, with each input answered once', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    const snapshots: { text: string; bytes: number }[] = [];
    {
      await using journal = await open(path);
      const keep = async () =>
        snapshots.push({ text: await readFile(`${path}.resume`, 'utf8'), bytes: journal.bytes });
      await keep();
      await run(journal, path, {
        each: async (i) => {
          if (i % 40 !== 0) return;
          await save(journal);
          await keep();
        },
      });
    }
    const whole = await readFile(path);
    expect(snapshots).toHaveLength(9);
    for (const [i, { text, bytes }] of snapshots.entries()) {
      const next = snapshots[i + 1]?.bytes ?? whole.length;
      // The output may have come any way from this checkpoint to the end, and end within a line.
      for (const length of [bytes, bytes + 1, (bytes + next) >> 1, next, whole.length]) {
        await writeFile(path, whole.subarray(0, length));
        await writeFile(`${path}.resume`, text);
        // A newer snapshot that was not whole yet.
        await writeFile(`${path}.resume.tmp`, text.slice(0, length % text.length));
        await using journal = await open(path, { resume: true });
        expect(journal.bytes).toBe(bytes);
        await run(journal, path);
        expect(linesOf(path).sort()).toEqual([...texts].sort());
      }
    }
  });

  it('may be given a longer list', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    {
      await using journal = await open(path);
      await run(journal, path);
      await save(journal);
    }
    const inputs = [...texts, 'one more'];
    await using journal = await open(path, { resume: true });
    await run(journal, path, { inputs });
    expect(linesOf(path).sort()).toEqual([...inputs].sort());
  });

  it.each([
    ['other', ['other', ...texts.slice(1)]],
    ['shorter', texts.slice(0, -1)],
    ['differently cut', [...texts.slice(0, 298), 'n298n299', '']],
  ])('stops before it writes anything if the inputs are %s', async (_, inputs) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    {
      await using journal = await open(path);
      for await (const _ of journal.watch([texts]));
      await save(journal);
    }
    await using journal = await open(path, { resume: true });
    await expect(run(journal, path, { inputs })).rejects.toThrow('its first 300 lines must be');
    expect(linesOf(path)).toEqual([]);
  });

  it('is not verified before its inputs were read as far as before', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    {
      await using journal = await open(path);
      expect(journal.isVerified).toBe(true);
      for await (const _ of journal.watch([texts]));
      await save(journal);
    }
    await using journal = await open(path, { resume: true });
    const lists = journal.watch([texts.slice(0, 299), texts.slice(299)]);
    await lists.next();
    expect(journal.isVerified).toBe(false);
    await lists.next();
    expect(journal.isVerified).toBe(true);
  });

  it('has its first snapshot on the disk before the first byte of its output', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    await using _ = await open(path);
    expect(await folder.names()).toEqual(['out', 'out.resume', 'out.resume.lock']);
    expect(await readFile(path, 'utf8')).toBe('');
  });
});

describe('an output', () => {
  it('is one process\u2019s', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    const first = await open(path);
    const inUse = `\`${path}\` is being written by another flagprobe, process ${process.pid}`;
    await expect(open(path)).rejects.toThrow(inUse);
    await first[Symbol.asyncDispose]();
    await using _ = await open(path);
  });

  it.each([
    ['dead', { pid: 2 ** 22 + 1, start: '' }],
    ['of a number that was given out again', { pid: process.pid, start: '1' }],
  ])('is taken over from a process that is %s', async (_, holder) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    await writeFile(`${path}.resume.lock`, JSON.stringify({ ...holder, host: hostname() }));
    await using journal = await open(path);
    expect(await readFile(`${path}.resume.lock`, 'utf8')).toContain(`"pid":${process.pid}`);
    expect(journal.bytes).toBe(0);
    expect(await folder.names()).toEqual(['out', 'out.resume', 'out.resume.lock']);
  });

  const isLinux = process.platform === 'linux';
  it.runIf(isLinux)('is taken over from a process that nobody has reaped', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    // A shell that is replaced by sleep never asks what became of its child, if that ends later.
    const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo $!; exec sleep 60']);
    try {
      const pid = Number(String((await once(parent.stdout, 'data'))[0]));
      const stat = () =>
        readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
      parent.stdin.end();
      await expect.poll(() => stat()[0]).toBe('Z');
      const holder = { pid, start: stat()[19], host: hostname() };
      await writeFile(`${path}.resume.lock`, JSON.stringify(holder));
      await using journal = await open(path);
      expect(journal.bytes).toBe(0);
    } finally {
      parent.kill();
    }
  });

  it('that a process of another machine has is left alone', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    await writeFile(`${path}.resume.lock`, '{"pid":1,"start":"","host":"elsewhere.example"}');
    await expect(open(path)).rejects.toThrow('process 1 on elsewhere.example; if that is over');
  });
});
