/** A fleet on this machine: what survives its faults, and what it costs. */

import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, inOrder, writeNames } from '../shared/knot-zone.js';
import { cpuSeconds, measure, start, stop } from '../shared/measure.js';
import { findProgram, say } from '../shared/programs.js';
import { judge } from '../shared/truth.js';
import { mustBeWhole, readTsv } from './whole.js';

const HOST = '127.0.0.1';
const COUNT = 1_000_000;
const WORKERS = 4;

/** @typedef {import('./survive.js').World} World */

/**
 * A million names; two workers and the coordinator are killed, and Redis is.
 * @param {World} world
 */
export async function surviveFleet(world) {
  const { folder, zone } = world;
  const redis = await startRedis(join(folder, 'redis-faults'));
  const { output, command, worker } = plan(world, redis.port);
  const workers = Array.from({ length: WORKERS }, () => start(worker));
  let coordinator = start(command);
  const peak = watchMemory(redis.port);
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
  const megabytes = await peak();
  await redis.stop();
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
  const redis = await startRedis(join(folder, 'redis-cost'));
  const { list, output, command, worker } = plan(world, redis.port);
  const workers = Array.from({ length: WORKERS }, () => start(worker));
  await sleep(2000);
  const peak = watchMemory(redis.port);
  const before = redis.cpu();
  const fleet = await measure([...command], folder);
  const redisCpu = redis.cpu() - before;
  for (const each of workers) await stop(each);
  const megabytes = await peak();
  await redis.stop();
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
 * @param {number} port
 */
function plan({ folder, bin, resolver }, port) {
  const list = join(folder, 'fleet.txt');
  const output = join(folder, `fleet-${port}.tsv`);
  writeNames(list, COUNT);
  const url = `redis://${HOST}:${port}`;
  const run = [process.execPath, bin];
  const ask = [...run, 'probe', '--redis', url, '-i', list, '-r', resolver, '-f', 'tsv', '-q'];
  return {
    list,
    output,
    command: [...ask, '-o', output, '--resume'],
    worker: [...run, 'worker', '--redis', url],
  };
}

/** @param {string} folder */
async function startRedis(folder) {
  mkdirSync(folder);
  const port = await freePort();
  const path = findProgram('redis-server') ?? 'redis-server';
  const options = ['--bind', HOST, '--port', String(port), '--dir', folder, '--save', ''];
  const up = async () => {
    const child = start([path, ...options, '--appendonly', 'yes']);
    child.stdout?.resume();
    for (let i = 0; i < 100 && !(await info(port).catch(() => '')); i++) await sleep(100);
    return child;
  };
  let child = await up();
  return {
    port,
    cpu: () => cpuSeconds(child.pid ?? 0),
    restart: async () => {
      await stop(child);
      child = await up();
    },
    stop: () => stop(child),
  };
}

/**
 * Looks at Redis until the function that it gives is called: that gives the most megabytes seen.
 * @param {number} port
 */
function watchMemory(port) {
  let most = 0;
  const look = async () => {
    const text = await info(port).catch(() => '');
    most = Math.max(most, Number(/^used_memory:(\d+)/m.exec(text)?.[1] ?? 0));
  };
  const timer = setInterval(look, 200);
  return async () => {
    clearInterval(timer);
    return (most / 1e6).toFixed(1);
  };
}

/**
 * @param {number} port
 * @returns {Promise<string>}
 */
function info(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HOST).setEncoding('utf8');
    socket.once('error', reject);
    socket.once('data', (text) => {
      socket.destroy();
      resolve(String(text));
    });
    socket.write('INFO memory\r\n');
  });
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
  const { readLines } = await import('../../dist/storage/lines.js');
  const { Writer } = await import('../../dist/output/writer.js');
  const writer = new Writer(createWriteStream(to));
  for await (const names of readLines(createReadStream(from, { highWaterMark: 65_536 }))) {
    let text = '';
    for (const name of names) text += `${name}\tmissing\n`;
    writer.write(text);
    if (writer.drained) await writer.drained;
  }
  await writer.finish();
}
