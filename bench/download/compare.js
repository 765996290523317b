/**
 * flagprobe and the best downloaders side by side: many small files from one nginx, hard cases, and
 * twenty flags against the smallest program that fetches them.
 *
 * usage: node bench/download/compare.js [FILES [ROUNDS]]     (20,000 files, 3 rounds)
 *
 * Needs the built `dist`, nginx, curl, wget2, aria2c, python3 with httpx, openssl and a memory disk
 * (/dev/shm). What is not installed is left out, and that is said.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.js';
import { flag, openHardCases } from '../../test/support/hard-cases.js';
import { findProgram } from '../../test/support/programs.js';
import { measure, median, start, stop } from '../shared/measure.js';
import { decimal, say, table, whole } from '../shared/report.js';

/**
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} program
 * @property {(list: string, folder: string, concurrency: number) => string[]} many the command for a list of URLs
 * @property {(urls: readonly string[], folder: string) => string[]} few the command for one hard case
 * @property {number} [most] files that it is given at most: more take too long
 * @property {readonly string[]} [check] a command that fails where it lacks something
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const bin = here('../../bin/flagprobe.cjs');

/** Each with its own words for: three tries, two seconds a try, a megabyte. @type {Tool[]} */
const tools = [
  {
    name: 'flagprobe',
    program: 'node',
    many: (list, folder, concurrency) => [
      ...[process.execPath, bin, 'download', '-q', '-c', String(concurrency)],
      ...['-d', folder, '-i', list, '-o', '/dev/null'],
    ],
    few: (urls, folder) => [
      ...[process.execPath, bin, 'download', '-q', '-d', folder, '--timeout', '2'],
      ...['--retries', '2', '--max-size', '1M', ...urls],
    ],
  },
  {
    name: 'curl --parallel',
    program: 'curl',
    many: (list, folder, concurrency) => {
      const config = `${list}.curl`;
      const urls = readFileSync(list, 'utf8').trimEnd().split('\n');
      const lines = urls.map(
        (url) => `url = "${url}"\noutput = "${folder}/${url.split('/').at(-1)}"\n`,
      );
      writeFileSync(config, lines.join(''));
      return ['curl', '-s', '-Z', '--parallel-max', String(concurrency), '-K', config];
    },
    few: (urls, folder) => [
      ...['curl', '-s', '-Z', '-L', '--retry', '2', '--max-time', '2', '--max-filesize', '1M'],
      ...['--output-dir', folder, '--remote-name-all', ...urls],
    ],
  },
  {
    name: 'wget2',
    program: 'wget2',
    many: (list, folder, concurrency) => [
      ...['wget2', '-q', `--max-threads=${concurrency}`, '-P', folder, '-i', list],
    ],
    few: (urls, folder) => [...['wget2', '-q', '-P', folder, '--tries=3', '--timeout=2'], ...urls],
  },
  {
    name: 'aria2c',
    program: 'aria2c',
    many: (list, folder, concurrency) => [
      ...['aria2c', '-q', '--console-log-level=error', '--file-allocation=none'],
      ...[`-j${concurrency}`, '-x1', '-d', folder, '-i', list],
    ],
    few: (urls, folder) => [
      ...[
        'aria2c',
        '-q',
        '-d',
        folder,
        '-Z',
        '--max-tries=3',
        '--timeout=2',
        '--retry-wait=1',
        '--lowest-speed-limit=1K',
      ],
      ...urls,
    ],
  },
  {
    name: 'the Python original',
    program: 'python3',
    check: ['/usr/bin/python3', '-c', 'import httpx'],
    most: 20_000,
    many: (list, folder, concurrency) => [
      ...['/usr/bin/python3', here('original.py'), list, folder, String(concurrency)],
    ],
    few: () => [],
  },
];

/** Whether a tool is there; if not, that is said. @param {Tool} tool */
function isInstalled({ name, program, check: [command, ...args] = [] }) {
  const isThere =
    findProgram(program) !== undefined &&
    (command === undefined || spawnSync(command, args).status === 0);
  if (!isThere) say(`${name} is left out: it is not installed.`);
  return isThere;
}

