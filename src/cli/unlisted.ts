/** What has left the list of a download: files that an earlier run of it brought, and that it asks for no more. */

import { lstat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { TextList } from '../core/text-list.js';
import { UsageError } from '../core/usage-error.js';
import type { Downloader } from '../download/downloader.js';
import type { NotedFiles } from '../download/file-notes.js';
import { isListName } from '../download/options.js';
import { parseInput } from '../flags/parse-input.js';
import { unlistedFiles } from '../storage/manifest.js';
import { realFolderOf, realPathOf } from '../storage/real-path.js';
import type { DownloadFlags } from './download-command-options.js';
import { type DownloadInputs, inputKey } from './download-inputs.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { print } from './print.js';
import { type Streams, sayError } from './streams.js';

/** Files that a note names. */
const MAX_NAMED = 3;
/** Names that are printed at a time. */
const BATCH = 1000;

/**
 * What a manifest calls the list that all inputs are from: the path of its file from the folder, or of several. Undefined
 * where inputs come from elsewhere too, and of a pipe, which may bring another list each time.
 */
export async function listNameOf(
  args: readonly string[],
  { inputs, all, every, dir }: DownloadFlags,
): Promise<string | undefined> {
  if (inputs.length === 0 || args.length > 0 || all || every || inputs.includes('-')) {
    return undefined;
  }
  try {
    const folder = await realFolderOf(dir);
    const files = await Promise.all(inputs.map(realPathOf));
    const areFiles = await Promise.all(files.map(async (file) => (await lstat(file)).isFile()));
    if (!areFiles.every(Boolean)) return undefined;
    const name = files
      .map((file) => relative(folder, file))
      .sort()
      .join('|');
    return isListName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a run asks for all of its list, so that what it does not ask for has left it. */
export function asksForAll({ limit, shard, retryFailed }: DownloadFlags): boolean {
  return limit === undefined && shard === undefined && !retryFailed;
}

/** Files that have left the list: how many, and the first of them. */
export async function findUnlisted(downloader: Downloader): Promise<NotedFiles<string>> {
  const first: string[] = [];
  let count = 0;
  for await (const path of downloader.unlisted()) {
    count++;
    if (first.length < MAX_NAMED) first.push(path);
  }
  return { count, first };
}

/** `--unlisted`: prints the paths of those files, and asks for nothing. */
export async function printUnlisted(
  { texts }: DownloadInputs,
  flags: DownloadFlags,
  listName: string | undefined,
  streams: Streams,
): Promise<ExitCode> {
  if (listName === undefined || !asksForAll(flags)) {
    throw new UsageError(
      'Expected `--unlisted` beside a list in a file (`--input`) and no other inputs, `--limit`, `--shard` or `--retry-failed`',
    );
  }
  // Most likely what writes the list has failed.
  if (texts.length === 0) {
    sayError(streams, 'the list is empty, so no file is said to have left it');
    return EXIT.unanswered;
  }
  let lines: string[] = [];
  const start = join(flags.dir, 'x').slice(0, -1);
  for await (const file of unlistedFiles(flags.dir, listName, keysOf(texts))) {
    if (lines.push(`${start}${file}\n`) < BATCH) continue;
    await print(streams.stdout, lines.join(''));
    lines = [];
  }
  await print(streams.stdout, lines.join(''));
  return EXIT.answered;
}

function* keysOf(texts: TextList) {
  for (const page of texts.drain()) {
    for (const text of page) {
      const input = parseInput(text);
      if (!input) continue;
      const key = inputKey(input);
      yield { key, code: input.kind === 'code' ? input.cc : '' };
    }
  }
}
