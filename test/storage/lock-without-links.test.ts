/** The lock where the file system has no hard links, as FAT and SMB have none. */

import * as files from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, it, vi } from 'vitest';
import { parseHolder, takeLock } from '../../src/storage/lock.js';
import { codePoint } from '../support/code-point.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.mock('node:fs/promises', { spy: true });
beforeEach(() => {
  const refused = Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
  vi.mocked(files.link).mockRejectedValue(refused);
});

it('is taken, refused, taken over from a dead process, and given back', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  const release = await takeLock(path, 'it');
  await expect(takeLock(path, 'it')).rejects.toThrow('is being written by another flagprobe');
  await release();
  const dead = { pid: 2 ** 22 + 1, start: '', host: hostname() };
  // An empty lock that stays empty is left of a process that was killed while it wrote it.
  for (const left of [JSON.stringify(dead), '']) {
    await files.writeFile(path, left);
    await (await takeLock(path, 'it'))();
  }
  expect(await folder.names()).toEqual([]);
});

it('names a process or none, whatever the file holds', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: codePoint })), (text) => {
      const holder = parseHolder(text);
      return holder === undefined || (Number.isSafeInteger(holder.pid) && holder.pid > 0);
    }),
  );
});
