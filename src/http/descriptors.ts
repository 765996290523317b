/** How many more files and connections the process may open. */

import { readdir, readFile } from 'node:fs/promises';

/** Kept for files that are saved, the threads that look up names, and whatever else is opened. */
const RESERVE = 16;

/** Of the system's limit (`ulimit -n`), what is left; at least 1, and Infinity where it is not told. */
export async function descriptorsLeft(): Promise<number> {
  try {
    const limits = await readFile('/proc/self/limits', 'utf8');
    const [, limit = ''] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
    if (!/^\d+$/.test(limit)) return Number.POSITIVE_INFINITY;
    const open = await readdir('/proc/self/fd');
    return Math.max(1, Number(limit) - open.length - RESERVE);
  } catch {
    // Not Linux: a connection that cannot be opened waits until one can.
    return Number.POSITIVE_INFINITY;
  }
}
