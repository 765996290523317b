/** The clients that are measured: how each is started, and how its output is read. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../test/support/programs.js';

/** @typedef {import('../shared/truth.js').Line} Line */

/**
 * @typedef {object} Task
 * @property {string} names a file, one a line
 * @property {readonly string[]} resolvers `host:port`
 * @property {string} output the file to write
 * @property {string} folder for anything else
 *
 * @typedef {object} Client
 * @property {string} label
 * @property {(task: Task) => readonly string[]} command
 * @property {(text: string) => Line | undefined} [read] a line of the output; without it the output
 *   is not looked at
 * @property {number} [limit] the most names it is given
 * @property {string} [suffix] what follows each name in its list
 * @property {(printed: string) => number} [lost] names without an answer, by its own account
 * @property {boolean} [isServerApart] it cannot be told a port
 */

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {string} transport @returns {Client} */
export const flagprobe = (transport) => ({
  label: `flagprobe, ${transport}`,
  command: ({ names, resolvers, output }) => [
    process.execPath,
    here('../../bin/flagprobe.cjs'),
    ...['probe', '-i', names, '-r', resolvers.join(','), '--transport', transport],
    ...['-f', 'jsonl', '-o', output, '--force'],
  ],
  read: (text) => {
    const { name, status, records } = JSON.parse(text);
    return { name, status, address: records?.find(isAddress)?.data };
  },
});

/** @param {string} path @param {number} size of its hash map: names in flight @returns {Client} */
export const massdns = (path, size) => ({
  label: `massdns, -s ${size}`,
  command: ({ names, resolvers, output, folder }) => {
    const list = join(folder, 'massdns-resolvers');
    writeFileSync(list, resolvers.map((resolver) => `${resolver}\n`).join(''));
    const isRoot = process.getuid?.() === 0;
    return [
      path,
      ...['-q', '-r', list, '-t', 'A', '-o', 'J', '-s', String(size), '-w', output],
      ...(isRoot ? ['--root'] : []),
      names,
    ];
  },
  read: (text) => {
    if (text === '') return undefined;
    const { name, status, data } = JSON.parse(text);
    const address = data?.answers?.find(isAddress)?.data;
    if (status === 'NXDOMAIN') return { name, status: 'missing' };
    if (status !== 'NOERROR') return { name, status: 'unknown' };
    return { name, status: address === undefined ? 'missing' : 'found', address };
  },
});

/** @type {Client} */
export const cAres = {
  label: 'dns.Resolver (c-ares), 200 outstanding',
  limit: 200_000,
  command: ({ names, resolvers, output }) => [
    process.execPath,
    ...[here('c-ares.js'), names, resolvers[0] ?? '', output, '200'],
  ],
  read: readTabbed,
};

/**
 * The original asks whom the system asks, and no setting of the system names a port: it sees a
 * `/etc/resolv.conf` of its own.
 * @param {string} host that listens on port 53
 * @returns {Client}
 */
export const original = (host) => ({
  label: 'the Python original, 32 outstanding',
  limit: 20_000,
  isServerApart: true,
  command: ({ names, output, folder }) => {
    const file = join(folder, 'resolv.conf');
    writeFileSync(file, `nameserver ${host}\nsearch .\n`);
    const script = 'mount --bind "$1" /etc/resolv.conf && exec "$2" "$3" "$4" 32 > "$5"';
    const python = findProgram('python3') ?? 'python3';
    return [
      'unshare',
      '-m',
      'sh',
      '-c',
      script,
      'sh',
      file,
      python,
      here('original.py'),
      names,
      output,
    ];
  },
  read: readTabbed,
});

/** @param {'udp' | 'tcp'} mode @returns {Client} */
export const dnsperf = (mode) => ({
  label: `dnsperf, ${mode} (the limit: it writes nothing)`,
  suffix: ' A',
  limit: 300_000,
  command: ({ names, resolvers }) => {
    const [host = '', port = ''] = (resolvers[0] ?? '').split(':');
    return [
      findProgram('dnsperf') ?? 'dnsperf',
      ...['-m', mode, '-s', host, '-p', port, '-d', names, '-n', '1'],
      ...['-c', '2', '-q', '200', '-b', '4096'],
    ];
  },
  lost: (printed) => Number(/Queries lost:\s+(\d+)/.exec(printed)?.[1] ?? Number.NaN),
});

/** @param {{ type: string }} record */
const isAddress = ({ type }) => type === 'A';

/** @param {string} text @returns {Line | undefined} */
function readTabbed(text) {
  const [name = '', address = ''] = text.split('\t');
  if (address === '') return { name, status: 'missing' };
  return address === '?' ? { name, status: 'unknown' } : { name, status: 'found', address };
}
