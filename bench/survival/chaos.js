/** A fleet to which something happens every few seconds, drawn by a seed: every name must come out once. */

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../test/support/redis.js';
import { inOrder, writeNames } from '../shared/knot-zone.js';
import { start, stop } from '../shared/measure.js';
import { say } from '../shared/report.js';
import { judge } from '../shared/truth.js';
import { mustBeWhole, readTsv } from './whole.js';

const WORKERS = 3;
/** Names a second that the whole fleet may ask: a run lasts for names / rate at the least. */
const RATE = 500;
/** Milliseconds between two faults, the least and the most. */
const PAUSE_MS = [1000, 3000];
/** For how long a coordinator claims the run with each heartbeat, in milliseconds. */
const OWNERSHIP_MS = 15_000;

/** @typedef {import('node:child_process').ChildProcess} Child */

/** What a fault can reach. */
class Fleet {
  /** @type {Child[]} */
  workers = [];

  /**
   * @param {{ probe: string[], worker: string[] }} commands
   * @param {import('../../test/support/redis.js').RedisServer} redis
   * @param {(count: number) => number} draw a number below `count`
   */
  constructor(commands, redis, draw) {
    this.commands = commands;
    this.redis = redis;
    this.draw = draw;
    this.coordinator = run(commands.probe);
    this.coordinatorSince = Date.now();
    for (let i = 0; i < WORKERS; i++) this.workers.push(run(commands.worker));
  }

  /** Goes on with the run. */
  async resume() {
    await stop(this.coordinator);
    this.coordinator = run(this.commands.probe);
    this.coordinatorSince = Date.now();
  }

  /**
   * Waits for a coordinator that has its run: one that meets a Redis out of order at its start ends, as
   * it should, and so does a worker, which is replaced.
   */
  async settle() {
    for (const [i, worker] of this.workers.entries()) {
      if (worker.exitCode !== null) this.workers[i] = run(this.commands.worker);
    }
    while (this.coordinator.exitCode === null) {
      const left = await this.redis.command('PTTL', 'flagprobe-owner:default').catch(() => '0');
      // The claim of the one before is older than this one.
      if (Number(left) > OWNERSHIP_MS - (Date.now() - this.coordinatorSince)) return;
      await sleep(100);
    }
  }

  drawWorker() {
    return this.draw(this.workers.length);
  }
}

/** @param {string[]} command */
function run(command) {
  const child = start(command);
  let said = '';
  child.stdout?.resume();
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-2000);
  });
  return Object.assign(child, { said: () => said, ended: once(child, 'exit') });
}

/** Each waits until it is over. @type {Record<string, (fleet: Fleet) => Promise<void>>} */
const faults = {
  async 'a worker is killed, another comes'(fleet) {
    const i = fleet.drawWorker();
    await stop(/** @type {Child} */ (fleet.workers[i]));
    fleet.workers[i] = run(fleet.commands.worker);
  },
  async 'a worker is stopped for longer than its chunks stay its own'(fleet) {
    const worker = fleet.workers[fleet.drawWorker()];
    worker?.kill('SIGSTOP');
    await sleep(12_000);
    worker?.kill('SIGCONT');
  },
  async 'a worker is told to end, another comes'(fleet) {
    const i = fleet.drawWorker();
    const worker = /** @type {Child} */ (fleet.workers[i]);
    worker.kill('SIGTERM');
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    fleet.workers[i] = run(fleet.commands.worker);
  },
  async 'Redis is killed and started again'({ redis }) {
    await redis.restart();
  },
  async 'Redis loses all it has'({ redis }) {
    await redis.command('FLUSHALL');
  },
  async 'Redis stands still'({ redis }) {
    process.kill(redis.pid, 'SIGSTOP');
    await sleep(4000);
    process.kill(redis.pid, 'SIGCONT');
  },
  async 'Redis is full'({ redis }) {
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await sleep(3000);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  },
  async 'the coordinator is killed and resumed'(fleet) {
    await fleet.resume();
  },
};

/**
 * Runs one fleet to its end, and throws if a name came out twice, wrongly or not at all, or if a
 * process, a key or a temporary file is left.
 * @param {import('./survive.js').World} world
 * @param {{ seed: number, seconds: number }} options
 */
export async function surviveChaos({ folder, bin, resolver, zone }, { seed, seconds }) {
  const count = seconds * RATE;
  const [list, output] = [join(folder, `chaos-${seed}.txt`), join(folder, `chaos-${seed}.tsv`)];
  writeNames(list, count);
  const redis = await startRedis();
  const shared = ['--redis', redis.url, '--outage', '60'];
  const ask = ['probe', ...shared, '-i', list, '-r', resolver, '-f', 'tsv', '-o', output];
  const commands = {
    probe: [process.execPath, bin, ...ask, '--resume', '--rate', String(RATE), '-q'],
    worker: [process.execPath, bin, 'worker', ...shared, '-q'],
  };
  const draw = seeded(seed);
  const fleet = new Fleet(commands, redis, draw);
  const kinds = Object.keys(faults);
  let happened = 0;
  const [least = 0, most = 0] = PAUSE_MS;
  while (fleet.coordinator.exitCode === null) {
    await fleet.settle();
    await Promise.race([sleep(least + draw(most - least)), fleet.coordinator.ended]);
    if (fleet.coordinator.exitCode !== null) break;
    const kind = /** @type {string} */ (kinds[draw(kinds.length)]);
    say(`seed ${seed}: ${kind}`);
    await faults[kind]?.(fleet);
    happened++;
  }
  const { exitCode } = fleet.coordinator;
  if (exitCode !== 0)
    throw new Error(`the coordinator ended with ${exitCode}: ${fleet.coordinator.said()}`);
  await endWorkers(fleet);
  const keys = await redis.command('DBSIZE');
  const key = await redis.command('RANDOMKEY');
  await redis[Symbol.asyncDispose]();
  const truth = await judge(output, readTsv, { count, zone, order: inOrder });
  process.stdout.write(
    `chaos, seed ${seed}: ${count} names, ${happened} faults, ${JSON.stringify(truth)}, ${keys} keys left\n`,
  );
  mustBeWhole(truth);
  if (keys !== '0') throw new Error(`${keys} keys are left in Redis, such as ${key}`);
  const left = readdirSync(folder).filter((name) => /\.(?:tmp|lock|stale)/.test(name));
  if (left.length > 0) throw new Error(`files are left: ${left.join(', ')}`);
}

/** @param {Fleet} fleet */
async function endWorkers({ workers, redis }) {
  for (const worker of workers) {
    worker.kill('SIGTERM');
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
  }
  // Keys that expire by themselves: who was there, and when chunks were last looked after.
  for (let i = 0; i < 60 && (await redis.command('DBSIZE')) !== '0'; i++) await sleep(500);
}

/**
 * The same numbers for the same seed (mulberry32).
 * @param {number} seed
 * @returns {(count: number) => number}
 */
function seeded(seed) {
  let state = seed >>> 0;
  return (count) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % count;
  };
}
