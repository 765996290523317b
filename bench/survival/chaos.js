/** A fleet to which something happens every few seconds, drawn by a seed: every name must come out once. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet, faults, seeded } from '../../test/support/chaos.js';
import { startRedis } from '../../test/support/redis.js';
import { inOrder, writeNames } from '../shared/knot-zone.js';
import { say } from '../shared/report.js';
import { judge } from '../shared/truth.js';
import { mustBeWhole, readTsv } from './whole.js';

const WORKERS = 3;
/** Names a second that the whole fleet may ask: a run lasts for names / rate at the least. */
const RATE = 500;
/** Milliseconds between two faults, the least and the most. */
const PAUSE_MS = [1000, 3000];
/** For how long workers stop: the chunks of a silent one stay its own for 10 s. */
const STOP_MS = 12_000;
/** For how long keys may be left that expire by themselves. */
const EXPIRY_MS = 30_000;

/** @type {typeof faults} */
const kinds = {
  ...faults,
  async 'the workers stop for longer than their chunks stay their own, another comes'(fleet) {
    await fleet.stopWorkers();
    await sleep(STOP_MS);
    fleet.continueWorkers();
  },
};

/**
 * Runs one fleet to its end, and throws if a name came out twice, wrongly or not at all, or if a
 * process, a key or a temporary file is left.
 * @param {import('./survive.js').World} world
 * @param {{ seed: number, seconds: number }} options
 */
export async function surviveChaos({ folder, resolver, zone }, { seed, seconds }) {
  const count = seconds * RATE;
  const [list, output] = [join(folder, `chaos-${seed}.txt`), join(folder, `chaos-${seed}.tsv`)];
  writeNames(list, count);
  const redis = await startRedis();
  const shared = ['--redis', redis.url, '--outage', '60'];
  const ask = ['-r', resolver, '-f', 'tsv', '-o', output, '--resume', '--rate', String(RATE)];
  const commands = {
    probe: ['probe', '-', ...shared, ...ask, '-q'],
    worker: ['worker', ...shared],
  };
  const fleet = new Fleet(commands, redis, seeded(seed));
  try {
    fleet.give(readFileSync(list, 'utf8'));
    fleet.complete();
    const happened = await runToEnd(fleet, seed);
    const keys = await keysAfterAll(redis);
    const truth = await judge(output, readTsv, { count, zone, order: inOrder });
    process.stdout.write(
      `chaos, seed ${seed}: ${count} names, ${happened} faults, ${JSON.stringify(truth)}, ${keys} keys left\n`,
    );
    mustBeWhole(truth);
    if (keys !== '0') throw new Error(`a key is left: ${await redis.command('RANDOMKEY')}`);
  } finally {
    await fleet[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  }
  const left = readdirSync(folder).filter((name) => /\.(?:tmp|lock|stale)/.test(name));
  if (left.length > 0) throw new Error(`files are left: ${left.join(', ')}`);
}

/**
 * Gives how many faults there were. Throws if the coordinator ends with another code than 0.
 * @param {Fleet} fleet
 * @param {number} seed
 */
async function runToEnd(fleet, seed) {
  for (let i = 0; i < WORKERS; i++) await fleet.addWorker();
  const happened = await harm(fleet, seed);
  const { ended, said } = fleet.coordinator;
  const [code] = await ended;
  if (code !== 0) throw new Error(`the coordinator ended with ${code}: ${said()}`);
  fleet.endWorkers();
  await Promise.all(fleet.workers.map((worker) => worker.ended));
  return happened;
}

/**
 * How many keys there are when those that expire by themselves are gone.
 * @param {import('../../test/support/redis.js').RedisServer} redis
 */
async function keysAfterAll(redis) {
  for (let waited = 0; waited < EXPIRY_MS; waited += 500) {
    if ((await redis.command('DBSIZE')) === '0') break;
    await sleep(500);
  }
  return await redis.command('DBSIZE');
}

/**
 * Lets one thing after the other happen until the run is over, and gives how many.
 * @param {Fleet} fleet
 * @param {number} seed
 */
async function harm(fleet, seed) {
  const { draw } = fleet;
  const names = Object.keys(kinds);
  const [least = 0, most = 0] = PAUSE_MS;
  for (let happened = 0; ; happened++) {
    await Promise.race([sleep(least + draw(most - least)), fleet.coordinator.ended]);
    if (fleet.coordinator.hasEnded) return happened;
    const name = /** @type {string} */ (names[draw(names.length)]);
    say(`seed ${seed}: ${name}`);
    await kinds[name]?.(fleet);
  }
}
