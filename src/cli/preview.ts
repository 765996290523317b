/** What `--preview` draws when a download is over. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { WriteStream } from 'node:tty';
import type { DownloadResult } from '../core/model.js';
import type { ColourDepth } from '../images/preview.js';
import { printable } from '../output/format.js';

/** Characters of a terminal that does not say. */
const WIDTH = 80;

/** Passes results on, and keeps those that have a file. */
export async function* keepFiles(
  batches: AsyncIterable<readonly DownloadResult[]>,
  kept: Map<string, string>,
): AsyncGenerator<readonly DownloadResult[]> {
  for await (const batch of batches) {
    for (const result of batch) {
      if ('file' in result) kept.set(result.file, result.code || basename(result.file));
    }
    yield batch;
  }
}

/** @param files what is shown under each file's picture, by path */
export async function drawPreview(files: ReadonlyMap<string, string>): Promise<string> {
  const { previewImage, previewSheet } = await import('../images/preview.js');
  const depth = colourDepth();
  const previews = [];
  for (const [file, name] of [...files].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    const bytes = await readFile(file).catch(() => new Uint8Array(0));
    previews.push({ name: printable(name), lines: previewImage(bytes, { depth }) });
  }
  return previewSheet(previews, process.stderr.columns ?? WIDTH);
}

/** NO_COLOR and FORCE_COLOR are obeyed; what is no terminal has no colours. */
function colourDepth(): ColourDepth {
  const hasColours = process.stderr.isTTY || process.env.FORCE_COLOR !== undefined;
  if (!hasColours) return 1;
  return WriteStream.prototype.getColorDepth.call(process.stderr) as ColourDepth;
}
