/** What a download says of its files at the end, beside their number. */

import type { Downloader } from '../download/downloader.js';
import type { NotedFiles, RenamedFile } from '../download/file-notes.js';
import { grouped } from '../output/summary.js';

/**
 * Lines about the files that are not as they were to be, or not called so; empty if there are none.
 *
 * @param unlisted those that have left the list
 */
export function fileNotes(downloader: Downloader, unlisted: NotedFiles<string>): string {
  const { renamed, retyped, kept, skippedForeign, changed, outdated } = downloader;
  const them = kept.count === 1 ? 'it' : 'them';
  const all = unlisted.count > unlisted.first.length ? '--unlisted prints all' : undefined;
  const theirs = renamed.count === 1 ? 'it another' : 'them others';
  const lines = [
    sentence(
      skippedForeign,
      'file is not from this program, or was changed since, and was skipped',
      'files are not from this program, or were changed since, and were skipped',
    ),
    sentence(
      changed,
      'file had been changed since it was saved, and was replaced',
      'files had been changed since they were saved, and were replaced',
    ),
    sentence(
      outdated,
      'file is still that of an earlier run, as this one brought none',
      'files are still those of earlier runs, as this one brought none',
    ),
    sentence(
      unlisted,
      'file is here that the list had in an earlier run and has no more',
      'files are here that the list had in an earlier run and has no more',
      all,
    ),
    sentence(kept, 'file of yours is kept', 'files of yours are kept', `--force replaces ${them}`),
    sentence(
      renamed,
      'file got a number, as its name is taken',
      'files got a number, as their names are taken',
      `the list may give ${theirs} (URL<TAB>name)`,
    ),
    sentence(
      retyped,
      'image is of another kind than its name',
      'images are of another kind than their names',
    ),
  ];
  return lines.map((line) => (line === undefined ? '' : `\n${line}.`)).join('');
}

/** How many there are, in words for one and for more, and the first of them; undefined if there is none. */
function sentence(
  files: number | NotedFiles<string | RenamedFile>,
  one: string,
  more: string,
  advice?: string,
): string | undefined {
  const { count, first } = typeof files === 'number' ? { count: files, first: [] } : files;
  if (count === 0) return undefined;
  const shown = first.map((each) =>
    typeof each === 'string' ? each : `${each.wanted} is saved as ${each.file}`,
  );
  const others = count > first.length ? ['…'] : [];
  const named = first.length === 0 ? '' : `: ${[...shown, ...others].join(', ')}`;
  return `${grouped(count)} ${count === 1 ? one : more}${named}${advice ? `; ${advice}` : ''}`;
}