/** Starts nginx on a folder. @param {string} folder */
async function startNginx(folder) {
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/tmp-${name};`)
    .join(' ');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
     events { worker_connections 4096; }
     http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
       types { image/gif gif; } ${temporary}
       server { listen 127.0.0.1:${port}; root ${folder}/site; } }`,
  );
  const child = start([findProgram('nginx') ?? 'nginx', '-c', join(folder, 'nginx.conf')]);
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries > 200) throw new Error('nginx did not come up');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { port, child };
}

/** @param {number} port @returns {Promise<boolean>} */
function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}

/** @param {string} folder @param {number} files @param {number} rounds */
async function speed(folder, files, rounds) {
  if (!findProgram('nginx')) return say('nginx is not installed: no speeds');
  mkdirSync(join(folder, 'site'));
  const names = Array.from({ length: files }, (_, i) => `${String(i).padStart(6, '0')}.gif`);
  // 1 to 16 KB, always the same.
  names.forEach((name, i) => {
    const size = 1024 + ((i * 7919) % 15_361);
    writeFileSync(
      join(folder, 'site', name),
      Buffer.concat([flag.subarray(0, 42), randomBytes(size - 42)]),
    );
  });
  const nginx = await startNginx(folder);
  const list = join(folder, 'urls');
  writeFileSync(list, names.map((name) => `http://127.0.0.1:${nginx.port}/${name}\n`).join(''));
  const here = tools.filter((tool) => files <= (tool.most ?? files) && isInstalled(tool));
  for (const concurrency of [50, 5]) {
    /** @type {Map<Tool, import('../shared/measure.js').Cost[]>} */
    const costs = new Map(here.map((tool) => [tool, []]));
    for (let round = 0; round < rounds; round++) {
      for (const tool of here) {
        const target = join(folder, 'got');
        mkdirSync(target);
        const cost = await measure(tool.many(list, target, concurrency), folder, {
          timeoutSeconds: 300,
        });
        const got = readdirSync(target).filter((name) => name.endsWith('.gif')).length;
        if (got !== files)
          say(`${tool.name}: ${got} of ${files} files, exit code ${cost.code}\n${cost.printed}`);
        costs.get(tool)?.push(cost);
        rmSync(target, { recursive: true });
      }
    }
    const rows = here.map((tool) => {
      const of = (/** @type {(cost: import('../shared/measure.js').Cost) => number} */ pick) =>
        median((costs.get(tool) ?? []).map(pick));
      const seconds = of((cost) => cost.seconds);
      return [
        tool.name,
        decimal(seconds),
        whole(files / seconds),
        decimal(of((cost) => cost.cpu)),
        whole(of((cost) => cost.megabytes)),
      ];
    });
    console.log(`${whole(files)} files, ${concurrency} at a time, median of ${rounds}\n`);
    console.log(table(['', 'seconds', 'files a second', 'CPU seconds', 'MB'], rows));
  }
  await stop(nginx.child);
}

/** @param {string} folder */
async function hardCases(folder) {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-days', '2'],
    ],
    { stdio: 'ignore' },
  );
  const here = tools.filter((tool) => tool.program !== 'python3' && isInstalled(tool));
  const rows = [];
  const tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  // Each tool has servers of its own: what comes once comes once for each.
  const servers = await Promise.all(here.map(() => openHardCases(tls)));
  for (const [i, { name, right }] of (servers[0]?.cases ?? []).entries()) {
    const cells = await Promise.all(
      here.map(async (tool, place) => {
        const urls = servers[place]?.cases[i]?.urls ?? [];
        const target = mkdtempSync(join(folder, 'case-'));
        const { code } = await measure(tool.few(urls, target), target, { timeoutSeconds: 25 });
        return verdict(target, right, urls.length, code);
      }),
    );
    rows.push([name, ...cells]);
  }
  for (const one of servers) await one.close();
  console.log(table(['', ...here.map(({ name }) => name)], rows));
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

const [files = 20_000, rounds = 3] = process.argv.slice(2).map(Number);
const folder = mkdtempSync('/dev/shm/flagprobe-bench-');
// The workers of nginx run as another user.
chmodSync(folder, 0o755);
try {
  await twentyFlags(folder, 7 * rounds);
  await speed(folder, files, rounds);
  await hardCases(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
