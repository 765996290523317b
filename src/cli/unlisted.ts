/** What has left the list of a download: files that an earlier run of it brought, and that it asks for no more. */

import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { TextList } from '../core/text-list.js';
import { UsageError } from '../core/usage-error.js';
import { withoutSecrets } from '../core/without-secrets.js';
import type { Downloader } from '../download/downloader.js';
import type { NotedFiles } from '../download/file-notes.js';
import { explainInput, parseInput } from '../flags/parse-input.js';
import { invalidOption } from '../options/rule.js';
import { grouped } from '../output/summary.js';
import type { Tally } from '../output/tally.js';
import { type Askers, isWanted } from '../storage/askers.js';
import { isThere, listedRecords } from '../storage/manifest.js';
import type { DownloadFlags } from './download-command-options.js';
import type { DownloadInputs } from './download-inputs.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { print } from './print.js';
import { type Streams, sayError, sayTo } from './streams.js';

/** Files that a note names. */
const MAX_NAMED = 3;
/** Characters of a line that a message shows. */
const MAX_SHOWN = 100;
/** Names that are printed at a time. */
const BATCH = 1000;

/** Whether a run asks for all of its list, so that what it does not ask for has left it. */
function asksForAll({ limit, shard, retryFailed }: DownloadFlags): boolean {
  return limit === undefined && shard === undefined && !retryFailed;
}

/**
 * Whether a run tells what has left its list. An empty list says nothing of that, nor does a line that is not understood.
 */
export function knowsWhatLeft(
  { texts, emptyFile }: Pick<DownloadInputs, 'texts' | 'emptyFile'>,
  tally: Tally,
  flags: DownloadFlags,
): boolean {
  const isWhole = asksForAll(flags) && texts.length > 0 && emptyFile === undefined;
  return isWhole && tally.of('error bad-code') === 0;
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
  { texts, origins: { lists }, emptyFile }: DownloadInputs,
  flags: DownloadFlags,
  streams: Streams,
): Promise<ExitCode> {
  if (lists.length === 0 || !asksForAll(flags)) {
    throw new UsageError(
      'Expected `--unlisted` beside a list in a file (`--input`) and no other inputs, `--limit`, `--shard` or `--retry-failed`',
    );
  }
  if (!existsSync(flags.dir)) {
    throw invalidOption('--dir', 'the folder of an earlier download', flags.dir);
  }
  const unable = (text: string) => {
    sayError(streams, text);
    return EXIT.unanswered;
  };
  // Most likely what writes the list has failed.
  if (emptyFile !== undefined) {
    const which = lists.length > 1 ? `${emptyFile} is empty` : 'the list is empty';
    return unable(`${which}, so no file is said to have left it`);
  }
  const wrong = notUnderstood(texts);
  if (wrong.count > 0) return unable(wrongText(wrong));
  const kept = new KeptFiles(flags.dir);
  const start = join(flags.dir, 'x').slice(0, -1);
  let isKnown = false;
  const lines: string[] = [];
  const flush = () => print(streams.stdout, lines.splice(0).join(''));
  for await (const listed of listedRecords(flags.dir, lists, sourcesOf(texts))) {
    isKnown = true;
    const { record, isAsked, askers } = listed;
    if (isAsked || !(await isThere(flags.dir, record))) continue;
    const path = `${start}${record.file}`;
    if (isWanted(askers)) kept.add(path, askers);
    else if (lines.push(`${path}\n`) >= BATCH) await flush();
  }
  await flush();
  if (!isKnown) return unable(unknownText(flags));
  if (kept.count > 0) sayTo(streams, flags.quiet)(kept.text);
  return EXIT.answered;
}

/** Most likely the folder is another, or the list was called otherwise. */
function unknownText({ dir, inputs }: DownloadFlags): string {
  const [first = '', ...others] = inputs;
  const list = others.length === 0 ? `\`${first}\`` : 'these lists';
  return `nothing in \`${dir}\` is known to be from ${list}, so no file is said to have left it`;
}

/** Files that have left a list, and that others have asked for. */
class KeptFiles implements NotedFiles<string> {
  readonly #folder: string;
  readonly #others = new Set<string>();
  readonly first: string[] = [];
  count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(path: string, { lists, isDirect }: Askers): void {
    this.count++;
    if (this.first.length < MAX_NAMED) this.first.push(path);
    const others = lists.slice(0, MAX_NAMED).map((list) => {
      const path = resolve(this.#folder, list);
      return `\`${relative('.', path)}\`${existsSync(path) ? '' : ' (no longer there)'}`;
    });
    if (isDirect) others.push('an argument or a pipe');
    for (const other of others) if (this.#others.size < MAX_NAMED) this.#others.add(other);
  }

  get text(): string {
    const [what, them] =
      this.count === 1
        ? ['1 file that has left the list is not named, as', 'it']
        : [`${grouped(this.count)} files that have left the list are not named, as`, 'them'];
    const others = [...this.#others];
    const have = others.length === 1 ? 'has' : 'have';
    const more = this.count > this.first.length ? ', …' : '';
    return `${what} ${others.join(' and ')} ${have} asked for ${them} too: ${this.first.join(', ')}${more}`;
  }
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

function* sourcesOf(texts: TextList) {
  for (const page of texts.drain()) {
    for (const text of page) {
      const input = parseInput(text);
      if (!input) continue;
      if (input.kind === 'code') yield { url: '', code: input.cc };
      else yield { url: input.url.href, code: '', name: input.name };
    }
  }
}
