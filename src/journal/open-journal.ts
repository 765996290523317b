/** Opens a journal: decides whether a run may start or be resumed, and never discards results unasked. */

import { createReadStream, existsSync } from 'node:fs';
import { appendFile, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from '../core/crc32.js';
import { RunError } from '../core/run-error.js';
import { UsageError } from '../core/usage-error.js';
import { takeLock } from '../storage/lock.js';
import { realPathOf } from '../storage/real-path.js';
import { cannotWrite, Journal, type JournalOptions, orCannotWrite } from './journal.js';
import { type CapMark, decodeSnapshot, type Settings, type Snapshot } from './snapshot.js';

export type { JournalOptions };

/**
 * Opens the journal of an output, which is there from then on. Throws a {@link UsageError} if
 * the run cannot be resumed or would destroy another, a {@link RunError} if the files cannot be used.
 */
export async function openJournal(given: JournalOptions): Promise<Journal> {
  const path = await orCannotWrite(given.path, realPathOf(given.path));
  const options = { ...given, path };
  const release = await orCannotWrite(given.path, takeLocks(path, `\`${given.path}\``));
  try {
    const snapshot = options.resume ? await restore(options) : await replace(options);
    const opened = new Journal(options, snapshot, release);
    if (!snapshot) await opened.start();
    // Before the first byte there may be no file yet.
    else if (snapshot.output.bytes === 0) await orCannotWrite(path, appendFile(path, ''));
    return opened;
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Locks a file: by its path, and where it has several names (hard links) by its device and inode too.
 */
async function takeLocks(path: string, what: string): Promise<() => Promise<void>> {
  const release = await takeLock(`${path}.resume.lock`, what);
  const { nlink, dev, ino } = (await stat(path).catch(() => undefined)) ?? { nlink: 1 };
  if (nlink <= 1) return release;
  try {
    const user = process.getuid?.() ?? 0;
    const other = await takeLock(join(tmpdir(), `flagprobe-${user}-${dev}-${ino}.lock`), what);
    return async () => {
      await other();
      await release();
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The snapshot to resume from; undefined if there is nothing yet. */
async function restore({
  path,
  settings,
  rdapMax = 0,
}: JournalOptions): Promise<Snapshot | undefined> {
  const found = await readSnapshot(path);
  const size = await sizeOf(path);
  if (found === undefined) {
    if (size === 0) return undefined;
    throw refusal(
      path,
      'has content and no `.resume` file beside it, so what is done is not known',
    );
  }
  if (typeof found === 'string')
    throw refusal(path, `cannot go on: its \`.resume\` file is ${found}`);
  const other = differences(found.settings, settings);
  if (other) throw refusal(path, `was begun ${other}`);
  const { bytes, crc } = found.output;
  // The results of a run that is over have been taken away: there is nothing to go on from.
  if (found.finished && !existsSync(path)) return undefined;
  if (!existsSync(path) && bytes > 0)
    throw refusal(path, 'is not there, and by its `.resume` file its run is not finished');
  if (size < bytes)
    throw refusal(path, `is shorter than its run has left it (${size} of ${bytes} bytes)`);
  // Of a finished run nothing may come behind: what does is not its own, and not to be cut off.
  const isGrown = found.finished && size > bytes;
  if (isGrown || (await orCannotWrite(path, crcOf(path, bytes))) !== crc) {
    throw refusal(path, 'was changed since its run has left it');
  }
  const proved = asProved(found);
  const { cap } = proved;
  return cap && rdapMax > cap.max ? beforeCap(proved, cap) : proved;
}

/** The run as it was when its resolvers had last proved to be as ever. */
function asProved(found: Snapshot): Snapshot {
  const { proved, cap, finished } = found;
  if (!proved || finished) return found;
  const isCapKept = cap && cap.output.bytes <= proved.output.bytes;
  const { outside } = proved;
  return { ...found, ...proved, outside, cap: isCapKept ? cap : undefined };
}

/** The run as it was before the lines of names that a registry was not asked about, which are cut off. */
function beforeCap(found: Snapshot, { output, done, tally }: CapMark): Snapshot {
  return { ...found, output, done, tally, finished: false, cap: undefined };
}

/** Throws a {@link UsageError} if replacing the output would lose results. */
async function replace({ path, force }: JournalOptions): Promise<undefined> {
  if (force) return;
  const found = await readSnapshot(path);
  if (found === undefined) return;
  if (typeof found === 'string') {
    // Beside an output that is not there it is most likely a file of the user's own.
    throw new UsageError(
      (await sizeOf(path)) === 0
        ? `\`${path}.resume\` is there and would be replaced, but is no journal that is understood: add --force to replace it`
        : `\`${path}\` has a \`.resume\` file that is ${found}: add --force to replace both`,
    );
  }
  if (found.finished || found.done.high === 0) return;
  throw new UsageError(
    `\`${path}\` is the output of a run that is not finished: add --resume to go on, or --force to replace it`,
  );
}

async function readSnapshot(path: string) {
  const text = await readIfThere(`${path}.resume`);
  return text === undefined ? undefined : decodeSnapshot(text);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cannotWrite(path, error);
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.size ?? 0;
}

/** `with --format text, not with --format tsv`; undefined if they are the same. */
function differences(before: Settings, now: Settings): string | undefined {
  const said = (option: string, value = '') => {
    if (value === '') return `without --${option}`;
    // Of an option without a value.
    return value === 'yes' ? `with --${option}` : `with --${option} ${value}`;
  };
  const other = [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((option) => (before[option] ?? '') !== (now[option] ?? ''))
    .map((option) => `${said(option, before[option])}, not ${said(option, now[option])}`);
  return other.length === 0 ? undefined : other.join('; ');
}

async function crcOf(path: string, bytes: number): Promise<number> {
  let crc = 0;
  if (bytes === 0) return crc;
  for await (const chunk of createReadStream(path, { end: bytes - 1 })) crc = crc32(chunk, crc);
  return crc;
}

function refusal(path: string, what: string): UsageError {
  return new UsageError(`\`${path}\` ${what}: use --force to start afresh`);
}

/**
 * Removes the journal beside an output that a run without one is to replace; the output stays as it is. Throws
 * a {@link UsageError} if that would lose results.
 */
export async function forgetRun(given: JournalOptions): Promise<void> {
  const path = await orCannotWrite(given.path, realPathOf(given.path));
  const release = await orCannotWrite(given.path, takeLocks(path, `\`${given.path}\``));
  try {
    await replace({ ...given, path });
    await orCannotWrite(path, rm(`${path}.resume`, { force: true }));
  } finally {
    await release();
  }
}
