import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Saver } from '../../src/flags/saver.js';
import type { SaveItem } from '../../src/flags/saver-messages.js';
import { SAVER, saveBatch } from '../../src/flags/saver-worker.js';
import { prepareFolder, temporaryPath } from '../../src/flags/target-folder.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const worker = new URL('../../src/flags/saver-worker.js', import.meta.url);
const realThread = () => new Worker(worker, { workerData: SAVER });
const scriptedThread = (script: string) => new Worker(script, { eval: true });

const oneBatch = `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(worker)}).then(({ saveBatch }) => {
    let batches = 0;
    parentPort.on('message', (batch) => {
      if (batches++ > 0) process.exit(1);
      parentPort.postMessage(saveBatch(batch));
    });
  });`;

/** A small disk of its own needs a system that lets a user have a namespace. */
const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const inFolder = (name: string) => join(folder.path, name);
const item = (name: string, text: string, id = 1) => ({
  id,
  temp: temporaryPath(folder.path),
  path: inFolder(name),
  bytes: Buffer.from(text),
});

describe('saveBatch', () => {
  it('writes whole files and leaves nothing else', async () => {
    await writeFile(inFolder('a'), 'something old and longer');
    expect(saveBatch([item('a', 'new', 1), item('b', '', 2)])).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await folder.names()).toEqual(['a', 'b']);
    expect(await readFile(inFolder('a'), 'utf8')).toBe('new');
  });

  it("tells the system's reason for one file and saves the others", async () => {
    await mkdir(inFolder('taken'));
    const missing = { ...item('c', 'x', 2), temp: inFolder('no/such/folder') };
    const saved = saveBatch([item('taken', 'x', 1), missing, item('b', 'x', 3)]);
    expect(saved.map(({ id, failure }) => [id, failure?.code])).toEqual([
      [1, 'EISDIR'],
      [2, 'ENOENT'],
      [3, undefined],
    ]);
    expect(await folder.names()).toEqual(['b', 'taken']);
  });

  it.skipIf(!canMount)('says ENOSPC of a full disk, leaves no part, and saves what fits', () => {
    const script = `
      const { saveBatch } = await import(${JSON.stringify(worker)});
      const item = (id, size) =>
        ({ id, temp: '.flagprobe-1-' + id + '.tmp', path: id + '.gif', bytes: Buffer.alloc(size) });
      const saved = saveBatch([item(1, 100000), item(2, 1000)]);
      console.log(JSON.stringify([saved.map((one) => one.failure?.code), fs.readdirSync('.')]));`;
    const mount = 'mount -t tmpfs -o size=16k tmpfs "$1" && cd "$1" && exec "$2" -e "$3"';
    const shell = ['-rm', 'sh', '-c', mount, 'sh', folder.path, process.execPath, script];
    const output = execFileSync('unshare', shell, { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual([['ENOSPC', null], ['2.gif']]);
  });

  it('replaces a link under the final name instead of following it', async () => {
    await writeFile(inFolder('outside'), 'untouched');
    await symlink(inFolder('outside'), inFolder('link'));
    saveBatch([item('link', 'flag')]);
    expect(await readFile(inFolder('link'), 'utf8')).toBe('flag');
    expect(await readFile(inFolder('outside'), 'utf8')).toBe('untouched');
  });

  it('does not write through a link that lies under the temporary name', async () => {
    await writeFile(inFolder('outside'), 'untouched');
    const planted = item('a', 'flag');
    await symlink(inFolder('outside'), planted.temp);
    expect(saveBatch([planted])).toEqual([{ id: 1 }]);
    expect(await readFile(inFolder('a'), 'utf8')).toBe('flag');
    expect(await readFile(inFolder('outside'), 'utf8')).toBe('untouched');
  });
});

describe('Saver', () => {
  it('saves many files, each under its name, and ends with its thread', async () => {
    let thread: Worker | undefined;
    const start = () => {
      thread = realThread();
      return thread;
    };
    const saver = new Saver(folder.path, start);
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    const failures = await Promise.all(
      numbers.map((i) => saver.save(inFolder(`${i}.gif`), Buffer.from(`flag ${i}`))),
    );
    expect(failures.every((failure) => failure === undefined)).toBe(true);
    expect(await folder.names()).toHaveLength(300);
    expect(await readFile(inFolder('299.gif'), 'utf8')).toBe('flag 299');
    const exited = once(thread as Worker, 'exit');
    await saver.close();
    await saver.close();
    expect(await exited).toEqual([0]);
    await expect(saver.save(inFolder('late'), Buffer.from('x'))).rejects.toThrow('closed');
  });

  it('waits at the end for what is not saved yet', async () => {
    const saver = new Saver(folder.path);
    const saved = saver.save(inFolder('a'), Buffer.from('flag'));
    await saver.close();
    expect(await folder.names()).toEqual(['a']);
    expect(await saved).toBeUndefined();
  });

  it('sends a thread only the bytes of the file, not the memory around them', async () => {
    const thread = realThread();
    const sent = vi.spyOn(thread, 'postMessage');
    await using saver = new Saver(folder.path, () => thread);
    const pool = Buffer.alloc(8192, 'x');
    pool.write('flag', 100);
    await saver.save(inFolder('a'), pool.subarray(100, 104));
    expect(await readFile(inFolder('a'), 'utf8')).toBe('flag');
    const batches = sent.mock.calls.map(([batch]) => batch as SaveItem[]);
    expect(batches[0]?.[0]?.bytes.buffer.byteLength).toBe(4);
  });

  it('tells a failed save and goes on', async () => {
    await using saver = new Saver(folder.path);
    await mkdir(inFolder('taken'));
    const failed = saver.save(inFolder('taken'), Buffer.from('x'));
    const saved = saver.save(inFolder('b'), Buffer.from('x'));
    expect(await failed).toMatchObject({ code: 'EISDIR' });
    expect(await saved).toBeUndefined();
    expect(await folder.names()).toEqual(['b', 'taken']);
  });

  it('does again, with a new thread, what a thread that died had', async () => {
    const threads: Worker[] = [];
    const saver = new Saver(folder.path, () => {
      // Each of the first three does one batch and dies of the next; then comes a real one.
      threads.push(threads.length < 3 ? scriptedThread(oneBatch) : realThread());
      return threads.at(-1) as Worker;
    });
    const names = Array.from({ length: 500 }, (_, i) => `${i}.gif`);
    const failures = await Promise.all(
      names.map((name) => saver.save(inFolder(name), Buffer.from('flag'))),
    );
    await saver.close();
    expect(failures.every((failure) => failure === undefined)).toBe(true);
    expect(threads).toHaveLength(4);
    expect(await folder.names()).toEqual(names.sort());
  });

  it('saves in the main thread, and says so, when there can be no other', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const saver = new Saver(folder.path, () => scriptedThread('throw new Error("no memory")'));
    expect(await saver.save(inFolder('a'), Buffer.from('flag'))).toBeUndefined();
    expect(await saver.save(inFolder('b'), Buffer.from('flag'))).toBeUndefined();
    await saver.close();
    expect(await folder.names()).toEqual(['a', 'b']);
    expect(warned).toHaveBeenCalledOnce();
    expect(warned.mock.lastCall?.[0]).toContain('no memory');
    warned.mockRestore();
  });
});

describe('prepareFolder', () => {
  it('makes the folder, and removes the temporary files of dead processes only', async () => {
    const path = inFolder('a/b');
    expect(await prepareFolder(path)).toBe(path);
    const dead = spawnSync('true').pid;
    const names = [
      `.flagprobe-${dead}-1.tmp`,
      `.flagprobe-${process.pid}-999.tmp`,
      `.flagprobe-${process.ppid}-1.tmp`,
      `.flagprobe-${dead}-1.tmp.gif`,
    ];
    for (const name of names) await writeFile(join(path, name), '');
    await prepareFolder(path);
    const left = await readdir(path);
    expect(left.sort()).toEqual(names.slice(1).sort());
  });

  it.each([
    ['/dev/null/flags', 'ENOTDIR'],
    ['/proc/flags', 'ENOENT'],
  ])("rejects with the system's reason for %s", async (path, code) => {
    await expect(prepareFolder(path)).rejects.toMatchObject({ code });
  });
});
