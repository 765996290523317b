/** A fleet on this machine: what survives its faults, and what it costs. */

import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../test/support/redis.js';
import { inOrder, writeNames } from '../shared/knot-zone.js';
import { cpuSeconds, measure, start, stop } from '../shared/measure.js';
import { say } from '../shared/report.js';
import { judge } from '../shared/truth.js';
import { mustBeWhole, readTsv } from './whole.js';

const COUNT = 1_000_000;
const WORKERS = 4;

/** @typedef {import('./survive.js').World} World */

/**
 * A million names; two workers and the coordinator are killed, and Redis is.
 * @param {World} world
 */
export async function surviveFleet(world) {
  const { zone } = world;
  const redis = await startRedis();
  const { output, command, worker } = plan(world, redis);
  const workers = Array.from({ length: WORKERS }, () => start(worker));
  let coordinator = start(command);
  const peak = watchMemory(redis);
  /** @param {number} share */
  const came = async (share) => {
    while ((await linesOf(output)) < share * COUNT) await sleep(100);
    say(`${share * 100} % are there`);
  };
  await came(0.2);
  await stop(/** @type {import('node:child_process').ChildProcess} */ (workers[0]));
  await came(0.35);
  await stop(/** @type {import('node:child_process').ChildProcess} */ (workers[1]));
  await came(0.5);
  await redis.restart();
  await came(0.65);
  await stop(coordinator);
  await sleep(3000);
  coordinator = start([...command]);
  const code = await new Promise((resolve) => coordinator.once('close', resolve));
  for (const each of workers) await stop(each);
  const megabytes = peak();
  await redis[Symbol.asyncDispose]();
  const truth = await judge(output, readTsv, { count: COUNT, zone, order: inOrder });
  process.stdout.write(`fleet: exit ${code}, ${JSON.stringify(truth)}, Redis ${megabytes} MB\n`);
  mustBeWhole(truth);
}

/**
 * A million names and no fault: what coordinator and Redis cost, beside reading and writing alone.
 * @param {World} world
 */
export async function fleetCost(world) {
  const { folder, zone } = world;
  const redis = await startRedis();
  const { list, output, command, worker } = plan(world, redis);
  const workers = Array.from({ length: WORKERS }, () => start(worker));
  await sleep(2000);
  const peak = watchMemory(redis);
  const before = cpuSeconds(redis.pid);
  const fleet = await measure([...command], folder);
  const redisCpu = cpuSeconds(redis.pid) - before;
  for (const each of workers) await stop(each);
  const megabytes = peak();
  await redis[Symbol.asyncDispose]();
  mustBeWhole(await judge(output, readTsv, { count: COUNT, zone, order: inOrder }));
  const copy = [process.execPath, new URL(import.meta.url).pathname, list, join(folder, 'copy')];
  const alone = await measure(copy, folder);
  const micro = (/** @type {number} */ cpu) => ((cpu / COUNT) * 1e6).toFixed(2);
  process.stdout.write(
    `cost of a name in µs of CPU: coordinator ${micro(fleet.cpu)}, Redis ${micro(redisCpu)}, ` +
      `reading and writing alone ${micro(alone.cpu)}; ${fleet.seconds.toFixed(1)} s, ` +
      `Redis ${megabytes} MB at most\n`,
  );
}

/**
 * @param {World} world
 * @param {import('../../test/support/redis.js').RedisServer} redis
 */
function plan({ folder, bin, resolver }, { port, url }) {
  const list = join(folder, 'fleet.txt');
  const output = join(folder, `fleet-${port}.tsv`);
  writeNames(list, COUNT);
  const run = [process.execPath, bin];
  const ask = [...run, 'probe', '--redis', url, '-i', list, '-r', resolver, '-f', 'tsv', '-q'];
  return {
    list,
    output,
    command: [...ask, '-o', output, '--resume'],
    worker: [...run, 'worker', '--redis', url],
  };
}

/**
 * Samples the memory of Redis until the function that it returns is called, which gives the peak in
 * megabytes.
 * @param {import('../../test/support/redis.js').RedisServer} redis
 */
function watchMemory(redis) {
  let peak = 0;
  const sample = async () => {
    // Redis is killed and started again meanwhile.
    const text = await redis.command('INFO', 'memory').catch(() => '');
    peak = Math.max(peak, Number(/^used_memory:(\d+)/m.exec(text)?.[1] ?? 0));
  };
  const timer = setInterval(sample, 200);
  return () => {
    clearInterval(timer);
    return (peak / 1e6).toFixed(1);
  };
}

/** @param {string} path */
async function linesOf(path) {
  let lines = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    }
  } catch {
    // It is not there yet.
  }
  return lines;
}

// Run by itself: reads a list and writes a line for each name, as the command does, and no more.
if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [, , from = '', to = ''] = process.argv;
  const { readLines } = await import('../../dist/storage/decode-lines.js');
  const { Writer } = await import('../../dist/output/batch-writer.js');
  const writer = new Writer(createWriteStream(to));
  for await (const names of readLines(createReadStream(from, { highWaterMark: 65_536 }))) {
    let text = '';
    for (const name of names) text += `${name}\tmissing\n`;
    writer.write(text);
    if (writer.drained) await writer.drained;
  }
  await writer.finish();
}
