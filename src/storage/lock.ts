/** A lock file that names the process that holds it; the lock of a dead process is taken over. */

import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../core/printable.js';
import { RunError } from '../core/run-error.js';
import { writeNewFile } from './atomic-file.js';
import { isAlive } from './is-alive.js';

interface Holder {
  readonly pid: number;
  /** When it started, as process ids are reused. Empty where the system does not tell. */
  readonly start: string;
  readonly host: string;
}

/** Attempts to take a lock that other processes take at the same time. */
const ATTEMPTS = 10;
/** How long a lock that names no process may be one that is just being written. */
const WRITING_MS = 100;

/** Takes a lock and gives the function that releases it. Throws a {@link RunError} if a living process holds it. */
export async function takeLock(path: string, what: string): Promise<() => Promise<void>> {
  const own: Holder = { pid: process.pid, start: startOf(process.pid), host: hostname() };
  lastNumber++;
  const mine = `${path}.${process.pid}-${lastNumber}`;
  const text = JSON.stringify(own);
  try {
    await writeNewFile(mine, text);
    for (let i = 0; i < ATTEMPTS; i++) {
      if (await claim(mine, path, text)) return hold(path);
      const found = await readLock(path);
      if (found === undefined) continue;
      const holder = parseHolder(found);
      if (holder && isHeld(holder)) throw inUse(what, holder, path);
      if (!holder && !(await isLasting(path, found))) continue;
      await removeStale(path, `${mine}.stale`, found);
    }
    throw new RunError(`cannot lock ${what}: other processes keep taking it`);
  } finally {
    await rm(mine, { force: true }).catch(() => {});
  }
}

/** Tells apart the attempts of this process, which may take several locks at once. */
let lastNumber = 0;

/** Locks of this process: a program that ends without releasing them leaves none behind. */
const held = new Set<string>();

function hold(path: string): () => Promise<void> {
  if (held.size === 0) process.on('exit', removeAll);
  held.add(path);
  return async () => {
    if (!held.delete(path)) return;
    if (held.size === 0) process.off('exit', removeAll);
    // What cannot be removed, as its folder is read-only by now, names a process that has ended.
    await rm(path, { force: true }).catch(() => {});
  };
}

function removeAll(): void {
  for (const path of held) {
    try {
      rmSync(path, { force: true });
    } catch {
      // As above.
    }
  }
}

/**
 * Creates the lock file, and never over another: whole or not at all, as a link does, where the file
 * system has links (FAT and SMB have none).
 */
async function claim(mine: string, path: string, text: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  }
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether a lock stays what it is: one that is being written does not. */
async function isLasting(path: string, text: string): Promise<boolean> {
  await sleep(WRITING_MS);
  return (await readLock(path)) === text;
}

/** Removes the lock of a dead process; one that changed hands meanwhile is put back. */
async function removeStale(path: string, aside: string, expected: string): Promise<void> {
  try {
    await rename(path, aside);
    const text = await readFile(aside, 'utf8');
    if (text !== expected) await claim(aside, path, text);
  } catch {
    // Another process was quicker: the next attempt will see its lock.
  } finally {
    await rm(aside, { force: true }).catch(() => {});
  }
}

/** The holder that a lock file names; undefined if it names none. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, start, host } = JSON.parse(text) as Partial<Holder>;
    const isHolder =
      Number.isSafeInteger(pid) &&
      Number(pid) > 0 &&
      typeof start === 'string' &&
      typeof host === 'string';
    return isHolder ? { pid: Number(pid), start, host } : undefined;
  } catch {
    return undefined;
  }
}

function isHeld({ pid, start, host }: Holder): boolean {
  // Processes of another machine cannot be looked up here.
  if (host !== hostname()) return true;
  // Process ids are reused: the start tells whether it is the same process.
  return isAlive(pid) && start === startOf(pid);
}

/**
 * When a process started: on Linux the 22nd field of its stat, in clock ticks since boot (proc(5)). A
 * zombie counts as ended: in a container whose init does not reap, it would hold the lock for good.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? 'ended' : (fields[18] ?? '');
  } catch {
    return '';
  }
}

function inUse(what: string, { pid, host }: Holder, path: string): RunError {
  return new RunError(
    host === hostname()
      ? `${what} is being written by another flagprobe, process ${pid}${pid === process.pid ? ' (this one)' : ''}`
      : `${what} is being written by process ${pid} on ${printable(host)}; if that is over, remove \`${path}\``,
  );
}
