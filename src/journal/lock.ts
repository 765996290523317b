/** A lock file that names the process that holds it; the lock of a dead process is taken over. */

import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { RunError } from '../core/run-error.js';
import { isAlive } from '../storage/is-alive.js';

interface Holder {
  readonly pid: number;
  /** When it started, as process ids are reused. Empty where the system does not tell. */
  readonly start: string;
  readonly host: string;
}

/** Attempts to take a lock that other processes take at the same time. */
const ATTEMPTS = 10;

/** Takes a lock and gives the function that releases it. Throws a {@link RunError} if a living process holds it. */
export async function takeLock(path: string, what: string): Promise<() => Promise<void>> {
  const own: Holder = { pid: process.pid, start: startOf(process.pid), host: hostname() };
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, JSON.stringify(own));
  try {
    for (let i = 0; i < ATTEMPTS; i++) {
      if (await claim(mine, path)) return () => rm(path, { force: true });
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const holder = parse(text);
      if (holder && isHeld(holder)) throw inUse(what, holder, path);
      await removeStale(path, `${mine}.stale`, text);
    }
    throw new RunError(`cannot lock ${what}: other processes keep taking it`);
  } finally {
    await rm(mine, { force: true });
  }
}

/** Creates the lock file whole or not at all, as a link does, and never over another. */
async function claim(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a dead process; one that changed hands meanwhile is put back. */
async function removeStale(path: string, aside: string, expected: string): Promise<void> {
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== expected) await link(aside, path);
  } catch {
    // Another process was quicker: the next attempt will see its lock.
  } finally {
    await rm(aside, { force: true });
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
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
      ? `${what} is being written by another flagprobe, process ${pid}`
      : `${what} is being written by process ${pid} on ${host}; if that is over, remove \`${path}\``,
  );
}
