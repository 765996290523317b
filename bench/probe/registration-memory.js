/**
 * Memory of a run with registrations, whose DNS is far faster than its registry:
 * `node bench/probe/registration-memory.js [COUNT...]`. Half of the names do not exist, and of those the
 * registry is asked about a thousand. Build first. Needs knotd (Debian: knot).
 */

import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startKnot } from '../../test/support/knot.js';
import { measure } from '../shared/measure.js';
import { decimal, say, table, whole } from '../shared/report.js';

const bin = new URL('../../bin/flagprobe.cjs', import.meta.url).pathname;
/** The names of one host that are asked about, and how many a second. */
const [CAP, RATE] = [1000, 100];

const counts = process.argv.slice(2).map(Number);
if (counts.length === 0) counts.push(200_000, 1_000_000);
statSync(new URL('../../dist/command/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'flagprobe-registrations-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const most = Math.max(...counts);
const knot = await startKnot('bench', zoneOf(most), { workers: 2 });
const registry = await openRegistry();
try {
  const rows = [];
  for (const count of counts) rows.push(await row(count));
  const head = ['names', 'wall s', 'names a second', 'CPU µs a name', 'peak MB'];
  process.stdout.write(table([...head, 'asked', 'not registered', 'over the cap'], rows));
} finally {
  registry.server.close();
  registry.server.closeAllConnections();
  await knot[Symbol.asyncDispose]();
}

/** @param {number} number */
function nameOf(number) {
  return `n${String(number).padStart(8, '0')}.bench`;
}

/** Those with an even number exist. @param {number} count */
function zoneOf(count) {
  const lines = [
    '$ORIGIN bench.',
    '$TTL 300',
    '@ SOA ns hostmaster 1 3600 900 86400 300',
    '@ NS ns',
  ];
  lines.push('ns A 127.0.0.1', 'nic A 127.0.0.1');
  for (let number = 0; number < count; number += 2) lines.push(`${nameOf(number)}. A 192.0.2.1`);
  return `${lines.join('\n')}\n`;
}

/** A registry that knows what the DNS knows. */
async function openRegistry() {
  /** @type {Map<string, number>} */
  const asked = new Map();
  const server = createServer(({ url = '' }, response) => {
    const name = url.slice('/domain/'.length);
    asked.set(name, (asked.get(name) ?? 0) + 1);
    const isKnown = /[02468]\.bench$/.test(name) || name === 'nic.bench';
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/rdap+json' });
    const domain = { objectClassName: 'domain', ldhName: name };
    response.end(JSON.stringify(isKnown ? domain : { errorCode: 404 }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { server, asked, base: `http://127.0.0.1:${port}/` };
}

/** @param {number} count */
async function row(count) {
  const [list, output] = [join(folder, 'names'), join(folder, 'output')];
  const file = openSync(list, 'w');
  for (let number = 0; number < count; number++) writeSync(file, `${nameOf(number)}\n`);
  closeSync(file);
  rmSync(output, { force: true });
  registry.asked.clear();
  const { seconds, cpu, megabytes, printed } = await measure(
    [
      ...[process.execPath, bin, 'probe', '-i', list, '-r', `${knot.host}:${knot.port}`],
      ...['--rdap', '--rdap-bootstrap', 'off', '--rdap-server', `bench=${registry.base}`],
      ...['--rdap-max', String(CAP), '--rdap-rate', String(RATE), '-f', 'csv', '-o', output],
    ],
    folder,
  );
  say(printed);
  const { unregistered, capped } = await judge(output, count);
  return [
    ...[whole(count), decimal(seconds), whole(count / seconds), decimal((cpu / count) * 1e6)],
    ...[whole(megabytes), whole(CAP), whole(unregistered), whole(capped)],
  ];
}

/** Throws unless each name has its one right line, and was asked about once at the most. */
async function judge(/** @type {string} */ output, /** @type {number} */ count) {
  const isDone = new Uint8Array(count);
  let [unregistered, capped, wrong] = [0, 0, 0];
  for await (const line of createInterface({ input: createReadStream(output) })) {
    const number = Number(/^n(\d{8})\.bench,/.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(number)) continue;
    const isFound = line.includes(',found,') && line.includes(',registered,');
    const isOpen = line.includes(',missing,nxdomain,') && !line.includes(',registered,');
    isDone[number] = (isDone[number] ?? 0) + 1;
    if (isDone[number] !== 1 || !(number % 2 === 0 ? isFound : isOpen)) wrong++;
    if (line.includes(',unregistered,')) unregistered++;
    else if (line.includes(',rdap-cap,')) capped++;
  }
  const missing = isDone.indexOf(0);
  if (missing >= 0 || wrong > 0) throw new Error(`${wrong} lines are wrong; missing: ${missing}`);
  if (unregistered !== CAP || unregistered + capped !== count / 2) {
    throw new Error(`${unregistered} not registered and ${capped} over the cap`);
  }
  // One more is the control question.
  const twice = [...registry.asked.values()].filter((times) => times > 1).length;
  if (twice > 0 || registry.asked.size !== CAP + 1) {
    throw new Error(`${registry.asked.size} names were asked about, ${twice} more than once`);
  }
  return { unregistered, capped };
}
