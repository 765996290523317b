/** What has left the list of a download: files that an earlier run of it brought, and that it asks for no more. */

import { lstat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { TextList } from '../core/text-list.js';
import { UsageError } from '../core/usage-error.js';
import { withoutSecrets } from '../core/without-secrets.js';
import type { Downloader } from '../download/downloader.js';
import type { NotedFiles } from '../download/file-notes.js';
import { isListName } from '../download/options.js';
import { explainInput, parseInput } from '../flags/parse-input.js';
import { grouped } from '../output/summary.js';
import type { Tally } from '../output/tally.js';
import { unlistedFiles } from '../storage/manifest.js';
import { realFolderOf, realPathOf } from '../storage/real-path.js';
import type { DownloadFlags } from './download-command-options.js';
import { type DownloadInputs, inputKey } from './download-inputs.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { print } from './print.js';
import { type Streams, sayError } from './streams.js';

/** Files that a note names. */
const MAX_NAMED = 3;
/** Characters of a line that a message shows. */
const MAX_SHOWN = 100;
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
function asksForAll({ limit, shard, retryFailed }: DownloadFlags): boolean {
  return limit === undefined && shard === undefined && !retryFailed;
}

/** Whether a run tells what has left its list. An empty list says nothing of that, nor does a line that is not understood. */
export function knowsWhatLeft(inputs: TextList, tally: Tally, flags: DownloadFlags): boolean {
  return asksForAll(flags) && inputs.length > 0 && tally.of('error bad-code') === 0;
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
  const wrong = notUnderstood(texts);
  if (wrong.count > 0) {
    sayError(streams, wrongText(wrong));
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

/** Lines that ask for nothing: what they were to ask for may be any file of the folder. */
function notUnderstood(texts: TextList): WrongLines {
  let first = '';
  let count = 0;
  texts.forEach((text) => {
    if (parseInput(text)) return;
    if (count++ === 0) first = text;
  });
  return { count, first };
}

interface WrongLines {
  readonly count: number;
  readonly first: string;
}

function wrongText({ count, first: text }: WrongLines): string {
  const whole = withoutSecrets(text).replaceAll('\t', ' ');
  const shown = whole.length > MAX_SHOWN ? `${whole.slice(0, MAX_SHOWN)}…` : whole;
  const [lines, them] = count === 1 ? ['1 line is', 'it'] : [`${grouped(count)} lines are`, 'them'];
  return [
    `no file is said to have left the list, as ${lines} not understood, at first \`${shown}\`: ${explainInput(text)}`,
    `Mend ${them} or make ${them} a comment (#); of a table, --column takes the column.`,
  ].join('\n');
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
