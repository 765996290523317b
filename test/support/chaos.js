/** A fleet of processes, and what can happen to it: a short form for the tests, a long one for bench/. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/flagprobe.cjs', import.meta.url));
/** How long Redis stands still: connections that are silent for 5 s are given up. */
const STALL_MS = 6000;
/** For how long a coordinator claims the run with each heartbeat. */
const OWNERSHIP_MS = 15_000;
/** The most that is waited for anything, in pauses between two looks. */
const MAX_WAIT_MS = 120_000;

/**
 * @typedef {object} Member a process of the fleet
 * @property {import('node:child_process').ChildProcessWithoutNullStreams} child
 * @property {() => string} said the end of what it wrote on standard error
 * @property {Promise<[code: number | null, signal: NodeJS.Signals | null]>} ended
 * @property {boolean} hasEnded
 */

/** Those that run: they end with this process at the latest. @type {Set<Member['child']>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** @param {readonly string[]} args @returns {Member} */
function startMember(args) {
  const child = spawn(process.execPath, [bin, ...args]);
  running.add(child);
  let said = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-2000);
  });
  // One that was killed reads no more.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    member.hasEnded = true;
    return /** @type {[number | null, NodeJS.Signals | null]} */ ([code, signal]);
  });
  const member = { child, said: () => said, ended, hasEnded: false };
  return member;
}

/**
 * Waits until something holds, and not for ever. Looks are counted and not seconds, as the machine may
 * sleep meanwhile.
 * @param {string} what it is, for the error
 * @param {() => boolean | Promise<boolean>} holds
 * @param {number} [pauseMs] between two looks
 */
export async function until(what, holds, pauseMs = 100) {
  for (let waited = 0; !(await holds()); waited += pauseMs) {
    if (waited > MAX_WAIT_MS) throw new Error(`waited in vain until ${what}`);
    await sleep(pauseMs);
  }
}

/** A coordinator, its workers, and the Redis between them: what a fault can reach. */
export class Fleet {
  /** @type {Member[]} */
  workers = [];
  /** Workers that stand still. @type {Member[]} */
  stopped = [];
  /** Names that the coordinator was given, as text, and whether there are more to come. */
  #given = '';
  #isComplete = false;

  /**
   * @param {{ probe: readonly string[], worker: readonly string[] }} commands the first reads names from
   * standard input
   * @param {import('./redis.js').RedisServer} redis
   * @param {(count: number) => number} draw a number below `count`
   */
  constructor(commands, redis, draw) {
    this.commands = commands;
    this.redis = redis;
    this.draw = draw;
    this.coordinator = startMember(commands.probe);
  }

  /** Gives the coordinator more names. @param {string} text */
  give(text) {
    this.#given += text;
    this.coordinator.child.stdin.write(text);
  }

  /** Tells the coordinator that there are no more names. */
  complete() {
    this.#isComplete = true;
    this.coordinator.child.stdin.end();
  }

  /** Kills the coordinator, and waits until another one has the run, which is given the same names. */
  async resume() {
    this.coordinator.child.kill('SIGKILL');
    await this.coordinator.ended;
    this.coordinator = startMember(this.commands.probe);
    const { child } = this.coordinator;
    const since = performance.now();
    child.stdin.write(this.#given);
    if (this.#isComplete) child.stdin.end();
    await until('a coordinator has the run', async () => {
      // The claim of the one before is older than this one.
      const left = await this.redis.command('PTTL', 'flagprobe-owner:default');
      return this.coordinator.hasEnded || Number(left) > OWNERSHIP_MS - (performance.now() - since);
    });
  }

  /** Starts a worker, and waits until it works, or has ended because it could not. */
  async addWorker() {
    const worker = startMember(this.commands.worker);
    this.workers.push(worker);
    await until('a worker works', () => worker.hasEnded || /^working for/.test(worker.said()));
  }

  /** Ends a worker, and starts another one. @param {NodeJS.Signals} signal */
  async replaceWorker(signal) {
    const [worker] = this.workers.splice(this.draw(this.workers.length), 1);
    worker?.child.kill(signal);
    await worker?.ended;
    await this.addWorker();
  }

  /** Stops all workers where they are, as if their machines slept; another one comes. */
  async stopWorkers() {
    for (const worker of this.workers) worker.child.kill('SIGSTOP');
    this.stopped.push(...this.workers.splice(0));
    await this.addWorker();
  }

  /** Lets those that were stopped go on: they do not know that it was long. */
  continueWorkers() {
    for (const worker of this.stopped) worker.child.kill('SIGCONT');
    this.workers.push(...this.stopped.splice(0));
  }

  /** Tells all workers to end. */
  endWorkers() {
    for (const { child } of this.workers) child.kill('SIGTERM');
  }

  /** The last that each has said, for the message of a failure. */
  get lastWords() {
    const members = {
      coordinator: [this.coordinator],
      worker: this.workers,
      stopped: this.stopped,
    };
    return Object.entries(members)
      .flatMap(([what, all]) => all.map(({ said }) => `${what}: ${said()}`))
      .join('\n');
  }

  /** Ends whatever runs, at once. */
  async [Symbol.asyncDispose]() {
    const members = [this.coordinator, ...this.workers, ...this.stopped];
    for (const { child } of members) child.kill('SIGKILL');
    await Promise.all(members.map(({ ended }) => ended));
  }
}

/** By what happens: what does it, and waits until it is over. @type {Record<string, (fleet: Fleet) => Promise<unknown>>} */
export const faults = {
  'a worker is killed, another comes': (fleet) => fleet.replaceWorker('SIGKILL'),
  'a worker is told to end, another comes': (fleet) => fleet.replaceWorker('SIGTERM'),
  'Redis is killed and started again': ({ redis }) => redis.restart(),
  'Redis loses all it has': ({ redis }) => redis.command('FLUSHALL'),
  async 'Redis stands still'({ redis }) {
    process.kill(redis.pid, 'SIGSTOP');
    await sleep(STALL_MS);
    process.kill(redis.pid, 'SIGCONT');
  },
  async 'Redis is full'({ redis }) {
    const refused = async () =>
      Number(/errorstat_OOM:count=(\d+)/.exec(await redis.command('INFO', 'errorstats'))?.[1] ?? 0);
    const before = await refused();
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await until('Redis has refused something', async () => (await refused()) > before);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  },
  'the coordinator is killed and resumed': (fleet) => fleet.resume(),
};

/**
 * Keys that would stay for ever: the others expire by themselves.
 * @param {import('./redis.js').RedisServer} redis
 */
export function keysLeft(redis) {
  const script = `local left = {}
    for _, key in ipairs(redis.call('KEYS', '*')) do
      if redis.call('PTTL', key) == -1 then table.insert(left, key) end
    end
    return table.concat(left, ' ')`;
  return redis.command('EVAL', script, '0');
}

/**
 * The same numbers for the same seed (mulberry32).
 * @param {number} seed
 * @returns {(count: number) => number}
 */
export function seeded(seed) {
  let state = seed >>> 0;
  return (count) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % count;
  };
}

/**
 * A list in an order that is drawn (Fisher and Yates).
 * @template V
 * @param {readonly V[]} list
 * @param {(count: number) => number} draw
 */
export function shuffled(list, draw) {
  const rest = [...list];
  return list.map(() => /** @type {V} */ (rest.splice(draw(rest.length), 1)[0]));
}
