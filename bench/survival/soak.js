/**
 * Runs a program that uses the library for half an hour and looks at its memory and descriptors all the
 * while: `node bench/survival/soak.js [--minutes 30]`. Build first. Needs knotd (Debian: knot).
 */

import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { findProgram } from '../../test/support/programs.js';
import { startRelay } from '../probe/start-relay.js';
import { startZone } from '../shared/knot-zone.js';
import { start } from '../shared/measure.js';
import { decimal, say, table, whole } from '../shared/report.js';

/** Names that the resolvers know. */
const ZONE = 20_000;
/** Probers and downloaders that are opened and closed in a minute. */
const [PROBERS, DOWNLOADERS] = [167, 34];
/** What the last fifth may have more of than the second, after which nothing should grow. */
const ALLOWED_GROWTH = 1.1;
/** Share of the names that losses may leave without a verdict. */
const ALLOWED_UNKNOWN = 0.001;

/**
 * @typedef {object} Sample what the program says of itself, every few seconds
 * @property {number} probers opened and closed so far
 * @property {number} downloaders
 * @property {number} names answered by the prober that stays open
 * @property {number} unknown of them
 * @property {number} wrong of them
 * @property {number} rss megabytes
 * @property {number} heap megabytes
 * @property {number} descriptors the most since the last sample, counted whenever a prober was closed
 * @property {number} threads
 */

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const minutes = Number(values.minutes);
if (findProgram('knotd') === undefined) throw new Error('knotd is not installed');
statSync(new URL('../../dist/index.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'flagprobe-soak-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const knot = await startZone({ zone: ZONE });
const relays = [];
for (const kind of ['lossy', 'lossy', 'slow', 'silent']) {
  relays.push(await startRelay(kind, `${knot.host}:${knot.port}`));
}
const images = await openImages();
try {
  const samples = await soak({
    ...{ folder, images: images.url, zone: ZONE, seconds: minutes * 60 },
    resolvers: relays.map(({ resolver }) => resolver),
    ...{ probers: Math.ceil(PROBERS * minutes), downloaders: Math.ceil(DOWNLOADERS * minutes) },
  });
  process.stdout.write(report(samples));
  judge(samples);
} finally {
  images.server.close();
  images.server.closeAllConnections();
  for (const relay of relays) await relay.stop();
  await knot[Symbol.asyncDispose]();
}

/** Small images, of which some come late, some not at all, some cut, some only at the second time. */
async function openImages() {
  const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
  let count = 0;
  const server = createServer((_request, response) => {
    const kind = count++ % 10;
    if (kind === 3) response.writeHead(404).end();
    else if (kind === 5) response.writeHead(503).end();
    else if (kind === 7) response.writeHead(200, { 'content-length': 99 }).end(gif);
    else if (kind === 8) response.destroy();
    else setTimeout(() => response.end(gif), kind === 9 ? 300 : 0);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { server, url: `http://127.0.0.1:${port}` };
}

/** @param {import('./soak-program.js').SoakPlan} plan @returns {Promise<Sample[]>} */
async function soak(plan) {
  const program = new URL('soak-program.js', import.meta.url).pathname;
  const child = start([process.execPath, program, JSON.stringify(plan)]);
  child.stderr?.pipe(process.stderr);
  const samples = [];
  const lines = createInterface({
    input: /** @type {import('node:stream').Readable} */ (child.stdout),
  });
  const ended = once(child, 'exit');
  for await (const line of lines) {
    samples.push(JSON.parse(line));
    say(line);
  }
  const [code, signal] = await ended;
  if (code !== 0) throw new Error(`the program ended with ${code ?? signal}`);
  return samples;
}

/** @param {Sample[]} samples */
function report(samples) {
  const rows = Array.from({ length: 10 }, (_, i) => {
    const part = tenth(samples, i);
    const last = part.at(-1);
    const most = (/** @type {keyof Sample} */ key) => Math.max(...part.map((each) => each[key]));
    return [
      decimal(((i + 1) * minutes) / 10, 1),
      ...[whole(last?.probers ?? 0), whole(last?.downloaders ?? 0), whole(last?.names ?? 0)],
      ...[whole(last?.unknown ?? 0), whole(last?.wrong ?? 0)],
      ...[
        whole(most('rss')),
        whole(most('heap')),
        whole(most('descriptors')),
        whole(most('threads')),
      ],
    ];
  });
  const head = ['minutes', 'probers', 'downloaders', 'names', 'unknown', 'wrong'];
  return table([...head, 'RSS MB', 'heap MB', 'descriptors', 'threads'], rows);
}

/** @param {Sample[]} samples @param {number} i */
function tenth(samples, i) {
  const of = (/** @type {number} */ part) => Math.floor((part * samples.length) / 10);
  return samples.slice(of(i), of(i + 1));
}

/** @param {Sample[]} samples */
function judge(samples) {
  const early = [...tenth(samples, 2), ...tenth(samples, 3)];
  const late = [...tenth(samples, 8), ...tenth(samples, 9)];
  for (const key of /** @type {const} */ (['rss', 'descriptors', 'threads'])) {
    const most = (/** @type {Sample[]} */ part) => Math.max(...part.map((each) => each[key]));
    if (most(late) > most(early) * ALLOWED_GROWTH) {
      throw new Error(`${key} grew from ${most(early)} to ${most(late)}`);
    }
  }
  const { names = 0, unknown = 0, wrong = 0 } = samples.at(-1) ?? {};
  if (wrong > 0) throw new Error(`${wrong} names have a wrong verdict`);
  if (unknown > names * ALLOWED_UNKNOWN) throw new Error(`${unknown} of ${names} are unknown`);
}
