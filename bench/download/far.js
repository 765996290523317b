/**
 * flagprobe and curl side by side where the server is far: 2,000 files from nginx with TLS behind a
 * relay that adds a round trip of 40 ms. Both speak HTTP/1.1.
 *
 * usage: node bench/download/far.js [FILES [ROUNDS]] [--concurrency 5,50] [--beside BIN]
 *
 * 2,000 files and 3 rounds unless told otherwise; BIN is the `bin/flagprobe.cjs` of another build. Needs
 * the built `dist`, nginx, curl, openssl and a memory disk (/dev/shm).
 */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stop } from '../shared/measure.js';
import { decimal, table, whole } from '../shared/report.js';
import { openDistance } from './distance.js';
import { startNginx, writeCertificate, writeSite } from './site.js';
import { bin, curl, flagprobe, isInstalled, race } from './tools.js';

/** @typedef {import('./tools.js').Tool} Tool */

const ROUND_TRIP_MS = 40;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { beside: { type: 'string' }, concurrency: { type: 'string', default: '5,50' } },
});
const [files = 2000, rounds = 3] = positionals.map(Number);
const { beside } = values;
const other = beside === undefined ? [] : [flagprobe('the other build', beside)];
const tools = [curl, flagprobe('flagprobe', bin), ...other].filter(isInstalled);
const folder = mkdtempSync('/dev/shm/flagprobe-bench-');
chmodSync(folder, 0o755);
try {
  const { path: ca } = writeCertificate(folder);
  const names = writeSite(folder, files);
  const nginx = await startNginx(folder, `root ${folder}/site;`, true);
  const distance = await openDistance(nginx.port, ROUND_TRIP_MS);
  const list = join(folder, 'urls');
  writeFileSync(list, names.map((name) => `https://localhost:${distance.port}/${name}\n`).join(''));
  console.log(`${whole(files)} files, ${ROUND_TRIP_MS} ms away, median of ${rounds}\n`);
  const rows = [];
  for (const concurrency of values.concurrency.split(',').map(Number)) {
    /** @type {Map<Tool, { made: number, most: number }>} */
    const connections = new Map();
    const job = { list, ca, concurrency, files, rounds, scratch: folder };
    const medians = await race(tools, job, (tool) => connections.set(tool, distance.counts()));
    const fastest = medians.get(curl)?.((cost) => cost.seconds) ?? Number.NaN;
    for (const [tool, of] of medians) {
      const seconds = of((cost) => cost.seconds);
      const { made = NaN, most = NaN } = connections.get(tool) ?? {};
      rows.push([
        ...[tool.name, whole(concurrency), decimal(seconds), decimal(seconds / fastest)],
        ...[decimal(of((cost) => cost.cpu)), whole(made), whole(most)],
      ]);
    }
  }
  const head = ['', '-c', 'seconds', '÷ curl', 'CPU seconds', 'connections made', 'most at once'];
  console.log(table(head, rows));
  distance.close();
  await stop(nginx.child);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
