/** A zone of which everything is known, and a Knot DNS on loopback that serves it. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds, start, stop } from './measure.js';
import { findProgram } from './programs.js';

const ORIGIN = 'bench.test';
/** Every name has as many digits, so that every name costs the same. */
const DIGITS = 8;
/** How many numbers {@link scattered} spreads a list over: at most ten million. */
const NUMBERS = 10_000_000;

/** @param {number} number */
const nameOf = (number) => `host${String(number).padStart(DIGITS, '0')}.${ORIGIN}`;

/**
 * The number of a name; -1 if it is none of ours. A dot at its end does not matter.
 * @param {string} name
 */
export function numberOf(name) {
  const found = /^host(\d{8})\.bench\.test\.?$/i.exec(name);
  return found ? Number(found[1]) : -1;
}

/**
 * The even ones exist, up to the end of the zone.
 * @param {number} number
 * @param {number} zone names in it, existing or not
 */
export const exists = (number, zone) => number < zone && number % 2 === 0;

/**
 * The only address that is right for a name.
 * @param {number} number
 */
export const addressOf = (number) =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

/**
 * The numbers of a list: one after the other.
 * @param {number} index
 */
export const inOrder = (index) => index;

/**
 * The same, scattered over ten million, so that each part of the list has its share of what exists.
 * @param {number} index
 */
export const scattered = (index) => (index * 7_654_321) % NUMBERS;

/**
 * Writes a list of names, one a line.
 * @param {string} path
 * @param {number} count
 * @param {(index: number) => number} [order]
 * @param {string} [suffix] after each name
 */
export function writeNames(path, count, order = inOrder, suffix = '') {
  writeLines(path, count, (index) => `${nameOf(order(index))}${suffix}\n`);
}

/**
 * @param {string} path
 * @param {number} count
 * @param {(index: number) => string} lineOf
 */
function writeLines(path, count, lineOf) {
  const file = openSync(path, 'w');
  try {
    for (let index = 0; index < count; ) {
      let text = '';
      for (const end = Math.min(count, index + 10_000); index < end; index++) text += lineOf(index);
      writeSync(file, text);
    }
  } finally {
    closeSync(file);
  }
}

/**
 * @typedef {object} Knot
 * @property {number} port on every address
 * @property {() => number} cpu seconds it has used so far
 * @property {(signal: NodeJS.Signals) => void} signal
 * @property {() => Promise<void>} restart on the same port, after it was killed
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} KnotPlan
 * @property {string} folder
 * @property {number} zone names in the zone, of which half exist
 * @property {readonly string[]} hosts
 * @property {readonly string[]} [also] `address@port` to listen on as well
 */

/**
 * Starts Knot DNS with as many workers as there are cores, and waits until it answers.
 * @param {KnotPlan} plan
 * @returns {Promise<Knot>}
 */
export async function startKnot({ folder, zone, hosts, also = [] }) {
  const port = await freePort();
  const workers = availableParallelism();
  const head = `$ORIGIN ${ORIGIN}.\n$TTL 300\n@ SOA ns hostmaster 1 3600 900 86400 300\n@ NS ns\nns A 127.0.0.1\n`;
  const zoneFile = join(folder, 'zone');
  writeLines(zoneFile, zone, (number) => {
    const line = exists(number, zone) ? `${nameOf(number)}. A ${addressOf(number)}\n` : '';
    return number === 0 ? head + line : line;
  });
  const listen = [...hosts.map((host) => `${host}@${port}`), ...also];
  const configuration = join(folder, 'knot.conf');
  writeFileSync(
    configuration,
    `
server:
    listen: [${listen.join(', ')}]
    rundir: ${folder}
    udp-workers: ${workers}
    tcp-workers: ${workers}
    background-workers: 1
database:
    storage: ${folder}
log:
  - target: stderr
    any: warning
zone:
  - domain: ${ORIGIN}
    file: ${zoneFile}
    zonefile-sync: -1
    journal-content: none
`,
  );
  const up = async () => {
    const child = start([findProgram('knotd') ?? 'knotd', '-c', configuration]);
    let printed = '';
    child.stdout?.resume();
    child.stderr?.on('data', (text) => {
      printed = `${printed}${text}`.slice(-2000);
    });
    await answers(/** @type {string} */ (hosts[0]), port, child).catch((cause) => {
      throw new Error(`knotd did not come up:\n${printed}`, { cause });
    });
    return child;
  };
  let child = await up();
  return {
    port,
    cpu: () => cpuSeconds(child.pid ?? 0),
    signal: (signal) => void child.kill(signal),
    restart: async () => {
      await stop(child);
      child = await up();
    },
    stop: () => stop(child),
  };
}

/** A port of loopback that nobody has, for UDP and TCP. Somebody may take it before the server does. */
export async function freePort(host = '127.0.0.1') {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Asks for an existing name until the answer has no error. Throws after a minute, or if it ends.
 * @param {string} host
 * @param {number} port
 * @param {import('node:child_process').ChildProcess} child
 */
async function answers(host, port, child) {
  const labels = [nameOf(0).split('.')[0] ?? '', ...ORIGIN.split('.')];
  const name = labels.map((label) => String.fromCharCode(label.length) + label).join('');
  const query = Buffer.from(`\0\x01\x01\0\0\x01\0\0\0\0\0\0${name}\0\0\x01\0\x01`, 'latin1');
  const socket = createSocket('udp4');
  /** @type {(() => void)[]} */
  const cleanings = [() => socket.close()];
  try {
    await new Promise((resolve, reject) => {
      socket.on('message', (bytes) => {
        if (((bytes[3] ?? 15) & 15) === 0) resolve(undefined);
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`It ended with ${code}`)));
      const asking = setInterval(() => socket.send(query, port, host, () => {}), 50);
      const patience = setTimeout(reject, 60_000, new Error('It does not answer'));
      cleanings.push(
        () => clearInterval(asking),
        () => clearTimeout(patience),
      );
    });
  } finally {
    for (const clean of cleanings) clean();
  }
}
