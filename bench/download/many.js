/**
 * What very long lists cost: the peak of memory and the CPU of one download, of one small image under as
 * many addresses.
 *
 * usage: node bench/download/many.js [FILES...] [--beside BIN]
 *
 * 300,000 and 1,000,000 files unless told otherwise; BIN is the `bin/flagprobe.cjs` of another build.
 * Needs the built `dist`, nginx, GNU time, and 4 KB a file on a memory disk (/dev/shm).
 */

import {
  chmodSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { flag } from '../../test/support/hard-cases.js';
import { measure, stop } from '../shared/measure.js';
import { decimal, say, table, whole } from '../shared/report.js';
import { startNginx } from './site.js';
import { bin, flagprobe } from './tools.js';

const CONCURRENCY = 50;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { beside: { type: 'string' } },
});
const sizes = positionals.length === 0 ? [300_000, 1_000_000] : positionals.map(Number);
const { beside } = values;
const other = beside === undefined ? [] : [flagprobe('the other build', beside)];
const folder = mkdtempSync('/dev/shm/flagprobe-bench-');
chmodSync(folder, 0o755);

/** @param {number} files @param {number} port */
function* lines(files, port) {
  for (let i = 0; i < files; i++) yield `http://127.0.0.1:${port}/flags/${i}.gif\n`;
}

try {
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site', 'one.gif'), flag);
  const nginx = await startNginx(folder, `root ${folder}/site; rewrite ^ /one.gif break;`);
  const rows = [];
  for (const files of sizes) {
    const list = join(folder, 'urls');
    await pipeline(Readable.from(lines(files, nginx.port)), createWriteStream(list));
    for (const tool of [flagprobe('flagprobe', bin), ...other]) {
      const target = join(folder, 'got');
      const command = tool.many({ list, folder: target, concurrency: CONCURRENCY });
      const cost = await measure(command, folder, { timeoutSeconds: 1800 });
      if (cost.code !== 0) say(`${tool.name}: exit code ${cost.code}\n${cost.printed}`);
      rows.push([
        ...[tool.name, whole(files), whole(cost.megabytes), decimal(cost.seconds, 1)],
        ...[whole(files / cost.seconds), whole((cost.cpu / files) * 1e6)],
      ]);
      rmSync(target, { recursive: true });
    }
  }
  const head = ['', 'files', 'peak MB', 'seconds', 'files a second', 'CPU µs a file'];
  console.log(table(head, rows));
  await stop(nginx.child);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
