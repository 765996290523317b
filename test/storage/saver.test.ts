import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { prepareFolder } from '../../src/storage/download-folder.js';
import { Saver } from '../../src/storage/saver.js';
import {
  isDiskFailure,
  type SaveBatch,
  type SaveFailure,
} from '../../src/storage/saver-messages.js';
import { FolderWriter, MANIFEST, SAVER, temporaryPath } from '../../src/storage/saver-worker.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const worker = new URL('../../src/storage/saver-worker.js', import.meta.url);
const realThread = (path: string) =>
  new Worker(worker, { workerData: { role: SAVER, folder: path } });
const scriptedThread = (script: string) => new Worker(script, { eval: true });

const oneBatch = (path: string) => `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(worker)}).then(({ FolderWriter }) => {
    const writer = new FolderWriter(${JSON.stringify(path)});
    let batches = 0;
    parentPort.on('message', (batch) => {
      if (batches++ > 0) process.exit(1);
      parentPort.postMessage(writer.answer(batch));
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
const files = async () => (await folder.names()).filter((name) => name !== MANIFEST);
const record = (name: string) => `{"url":"http://h/${name}","file":"${name}"`;
const manifest = async () =>
  (await readFile(inFolder(MANIFEST), 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

function batchOf(texts: Record<string, string>): SaveBatch {
  const names = Object.keys(texts);
  const bodies = Object.values(texts).map((text) => Buffer.from(text));
  return {
    kind: 'save',
    bytes: Buffer.concat(bodies),
    names: names.join('/'),
    sizes: Uint32Array.from(bodies, ({ length }) => length),
    records: names.map(record).join('\n'),
  };
}

const save = (texts: Record<string, string>) => new FolderWriter(folder.path).save(batchOf(texts));

describe('FolderWriter', () => {
  it('writes whole files and what they are, and leaves nothing else', async () => {
    await writeFile(inFolder('a'), 'something old and longer');
    const { failures, offsets } = save({ a: 'new', b: '' });
    expect(failures).toEqual([]);
    expect(await folder.names()).toEqual([MANIFEST, 'a', 'b']);
    expect(await readFile(inFolder('a'), 'utf8')).toBe('new');
    const text = await readFile(inFolder(MANIFEST), 'utf8');
    expect([...offsets]).toEqual([0, text.indexOf('\n') + 1]);
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(await manifest()).toEqual([
      { url: 'http://h/a', file: 'a', bytes: 3, sha256: sha256('new'), time },
      { url: 'http://h/b', file: 'b', bytes: 0, sha256: sha256(''), time },
    ]);
  });

  it("tells the system's reason for one file and saves the others", async () => {
    await mkdir(inFolder('taken'));
    const { failures } = save({ taken: 'x', ['x'.repeat(300)]: 'x', b: 'x' });
    expect(failures.map(([i, { code }]) => [i, code])).toEqual([
      [0, 'EISDIR'],
      [1, 'ENAMETOOLONG'],
    ]);
    expect(await files()).toEqual(['b', 'taken']);
    expect((await manifest()).map(({ file }) => file)).toEqual(['b']);
  });

  it.each([
    ['ENOSPC', true],
    ['EDQUOT', true],
    ['EROFS', true],
    ['EACCES', false],
    ['ENAMETOOLONG', false],
  ] as const)('%s is a failure of the disk: %s', (code, isDisk) => {
    expect(isDiskFailure({ code, message: '' })).toBe(isDisk);
  });

  it.skipIf(!canMount)('says ENOSPC of a full disk, leaves no part, and saves what fits', () => {
    const script = `
      const { FolderWriter } = await import(${JSON.stringify(worker)});
      const bytes = Buffer.alloc(101000);
      const batch = { bytes, names: '1.gif/2.gif', sizes: [100000, 1000], records: '{\\n{' };
      const { failures } = new FolderWriter(process.cwd()).save(batch);
      const codes = failures.map(([i, { code }]) => [i, code]);
      console.log(JSON.stringify([codes, fs.readdirSync('.').sort()]));`;
    const mount = 'mount -t tmpfs -o size=16k tmpfs "$1" && cd "$1" && exec "$2" -e "$3"';
    const shell = ['-rm', 'sh', '-c', mount, 'sh', folder.path, process.execPath, script];
    const output = execFileSync('unshare', shell, { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual([[[0, 'ENOSPC']], [MANIFEST, '2.gif']]);
  });

  it('replaces a link under the final name instead of following it', async () => {
    await writeFile(inFolder('outside'), 'untouched');
    await symlink(inFolder('outside'), inFolder('link'));
    save({ link: 'flag' });
    expect(await readFile(inFolder('link'), 'utf8')).toBe('flag');
    expect(await readFile(inFolder('outside'), 'utf8')).toBe('untouched');
  });

  it('replaces a link under the name of the manifest instead of following it', async () => {
    await writeFile(inFolder('outside'), 'untouched');
    await symlink(inFolder('outside'), inFolder(MANIFEST));
    expect(save({ a: 'flag' }).failures).toEqual([]);
    expect(await manifest()).toHaveLength(1);
    expect(await readFile(inFolder('outside'), 'utf8')).toBe('untouched');
  });

  it('does not write through a link that lies under the temporary name', async () => {
    await writeFile(inFolder('outside'), 'untouched');
    const [, number] = /-(\d+)\.tmp$/.exec(temporaryPath(folder.path)) ?? [];
    const next = temporaryPath(folder.path).replace(/\d+\.tmp$/, `${Number(number) + 2}.tmp`);
    await symlink(inFolder('outside'), next);
    expect(save({ a: 'flag' }).failures).toEqual([]);
    expect(await readFile(inFolder('a'), 'utf8')).toBe('flag');
    expect(await readFile(inFolder('outside'), 'utf8')).toBe('untouched');
    expect(await files()).toEqual(['a', 'outside']);
  });

  it('begins a new line where the manifest ends in the middle of one', async () => {
    await writeFile(inFolder(MANIFEST), '{"url":"http://h/cut","fi');
    save({ a: 'flag' });
    const [torn, whole] = (await readFile(inFolder(MANIFEST), 'utf8')).split('\n');
    expect(torn).toBe('{"url":"http://h/cut","fi');
    expect(JSON.parse(whole as string)).toMatchObject({ file: 'a' });
  });

  it('tells a file that is whole from one that was cut, changed, deleted or is none', async () => {
    const names = ['whole', 'unknown', 'cut', 'changed', 'gone', 'link', 'folder'];
    save(Object.fromEntries(names.slice(0, 5).map((name) => [name, 'flag'])));
    await writeFile(inFolder('cut'), 'fla');
    await writeFile(inFolder('changed'), 'flab');
    await symlink('whole', inFolder('link'));
    await mkdir(inFolder('folder'));
    const sha256 = createHash('sha256').update('flag').digest('hex');
    const { holds } = new FolderWriter(folder.path).check({
      kind: 'check',
      names: names.map((name) => (name === 'gone' ? 'went' : name)),
      sizes: names.map(() => 4),
      hashes: names.map((name) => (name === 'unknown' ? '' : sha256)),
    });
    expect(holds).toEqual([true, true, false, false, false, false, false]);
  });
});

/** Saves, and waits for what comes of it. */
function saved(saver: Saver, name: string, ...texts: string[]): Promise<SaveFailure | undefined> {
  const bytes = Buffer.from(texts.join(''));
  return new Promise((settle) => saver.save({ name, bytes, record: record(name), settle }));
}

describe('Saver', () => {
  it('saves many files, each under its name, and ends with its thread', async () => {
    let thread: Worker | undefined;
    const saver = new Saver(folder.path, (path) => {
      thread = realThread(path);
      return thread;
    });
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    const failures = await Promise.all(
      numbers.map((i) => saved(saver, `${i}.gif`, 'flag', ` ${i}`)),
    );
    expect(failures.every((failure) => failure === undefined)).toBe(true);
    expect(await files()).toHaveLength(300);
    expect(await readFile(inFolder('299.gif'), 'utf8')).toBe('flag 299');
    expect(await manifest()).toHaveLength(300);
    const exited = once(thread as Worker, 'exit');
    await saver.close();
    await saver.close();
    expect(await exited).toEqual([0]);
    await expect(saved(saver, 'late', 'x')).rejects.toThrow('closed');
  });

  it('waits at the end for what is not saved yet', async () => {
    const saver = new Saver(folder.path);
    const one = saved(saver, 'a', 'flag');
    await saver.close();
    expect(await files()).toEqual(['a']);
    expect(await one).toBeUndefined();
  });

  it('hands a thread only the bytes of the files, not the memory around them', async () => {
    const thread = realThread(folder.path);
    const lengths: number[] = [];
    const post = thread.postMessage.bind(thread);
    vi.spyOn(thread, 'postMessage').mockImplementation((batch, transferred) => {
      if (batch !== 'close') lengths.push((batch as SaveBatch).bytes.buffer.byteLength);
      post(batch, transferred as []);
    });
    await using saver = new Saver(folder.path, () => thread);
    await saved(saver, 'a', 'flag');
    expect(await readFile(inFolder('a'), 'utf8')).toBe('flag');
    expect(lengths).toEqual([4]);
  });

  it('tells a failed save and goes on', async () => {
    await using saver = new Saver(folder.path);
    await mkdir(inFolder('taken'));
    const failed = saved(saver, 'taken', 'x');
    const other = saved(saver, 'b', 'x');
    expect(await failed).toMatchObject({ code: 'EISDIR' });
    expect(await other).toBeUndefined();
    expect(await files()).toEqual(['b', 'taken']);
  });

  it('checks files, between saves and before them', async () => {
    await using saver = new Saver(folder.path);
    await saved(saver, 'a', 'flag');
    const check = (name: string, size: number) =>
      new Promise((settle) => saver.check({ name, size, sha256: '', settle }));
    const answers = [check('a', 4), check('a', 5), saved(saver, 'b', 'x'), check('b', 1)];
    expect(await Promise.all(answers)).toEqual([true, false, undefined, false]);
  });

  it('does again, with a new thread, what a thread that died had', async () => {
    const threads: Worker[] = [];
    const saver = new Saver(folder.path, (path) => {
      // Each of the first three does one batch and dies of the next; then comes a real one.
      threads.push(threads.length < 3 ? scriptedThread(oneBatch(path)) : realThread(path));
      return threads.at(-1) as Worker;
    });
    const names = Array.from({ length: 500 }, (_, i) => `${i}.gif`);
    const failures = await Promise.all(names.map((name) => saved(saver, name, 'flag')));
    await saver.close();
    expect(failures.every((failure) => failure === undefined)).toBe(true);
    expect(threads).toHaveLength(4);
    expect(await files()).toEqual(names.sort());
  });

  it('saves in the main thread, and says so, when there can be no other', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const saver = new Saver(folder.path, () => scriptedThread('throw new Error("no memory")'));
    expect(await saved(saver, 'a', 'flag')).toBeUndefined();
    expect(await saved(saver, 'b', 'flag')).toBeUndefined();
    await saver.close();
    expect(await files()).toEqual(['a', 'b']);
    expect(warned).toHaveBeenCalledOnce();
    expect(warned.mock.lastCall?.[0]).toContain('no memory');
    warned.mockRestore();
  });
});

describe('prepareFolder', () => {
  it('does not write through a link under the name of the file that proves it can write', async () => {
    await writeFile(inFolder('outside'), 'untouched');
    const [, number] = /-(\d+)\.tmp$/.exec(temporaryPath(folder.path)) ?? [];
    const next = temporaryPath(folder.path).replace(/\d+\.tmp$/, `${Number(number) + 2}.tmp`);
    await symlink(inFolder('outside'), next);
    await expect(prepareFolder(folder.path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(inFolder('outside'), 'utf8')).toBe('untouched');
  });

  it('makes the folder, and removes the temporary files of dead processes only', async () => {
    const path = inFolder('a/b');
    expect(await prepareFolder(path)).toBe(path);
    const dead = spawnSync('true').pid;
    const names = [
      `.flagprobe-${dead}-0-1.tmp`,
      `.flagprobe-${process.pid}-0-999.tmp`,
      `.flagprobe-${process.ppid}-0-1.tmp`,
      `.flagprobe-${dead}-0-1.tmp.gif`,
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
