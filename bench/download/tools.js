/** The downloaders that are held side by side, and one turn of each after the other. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../test/support/programs.js';
import { measure, median } from '../shared/measure.js';
import { say } from '../shared/report.js';

/**
 * @typedef {object} Job
 * @property {string} list the file with the URLs
 * @property {string} folder where the files go
 * @property {number} concurrency
 * @property {string} [ca] a file of certificates to trust
 *
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} program
 * @property {(job: Job) => string[]} many the command for a list of URLs
 * @property {(urls: readonly string[], folder: string) => string[]} few the command for one hard case
 * @property {number} [most] files that it is given at most: more take too long
 * @property {readonly string[]} [check] a command that fails where it lacks something
 *
 * @typedef {import('../shared/measure.js').Cost} Cost
 */

/** @param {string} path */
export const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const bin = here('../../bin/flagprobe.cjs');

/** @param {string} name @param {string} bin the `bin/flagprobe.cjs` of a build @returns {Tool} */
export function flagprobe(name, bin) {
  return {
    name,
    program: 'node',
    many: ({ list, folder, concurrency, ca }) => [
      ...[process.execPath, bin, 'download', '-q', '-c', String(concurrency)],
      ...(ca === undefined ? [] : ['--ca', ca]),
      ...['-d', folder, '-i', list, '-o', '/dev/null'],
    ],
    few: (urls, folder) => [
      ...[
        process.execPath,
        bin,
        'download',
        '-q',
        '-d',
        folder,
        '--timeout',
        '2',
        '--max-time',
        '10',
      ],
      ...['--retries', '2', '--max-size', '1M', ...urls],
    ],
  };
}

/** HTTP/1.1, as all the others. @type {Tool} */
export const curl = {
  name: 'curl --parallel',
  program: 'curl',
  many: ({ list, folder, concurrency, ca }) => {
    const config = `${list}.curl`;
    const urls = readFileSync(list, 'utf8').trimEnd().split('\n');
    const lines = urls.map(
      (url) => `url = "${url}"\noutput = "${folder}/${url.split('/').at(-1)}"\n`,
    );
    writeFileSync(config, lines.join(''));
    return [
      ...['curl', '-s', '--http1.1', '-Z', '--parallel-max', String(concurrency)],
      ...(ca === undefined ? [] : ['--cacert', ca]),
      ...['-K', config],
    ];
  },
  few: (urls, folder) => [
    ...['curl', '-s', '-Z', '-L', '--retry', '2', '--max-time', '2', '--max-filesize', '1M'],
    ...['--output-dir', folder, '--remote-name-all', ...urls],
  ],
};

/** Each with its own words for: three tries, two seconds a try, a megabyte. @type {Tool[]} */
export const tools = [
  flagprobe('flagprobe', bin),
  curl,
  {
    name: 'wget2',
    program: 'wget2',
    many: ({ list, folder, concurrency }) => [
      ...['wget2', '-q', `--max-threads=${concurrency}`, '-P', folder, '-i', list],
    ],
    few: (urls, folder) => [...['wget2', '-q', '-P', folder, '--tries=3', '--timeout=2'], ...urls],
  },
  {
    name: 'aria2c',
    program: 'aria2c',
    many: ({ list, folder, concurrency }) => [
      ...['aria2c', '-q', '--console-log-level=error', '--file-allocation=none'],
      ...[`-j${concurrency}`, '-x1', '-d', folder, '-i', list],
    ],
    few: (urls, folder) => [
      ...['aria2c', '-q', '-d', folder, '-Z', '--max-tries=3', '--timeout=2'],
      ...['--retry-wait=1', '--lowest-speed-limit=1K', ...urls],
    ],
  },
  {
    name: 'the Python original',
    program: 'python3',
    check: ['/usr/bin/python3', '-c', 'import httpx'],
    most: 20_000,
    many: ({ list, folder, concurrency }) => [
      ...['/usr/bin/python3', here('original.py'), list, folder, String(concurrency)],
    ],
    few: () => [],
  },
];

/** Whether a tool is there; if not, that is said. @param {Tool} tool */
export function isInstalled({ name, program, check: [command, ...args] = [] }) {
  const isThere =
    findProgram(program) !== undefined &&
    (command === undefined || spawnSync(command, args).status === 0);
  if (!isThere) say(`${name} is left out: it is not installed.`);
  return isThere;
}

/**
 * Has each tool fetch a list, in turns, into a folder that is new each time.
 * @param {readonly Tool[]} tools
 * @param {Omit<Job, 'folder'> & { files: number, rounds: number, scratch: string }} job
 * @param {(tool: Tool) => void} [onEnd] after each turn
 * @returns {Promise<Map<Tool, (pick: (cost: Cost) => number) => number>>} what gives the median of a tool
 */
export async function race(tools, { files, rounds, scratch, ...job }, onEnd) {
  /** @type {Map<Tool, Cost[]>} */
  const costs = new Map(tools.map((tool) => [tool, []]));
  for (let round = 0; round < rounds; round++) {
    for (const tool of tools) {
      const folder = join(scratch, 'got');
      mkdirSync(folder);
      const command = tool.many({ ...job, folder });
      const cost = await measure(command, scratch, { timeoutSeconds: 300 });
      const got = readdirSync(folder).filter((name) => name.endsWith('.gif')).length;
      if (got !== files) {
        say(`${tool.name}: ${got} of ${files} files, exit code ${cost.code}\n${cost.printed}`);
      }
      costs.get(tool)?.push(cost);
      rmSync(folder, { recursive: true });
      onEnd?.(tool);
    }
  }
  return new Map([...costs].map(([tool, all]) => [tool, (pick) => median(all.map(pick))]));
}
