/**
 * A program that uses the library for long: one prober stays open and asks lossy resolvers all the time,
 * others are opened and closed, and so are downloaders, by each way to leave them. Prints a line every
 * few seconds about what it holds.
 */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDownloader, openProber } from '../../dist/index.js';
import { exists, nameOf, numberOf } from '../shared/knot-zone.js';

/**
 * @typedef {object} SoakPlan
 * @property {number} seconds
 * @property {string} folder
 * @property {string} images a server of images, as a URL without the slash at its end
 * @property {readonly string[]} resolvers
 * @property {number} zone names that the resolvers know, of which half exist
 * @property {number} probers to open and close
 * @property {number} downloaders
 */

/** Names a second that are asked of the prober that stays open. */
const RATE = 200;
const SAMPLE_MS = 5000;
/** Of probers, and of downloaders, that are open at once. */
const LANES = 8;

/** @type {SoakPlan} */
const plan = JSON.parse(process.argv[2] ?? '');
const { seconds, resolvers, zone } = plan;
const counts = { probers: 0, downloaders: 0, names: 0, unknown: 0, wrong: 0 };
const begin = performance.now();
let descriptors = 0;

const timer = setInterval(sample, SAMPLE_MS);
await Promise.all([
  stay(),
  spread(plan.probers, async (i) => {
    await openAndClose(i);
    counts.probers++;
  }),
  spread(plan.downloaders, async (i) => {
    const dir = join(plan.folder, `files-${i}`);
    await downloadSome(dir, i);
    rmSync(dir, { recursive: true, force: true });
    counts.downloaders++;
  }),
]);
clearInterval(timer);
sample();

function sample() {
  look();
  const { rss, heapUsed } = process.memoryUsage();
  const [mb, heap] = [Math.round(rss / 1e6), Math.round(heapUsed / 1e6)];
  const threads = readdirSync('/proc/self/task').length;
  const held = { rss: mb, heap, descriptors, threads };
  process.stdout.write(`${JSON.stringify({ ...counts, ...held })}\n`);
  descriptors = 0;
}

function look() {
  descriptors = Math.max(descriptors, readdirSync('/proc/self/fd').length);
}

/**
 * Does something so many times, evenly over the whole time.
 * @param {number} times
 * @param {(i: number) => Promise<void>} work
 */
async function spread(times, work) {
  const lane = async (/** @type {number} */ first) => {
    for (let i = first; i < times; i += LANES) {
      const waitMs = (i * seconds * 1000) / times - (performance.now() - begin);
      if (waitMs > 0) await sleep(waitMs);
      await work(i);
      look();
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, first) => lane(first)));
}

/** One prober that is asked until the end. */
async function stay() {
  const prober = openProber({ resolvers: [...resolvers], concurrency: 1000 });
  const names = async function* () {
    for (let number = 0; performance.now() - begin < seconds * 1000; ) {
      for (let i = 0; i < RATE / 10; i++) yield nameOf(number++ % (2 * zone));
      await sleep(100);
    }
  };
  for await (const { name, status } of prober.results(names())) {
    counts.names++;
    if (status === 'unknown') counts.unknown++;
    else if ((status === 'found') !== exists(numberOf(name), zone)) counts.wrong++;
  }
  await prober.close();
}

/**
 * Asks a prober of its own for a few names, and leaves it in one of five ways.
 * @param {number} i
 */
async function openAndClose(i) {
  const names = Array.from({ length: 40 }, (_, k) => nameOf((i * 40 + k) % zone));
  const abort = new AbortController();
  const transport = /** @type {const} */ (['auto', 'udp', 'tcp'])[i % 3] ?? 'auto';
  const isLocal = i % 7 === 0;
  const prober = openProber({
    ...{ resolvers: isLocal ? ['local'] : [...resolvers].slice(0, 2), transport },
    ...{ rdap: isLocal, rdapRate: 100, signal: abort.signal, timeout: 0.5 },
  });
  const asked = isLocal ? ['def.dev', 'pass.dev', 'for.dev', 'true.app'] : names;
  let [results, way] = [0, i % 5];
  try {
    for await (const _ of prober.results(asked)) {
      results++;
      if (way === 0 && results === asked.length / 2) break;
      if (way === 1 && results === 3) abort.abort(new Error('enough'));
      if (way === 2 && results === 3) void prober.close();
    }
  } catch (error) {
    if (way !== 1 && way !== 2) throw error;
  }
  if (way === 3) void prober.probe(asked[0] ?? '').catch(() => {});
  await prober.close();
}

/**
 * Downloads a few images with a downloader of its own, and leaves it in one of four ways.
 * @param {string} dir
 * @param {number} i
 */
async function downloadSome(dir, i) {
  const abort = new AbortController();
  const isLocal = i % 5 === 0;
  const downloader = await openDownloader({
    ...{ dir, server: isLocal ? 'local' : 'remote', concurrency: 8, retries: 1 },
    ...{ signal: abort.signal },
  });
  const codes = isLocal
    ? ['BR', 'JP', 'ZZ']
    : Array.from({ length: 12 }, (_, k) => `${plan.images}/${k}.gif`);
  let [results, way] = [0, i % 4];
  try {
    for await (const _ of downloader.results(codes)) {
      results++;
      if (way === 0 && results === 2) break;
      if (way === 1 && results === 2) abort.abort(new Error('enough'));
      if (way === 2 && results === 2) void downloader.close();
    }
  } catch (error) {
    if (way !== 1 && way !== 2) throw error;
  }
  await downloader.close();
}
