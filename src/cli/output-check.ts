/** Where results go: refused where it would destroy what the same run reads, or what it saves. */

import { type BigIntStats, fstatSync, statSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { normalizeExtension } from '../core/image-extensions.js';
import { UsageError } from '../core/usage-error.js';
import { invalidOption } from '../options/rule.js';
import { realFolderOf, realPathOf } from '../storage/real-path.js';
import type { NamedFile } from './commander-options.js';
import type { DownloadFlags } from './download-command-options.js';
import type { Streams } from './streams.js';

interface Output {
  /** The path as it was given; undefined is standard output. */
  readonly output: string | undefined;
  /** Whether a journal is kept beside it. */
  readonly hasJournal: boolean;
}

/**
 * Throws a {@link UsageError} for an output that is also read, under whatever name: by an option, or
 * as standard input. To be called before anything is opened for writing.
 */
export async function checkOutput(
  { output, hasJournal }: Output,
  read: readonly NamedFile[],
  streams: Streams,
): Promise<void> {
  if (output?.endsWith('.resume')) {
    throw invalidOption('--output', 'no `.resume` file, from which a run goes on', output);
  }
  // The shell may have opened the file to append: its lines would be read and answered for ever.
  const written = output === undefined ? openFile(streams.stdout) : fileAt(output);
  if (output !== undefined && written && isSame(written, openFile(streams.stdout))) {
    // To open it anew would empty what the shell may append to.
    throw invalidOption('--output', 'another file than standard output (leave it out)', output);
  }
  const isBeside = hasJournal && output !== undefined;
  const journal = isBeside ? fileAt(`${await targetOf(output)}.resume`) : undefined;
  if (!written && !journal) return;
  const refuse = (file: File | undefined, what: string) => {
    if (!file || !(isSame(file, written) || isSame(file, journal))) return;
    const expected = isSame(file, written)
      ? `another file than ${what}`
      : `a file whose \`.resume\` file is not ${what}`;
    if (output !== undefined) throw invalidOption('--output', expected, output);
    throw new UsageError(`Expected standard output to be ${expected}`);
  };
  for (const { givenBy, path } of read) {
    if (path !== '-') refuse(fileAt(path), `the one that \`${givenBy}\` reads`);
  }
  refuse(openFile(streams.stdin), 'standard input');
}

/**
 * Throws a {@link UsageError} for results in the folder of a download, under a name that something
 * which is saved there has or may get.
 */
export async function checkOutputBeside({
  output,
  dir,
  accept,
}: Pick<DownloadFlags, 'output' | 'dir' | 'accept'>): Promise<void> {
  if (output === undefined) return;
  const target = await targetOf(output);
  if ((await realFolderOf(dirname(target))) !== (await realFolderOf(dir))) return;
  // What need not be an image may have any name.
  if (accept !== 'any' && !isOwnName(basename(target))) return;
  const expected = `a file outside \`${dir}\`, where images and the manifest are saved`;
  throw invalidOption('--output', expected, output);
}

function isOwnName(name: string): boolean {
  const isImage = normalizeExtension(extname(name).slice(1)) !== undefined;
  return isImage || name.startsWith('.flagprobe') || name === 'index.html';
}

/** Where a path leads to; what is wrong with it is said by whatever opens it. */
function targetOf(path: string): Promise<string> {
  return realPathOf(path).catch(() => resolve(path));
}

/** What tells a file from all others. */
type File = Pick<BigIntStats, 'dev' | 'ino'>;

/** Undefined where there is no regular file: nothing that is written elsewhere destroys anything. */
function fileAt(path: string): File | undefined {
  return regularFile(() => statSync(path, { bigint: true }));
}

/** The regular file that a stream of the process is. */
function openFile({ fd }: { readonly fd?: number }): File | undefined {
  return fd === undefined ? undefined : regularFile(() => fstatSync(fd, { bigint: true }));
}

function regularFile(look: () => BigIntStats): File | undefined {
  try {
    const found = look();
    return found.isFile() ? found : undefined;
  } catch {
    return undefined;
  }
}

function isSame(one: File, other: File | undefined): boolean {
  return one.dev === other?.dev && one.ino === other.ino;
}
