import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {AsyncDisposable & {
 *   readonly path: string,
 *   names(): Promise<string[]>,
 * }} TemporaryFolder `names` are those of its files, hidden ones too, sorted
 */

/** @returns {Promise<TemporaryFolder>} */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'flagprobe-test-'));
  return {
    path,
    names: async () => (await readdir(path)).sort(),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
