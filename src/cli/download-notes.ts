/** What a download says of its files at the end, beside their number. */

import type { Downloader } from '../download/downloader.js';
import { grouped } from '../output/summary.js';
import type { RenamedFiles } from '../storage/file-names.js';

/** Lines about the files that are not from here, or not called as they were to be; empty if there are none. */
export function fileNotes({ renamed, retyped, kept, skippedForeign }: Downloader): string {
  const lines: string[] = [];
  if (skippedForeign > 0) {
    const what =
      skippedForeign === 1
        ? 'file is not from this program and was skipped'
        : 'files are not from this program and were skipped';
    lines.push(`${grouped(skippedForeign)} ${what}`);
  }
  if (kept.count > 0) {
    const [files, them] =
      kept.count === 1 ? ['file of yours is', 'it'] : ['files of yours are', 'them'];
    lines.push(`${grouped(kept.count)} ${files} kept: ${firstOf(kept)}; --force replaces ${them}`);
  }
  if (renamed.count > 0) {
    const [files, names, others] =
      renamed.count === 1
        ? ['file', 'its name is', 'it another']
        : ['files', 'their names are', 'them others'];
    lines.push(
      `${grouped(renamed.count)} ${files} got a number, as ${names} taken: ${firstOf(renamed)}; ` +
        `the list may give ${others} (URL<TAB>name)`,
    );
  }
  if (retyped.count > 0) {
    const images =
      retyped.count === 1
        ? 'image is of another kind than its name'
        : 'images are of another kind than their names';
    lines.push(`${grouped(retyped.count)} ${images}: ${firstOf(retyped)}`);
  }
  return lines.map((line) => `\n${line}.`).join('');
}

function firstOf({ count, first }: RenamedFiles): string {
  const shown = first.map(({ wanted, file }) => `${wanted} is saved as ${file}`);
  return [...shown, ...(count > first.length ? ['…'] : [])].join(', ');
}
