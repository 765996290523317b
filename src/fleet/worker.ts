/** `flagprobe worker`: takes chunks of names from Redis, asks, and gives back lines. */

import type { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { type FormatName, formats } from '../output/index.js';
import { taker } from '../output/result-writer.js';
import { Tally } from '../output/summary.js';
import { openProber, type Prober } from '../probe/prober.js';
import {
  type ChunkJob,
  checkRedis,
  keysOf,
  LOCK_DURATION,
  loadDrivers,
  openRedis,
  type Plan,
  PREFIX,
  PROTOCOL,
  redisAddress,
  WORKER_SLOTS,
} from './redis.js';

export interface FleetWorkerOptions {
  /** `redis://HOST[:PORT][/DB]`, or `rediss://` for TLS. */
  readonly redis: string;
  /** The name of the run to work for. */
  readonly name: string;
  /** Told when it cannot work on. */
  readonly failed: (error: Error) => void;
}

export interface FleetWorker extends AsyncDisposable {
  /** Chunks and names done so far. */
  readonly chunks: number;
  readonly names: number;
  /** Gives unfinished chunks back and ends. */
  close(): Promise<void>;
}

/** How often a chunk may be given back by workers that died: as often as workers die. */
const MAX_STALLED = 1000;
/** Milliseconds that giving back may take: Redis may be away. */
const CLOSE_PATIENCE = 5000;

/** Starts to work. Throws a {@link RunError} if there is no Redis, or another version's run on it. */
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
  const working = new Working(options, redis, bullmq.WaitingError);
  const worker = new bullmq.Worker<ChunkJob>(options.name, working.work, {
    connection,
    prefix: PREFIX,
    concurrency: WORKER_SLOTS,
    lockDuration: LOCK_DURATION,
    stalledInterval: LOCK_DURATION / 2,
    maxStalledCount: MAX_STALLED,
    drainDelay: 1,
  });
  worker.on('error', () => {});
  working.worker = worker;
  return working;
}

function otherVersion(name: string): RunError {
  return new RunError(`the run \`${name}\` is coordinated by another version of flagprobe`);
}

interface SharedProber {
  readonly prober: Prober;
  chunks: number;
}

class Working implements FleetWorker {
  readonly #options: FleetWorkerOptions;
  readonly #redis: Redis;
  readonly #WaitingError: new () => Error;
  /** One for each plan, so that all its chunks share windows. */
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
    const look = { isTerminal: false, records, paint: (_: unknown, text: string) => text };
    const tally = new Tally();
    const lineOf = taker({ format: formats[name as FormatName].probe(look), only, tally });
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

  /** The chunk goes to another worker: BullMQ knows that by this error. */
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
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_PATIENCE);
    });
    await Promise.race([closed, patience]).catch(() => {});
    clearTimeout(timer);
    this.#redis.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
