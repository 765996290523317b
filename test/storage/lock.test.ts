import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunError } from '../../src/core/run-error.js';
import { lockFolder, prepareFolder } from '../../src/storage/download-folder.js';
import { takeLock } from '../../src/storage/lock.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'lock');
});
afterEach(() => folder[Symbol.asyncDispose]());

const deadHolder = () => {
  // A process that has ended: its id may be given out again, but not with that start.
  const pid = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  return JSON.stringify({ pid, start: '1', host: hostname() });
};

describe('takeLock', () => {
  it('lets one in at a time, the next when it is given back', async () => {
    const release = await takeLock(path, 'it');
    const second = takeLock(path, 'it');
    await expect(second).rejects.toThrow(
      new RunError(`it is being written by another flagprobe, process ${process.pid} (this one)`),
    );
    expect(await folder.names()).toEqual(['lock']);
    await release();
    expect(await folder.names()).toEqual([]);
    await (await takeLock(path, 'it'))();
    await release();
  });

  it('lets in one of many that come at once', async () => {
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(path, 'it')));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await folder.names()).toEqual(['lock']);
  });

  it('is taken over from a process that has ended', async () => {
    await writeFile(path, deadHolder());
    const release = await takeLock(path, 'it');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    await release();
  });

  it.each(['', 'nonsense', 'null', '{"pid":-1,"start":"","host":"h"}', '{"pid":1}'])(
    'is taken over where it says %j',
    async (text) => {
      await writeFile(path, text);
      await (await takeLock(path, 'it'))();
      expect(await folder.names()).toEqual([]);
    },
  );

  it('follows no link, planted where the lock or its temporary files will be', async () => {
    const victim = join(folder.path, 'victim');
    await writeFile(victim, 'mine');
    await symlink('victim', path);
    for (let i = 0; i < 100; i++) await symlink('victim', `${path}.${process.pid}-${i}`);
    const release = await takeLock(path, 'it');
    await release();
    expect(await readFile(victim, 'utf8')).toBe('mine');
  });

  it('says what the system says where no lock can be made', async () => {
    await mkdir(path);
    await expect(takeLock(path, 'it')).rejects.toThrow(/EISDIR/);
    const missing = takeLock(join(folder.path, 'missing', 'lock'), 'it');
    await expect(missing).rejects.toThrow(/ENOENT/);
  });

  it('shows no control characters of a planted lock', async () => {
    await writeFile(path, JSON.stringify({ pid: 1, start: '', host: '\u001b[2J' }));
    const error = await takeLock(path, 'it').catch(({ message }: RunError) => message);
    expect(error).toMatch(/^it is being written by process 1 on [ -~]+; if that is over/);
  });

  it('leaves nothing when the program ends without giving it back', async () => {
    const module = new URL('../../dist/storage/lock.js', import.meta.url);
    const script = `import(${JSON.stringify(module.href)}).then(({ takeLock }) =>
      takeLock(${JSON.stringify(path)}, 'it')).then(() => console.log('taken'));`;
    const child = spawn(process.execPath, ['-e', script]);
    const [text] = await once(child.stdout, 'data');
    expect(String(text)).toBe('taken\n');
    await once(child, 'exit');
    expect(await folder.names()).toEqual([]);
  });
});

describe('lockFolder', () => {
  it('holds by whatever name the folder is called', async () => {
    const target = await prepareFolder(join(folder.path, 'flags'));
    const link = join(folder.path, 'link');
    await symlink('flags', link);
    const release = await lockFolder(target);
    await expect(lockFolder(link)).rejects.toThrow(`\`${link}\` is being written by another`);
    await release();
    await (await lockFolder(link))();
  });

  it('says what the system says where no lock can be made', async () => {
    await mkdir(join(folder.path, '.flagprobe.lock'));
    const locked = lockFolder(folder.path);
    await expect(locked).rejects.toBeInstanceOf(RunError);
    await expect(locked).rejects.toThrow(/^cannot lock `.*`: .*EISDIR/);
  });
});
