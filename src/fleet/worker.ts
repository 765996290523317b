/** `flagprobe worker`: takes chunks of names from Redis, asks, and gives back lines. */

import type { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { type FormatName, formats } from '../output/index.js';
import { resultWriter } from '../output/result-writer.js';
import { Tally } from '../output/summary.js';
import { openProber, type Prober } from '../probe/prober.js';
import {
  type ChunkJob,
  keysOf,
  LOCK_DURATION_MS,
  type Plan,
  PREFIX,
  PROTOCOL,
  WORKER_SLOTS,
} from './protocol.js';
import { checkRedis, loadDrivers, openRedis, redisAddress } from './redis.js';

export interface FleetWorkerOptions {
  /** `redis://HOST[:PORT][/DB]`, or `rediss://` for TLS. */
  readonly redis: string;
  /** The name of the run to work for. */
  readonly name: string;
  /** Called when the worker cannot go on. */
  readonly failed: (error: Error) => void;
}

export interface FleetWorker extends AsyncDisposable {
  /** Chunks and names done so far. */
  readonly chunks: number;
  readonly names: number;
  /** Gives unfinished chunks back and ends. */
  close(): Promise<void>;
}

/** How often a chunk may lose its worker. Workers may be killed at any rate. */
const MAX_STALLED = 1000;
/** The longest that closing may take, as Redis may be away. */
const CLOSE_TIMEOUT_MS = 5000;

/** Starts a worker. Throws a {@link RunError} without a usable Redis, or for another version's run. */
export async function openFleetWorker(options: FleetWorkerOptions): Promise<FleetWorker> {
  await checkRedis(options.redis);
  const connection = redisAddress(options.redis);
  const redis = await openRedis(connection, options.failed);
  const protocol = await redis.get(keysOf(options.name).protocol);
  if (protocol !== null && protocol !== PROTOCOL) {
    redis.disconnect();
    throw otherVersion(options.name);
  }
  const { bullmq } = await loadDrivers();
  const chunkWorker = new ChunkWorker(options, redis, bullmq.WaitingError);
  const worker = new bullmq.Worker<ChunkJob>(options.name, chunkWorker.work, {
    connection,
    prefix: PREFIX,
    concurrency: WORKER_SLOTS,
    lockDuration: LOCK_DURATION_MS,
    stalledInterval: LOCK_DURATION_MS / 2,
    maxStalledCount: MAX_STALLED,
    drainDelay: 1,
  });
  worker.on('error', () => {});
  chunkWorker.worker = worker;
  return chunkWorker;
}

function otherVersion(name: string): RunError {
  return new RunError(`the run \`${name}\` is coordinated by another version of flagprobe`);
}

interface SharedProber {
  readonly prober: Prober;
  chunks: number;
}

class ChunkWorker implements FleetWorker {
  readonly #options: FleetWorkerOptions;
  readonly #redis: Redis;
  readonly #WaitingError: new () => Error;
  /** One for each plan, so that all its chunks share the pace of its resolvers. */
  readonly #probers = new Map<string, SharedProber>();
  worker: Worker | undefined;
  chunks = 0;
  names = 0;
  #isClosing = false;

  constructor(options: FleetWorkerOptions, redis: Redis, WaitingError: new () => Error) {
    this.#options = options;
    this.#redis = redis;
    this.#WaitingError = WaitingError;
  }

  readonly work = async (job: Job<ChunkJob>, token?: string): Promise<void> => {
    const { protocol, run, chunk, plan, names } = job.data;
    if (protocol !== PROTOCOL) {
      this.#options.failed(otherVersion(this.#options.name));
      return this.#giveBack(job, token);
    }
    try {
      const { tally, lines } = await this.#ask(plan, names);
      await this.#publish({ run, chunk, names: names.length, tally, lines, error: '' });
      this.chunks++;
      this.names += names.length;
    } catch (error) {
      if (this.#isClosing) return this.#giveBack(job, token);
      const { message } = error as Error;
      await this.#publish({
        run,
        chunk,
        names: names.length,
        tally: '{}',
        lines: '',
        error: message,
      });
    }
  };

  async #ask(plan: string, names: readonly string[]): Promise<{ tally: string; lines: string }> {
    const shared = this.#proberFor(plan);
    const { format: name, only, records } = JSON.parse(plan) as Plan;
    const style = { isTerminal: false, records, paint: (_: unknown, text: string) => text };
    const tally = new Tally();
    const lineOf = resultWriter({ format: formats[name as FormatName].probe(style), only, tally });
    let lines = '';
    shared.chunks++;
    try {
      for await (const batch of shared.prober.batches([names])) {
        for (const result of batch) lines += lineOf(result);
      }
    } finally {
      shared.chunks--;
    }
    return { tally: JSON.stringify(tally.counts), lines };
  }

  #proberFor(plan: string): SharedProber {
    const known = this.#probers.get(plan);
    if (known) return known;
    for (const [other, { prober, chunks }] of this.#probers) {
      if (chunks > 0) continue;
      this.#probers.delete(other);
      prober.close();
    }
    const { probe } = JSON.parse(plan) as Plan;
    const shared = { prober: openProber(probe), chunks: 0 };
    this.#probers.set(plan, shared);
    return shared;
  }

  async #publish(result: Record<string, string | number>): Promise<void> {
    const { results } = keysOf(this.#options.name);
    await this.#redis.xadd(results, '*', ...Object.entries(result).flat());
  }

  /** Gives the chunk to another worker. BullMQ takes this error for that, not for a failure. */
  async #giveBack(job: Job<ChunkJob>, token: string | undefined): Promise<never> {
    await job.moveToWait(token);
    throw new this.#WaitingError();
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const closed = this.worker?.close();
    await Promise.all([...this.#probers.values()].map(({ prober }) => prober.close()));
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([closed, timeout]).catch(() => {});
    clearTimeout(timer);
    this.#redis.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
