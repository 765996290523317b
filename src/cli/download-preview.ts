/** What `--preview` draws when a download is over. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { WriteStream } from 'node:tty';
import type { DownloadResult } from '../core/model.js';
import type { ColorDepth } from '../images/preview.js';
import { printable } from '../output/format.js';
import type { OutputStream } from './streams.js';

/** The size of a terminal that does not say, in characters. */
const DEFAULT_WIDTH = 80;
const DEFAULT_HEIGHT = 24;

/** Characters of a picture's width, where the terminal has room. */
const COLUMNS = 16;

/** Pictures that are drawn: a list of a million files is not looked at one by one. */
const MAX_PICTURES = 1000;

/** Passes results on, and keeps those that have a file. */
export async function* keepFiles(
  batches: AsyncIterable<readonly DownloadResult[]>,
  kept: Map<string, string>,
): AsyncGenerator<readonly DownloadResult[]> {
  for await (const batch of batches) {
    for (const result of batch) {
      if (kept.size >= MAX_PICTURES) break;
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
  const [{ ImageDecoder }, { previewImage, previewSheet }] = await Promise.all([
    import('../images/decoder.js'),
    import('../images/preview.js'),
  ]);
  const { columns: width = DEFAULT_WIDTH, rows = DEFAULT_HEIGHT } = stream;
  const columns = Math.min(COLUMNS, width);
  await using decoder = new ImageDecoder();
  // The name stands below the picture, the prompt below both.
  const options = { columns, lines: Math.max(1, rows - 3), depth: colorDepth(stream), decoder };
  const previews = [];
  for (const [file, name] of [...files].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    const bytes = await readFile(file).catch(() => new Uint8Array(0));
    const lines = await previewImage(bytes, options);
    previews.push({ name: printable(name), lines });
  }
  return previewSheet(previews, width, columns);
}

/** NO_COLOR and FORCE_COLOR are obeyed; what is no terminal has no colors. */
function colorDepth(stream: OutputStream): ColorDepth {
  const hasColors = stream.isTTY || process.env.FORCE_COLOR !== undefined;
  if (!hasColors) return 1;
  return WriteStream.prototype.getColorDepth.call(stream as WriteStream) as ColorDepth;
}
