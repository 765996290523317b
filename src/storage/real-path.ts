/** Where a path leads to, whether or not anything is there yet. */

import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** The most links that a path may lead through, as on Linux (path_resolution(7)). */
const MAX_LINKS = 40;

/** The path of the file that a path leads to, which need not exist yet. Rejects with the system's error. */
export async function realPathOf(path: string): Promise<string> {
  let here = resolve(path);
  for (let i = 0; i < MAX_LINKS; i++) {
    const folder = await realpath(dirname(here));
    here = join(folder, basename(here));
    const target = await readlink(here).catch(() => undefined);
    if (target === undefined) return here;
    here = resolve(folder, target);
  }
  throw Object.assign(new Error('ELOOP: too many symbolic links encountered'), { code: 'ELOOP' });
}

/** The path of a folder without links, of which any part need not exist yet. */
export async function realFolderOf(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch {
    const parent = dirname(whole);
    return parent === whole ? whole : join(await realFolderOf(parent), basename(whole));
  }
}
