/**
 * A pool of one's own work: the SHA-256 of every file of a folder, four files at a time, printed in the
 * order in which they are ready. Ctrl-C stops what is being read.
 *
 *     node examples/own-pool.js src/core
 */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asCompleted } from 'flagprobe';

const [folder = '.'] = process.argv.slice(2);
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

const entries = await readdir(folder, { withFileTypes: true });
const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
const work = async (name, signal) => {
  const bytes = await readFile(join(folder, name), { signal });
  return `${createHash('sha256').update(bytes).digest('hex')}  ${name}`;
};

for await (const line of asCompleted(files, work, { concurrency: 4, signal: interrupt.signal })) {
  console.log(line);
}
