/** What `--preview` draws when a download is over. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { WriteStream } from 'node:tty';
import type { DownloadResult } from '../core/model.js';
import type { ColourDepth } from '../images/preview.js';
import { printable } from '../output/format.js';
import type { OutputStream } from './streams.js';

/** Characters of a line where the terminal does not say. */
const DEFAULT_WIDTH = 80;

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
export async function drawPreview(
  files: ReadonlyMap<string, string>,
  stream: OutputStream,
): Promise<string> {
  const { previewImage, previewSheet } = await import('../images/preview.js');
  const depth = colourDepth(stream);
  const previews = [];
  for (const [file, name] of [...files].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    const bytes = await readFile(file).catch(() => new Uint8Array(0));
    previews.push({ name: printable(name), lines: previewImage(bytes, { depth }) });
  }
  return previewSheet(previews, stream.columns ?? DEFAULT_WIDTH);
}

/** NO_COLOR and FORCE_COLOR are obeyed; what is no terminal has no colours. */
function colourDepth(stream: OutputStream): ColourDepth {
  const hasColours = stream.isTTY || process.env.FORCE_COLOR !== undefined;
  if (!hasColours) return 1;
  return WriteStream.prototype.getColorDepth.call(stream as WriteStream) as ColourDepth;
}
