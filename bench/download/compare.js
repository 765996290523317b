/**
 * flagprobe and the best downloaders side by side: many small files from one nginx, hard cases, and
 * twenty flags against the smallest program that fetches them.
 *
 * usage: node bench/download/compare.js [FILES [ROUNDS]] [--only flags,files,cases] [--beside BIN]
 *
 * 20,000 files and 3 rounds unless told otherwise; BIN is the `bin/flagprobe.cjs` of another build.
 *
 * Needs the built `dist`, nginx, curl, wget2, aria2c, python3 with httpx, openssl and a memory disk
 * (/dev/shm). What is not installed is left out, and that is said.
 */

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { flag, openHardCases } from '../../test/support/hard-cases.js';
import { findProgram } from '../../test/support/programs.js';
import { measure, median, stop } from '../shared/measure.js';
import { decimal, say, table, whole } from '../shared/report.js';
import { startNginx, writeCertificate, writeSite } from './site.js';
import { bin, flagprobe, here, isInstalled, race, tools } from './tools.js';

/**
 * @param {string} folder
 * @param {{ files: number, rounds: number, beside?: string | undefined }} how
 */
async function speed(folder, { files, rounds, beside }) {
  if (!findProgram('nginx')) return say('nginx is not installed: no speeds');
  const names = writeSite(folder, files);
  const nginx = await startNginx(folder, `root ${folder}/site;`);
  const list = join(folder, 'urls');
  writeFileSync(list, names.map((name) => `http://127.0.0.1:${nginx.port}/${name}\n`).join(''));
  const all = beside === undefined ? tools : [...tools, flagprobe('the other build', beside)];
  const racing = all.filter((tool) => files <= (tool.most ?? files) && isInstalled(tool));
  for (const concurrency of [50, 5]) {
    const medians = await race(racing, { list, concurrency, files, rounds, scratch: folder });
    const rows = [...medians].map(([{ name }, of]) => {
      const seconds = of((cost) => cost.seconds);
      const cpu = decimal(of((cost) => cost.cpu));
      const megabytes = whole(of((cost) => cost.megabytes));
      return [name, decimal(seconds), whole(files / seconds), cpu, megabytes];
    });
    console.log(`${whole(files)} files, ${concurrency} at a time, median of ${rounds}\n`);
    console.log(table(['', 'seconds', 'files a second', 'CPU seconds', 'MB'], rows));
  }
  await stop(nginx.child);
}

/** @param {string} folder */
async function hardCases(folder) {
  const tls = writeCertificate(folder);
  const racing = tools.filter((tool) => tool.program !== 'python3' && isInstalled(tool));
  const rows = [];
  // Each tool has servers of its own: what comes once comes once for each.
  const servers = await Promise.all(racing.map(() => openHardCases(tls)));
  for (const [i, { name, right }] of (servers[0]?.cases ?? []).entries()) {
    const cells = await Promise.all(
      racing.map(async (tool, place) => {
        const urls = servers[place]?.cases[i]?.urls ?? [];
        const target = mkdtempSync(join(folder, 'case-'));
        const { code } = await measure(tool.few(urls, target), target, { timeoutSeconds: 25 });
        return verdict(target, right, urls.length, code);
      }),
    );
    rows.push([name, ...cells]);
  }
  for (const one of servers) await one.close();
  console.log(table(['', ...racing.map(({ name }) => name)], rows));
}

/**
 * Right is: the whole file and exit code 0, or no file and another code.
 * @param {string} folder
 * @param {string} right
 * @param {number} count
 * @param {number | null} code
 */
function verdict(folder, right, count, code) {
  const names = readdirSync(folder).filter(
    (name) => name !== 'cost' && !name.startsWith('.flagprobe'),
  );
  const good = names.filter((name) => readFileSync(join(folder, name)).equals(flag)).length;
  const bad = names.length - good;
  if (code === null) return 'never ends';
  if (bad > 0) return 'a wrong file';
  if (right === 'ok or error')
    return (code === 0) === (good === count) ? 'right' : 'not what it says';
  if (right === 'ok')
    return good === count && code === 0 ? 'right' : good < count ? 'no file' : 'calls it failed';
  if (good > 0) return 'a file';
  return code === 0 ? 'says all is well' : 'right';
}

/** @param {string} folder @param {number} rounds */
async function twentyFlags(folder, rounds) {
  const target = join(folder, 'twenty');
  const commands = {
    flagprobe: [bin, 'download', '-q', '--server', 'local', '-d', target],
    'the smallest script': [here('smallest.js'), target],
    'the same with undici': [here('smallest.js'), target, 'undici'],
    'bare node': ['-e', '0'],
  };
  /** @type {Record<string, number[]>} */
  const seconds = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of Object.entries(commands)) {
      mkdirSync(target);
      const cost = await measure([process.execPath, ...command], folder);
      const got = readdirSync(target).filter((file) => file.endsWith('.gif')).length;
      if (cost.code !== 0 || got !== (name === 'bare node' ? 0 : 20)) {
        throw new Error(`${name}: ${got} of 20 flags, exit code ${cost.code}\n${cost.printed}`);
      }
      seconds[name]?.push(cost.seconds);
      rmSync(target, { recursive: true });
    }
  }
  const smallest = median(seconds['the smallest script'] ?? []);
  const rows = Object.entries(seconds).map(([name, all]) => {
    return [name, whole(median(all) * 1000), decimal(median(all) / smallest)];
  });
  console.log(`20 flags, the whole command, median of ${rounds}\n`);
  console.log(table(['', 'ms', 'of the smallest'], rows));
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: 'flags,files,cases' }, beside: { type: 'string' } },
});
const [files = 20_000, rounds = 3] = positionals.map(Number);
const parts = values.only.split(',');
const folder = mkdtempSync('/dev/shm/flagprobe-bench-');
// The workers of nginx run as another user.
chmodSync(folder, 0o755);
try {
  if (parts.includes('flags')) await twentyFlags(folder, 7 * rounds);
  if (parts.includes('files')) await speed(folder, { files, rounds, beside: values.beside });
  if (parts.includes('cases')) await hardCases(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
