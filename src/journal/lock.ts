/** One process at a time: a file that says who. That of a dead process is taken over. */

import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { RunError } from '../core/run-error.js';

interface Holder {
  readonly pid: number;
  /** When it started: a process id is given out again. Empty where nobody can tell. */
  readonly start: string;
  readonly host: string;
}

/** How often somebody else may be quicker. */
const TRIES = 10;

/** Takes a lock; the result gives it back. Throws a {@link RunError} if a living process has it. */
export async function takeLock(path: string, what: string): Promise<() => Promise<void>> {
  const own: Holder = { pid: process.pid, start: startOf(process.pid), host: hostname() };
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, JSON.stringify(own));
  try {
    for (let i = 0; i < TRIES; i++) {
      if (await claim(mine, path)) return () => rm(path, { force: true });
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const holder = parse(text);
      if (holder && isAlive(holder)) throw inUse(what, holder, path);
      await removeStale(path, `${mine}.stale`, text);
    }
    throw new RunError(`cannot lock ${what}: others are quicker`);
  } finally {
    await rm(mine, { force: true });
  }
}

/** A link appears whole or not at all, and never over another. */
async function claim(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a dead process's lock away; if it is a living one's by now, puts it back. */
async function removeStale(path: string, aside: string, expected: string): Promise<void> {
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== expected) await link(aside, path);
  } catch {
    // Somebody else was quicker: the next look tells.
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

function isAlive({ pid, start, host }: Holder): boolean {
  // Nobody here can tell about a process of another machine.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return start === startOf(pid);
}

/**
 * On Linux the 22nd field of its stat, in clock ticks since the machine came up (proc(5)). A zombie
 * has ended: where nobody reaps, as in many containers, it would hold the lock for good.
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
