/** `flagprobe worker`: takes chunks of names from Redis, asks, and gives back lines. */

import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import { RunError } from '../core/run-error.js';
import { untilAborted } from '../core/until-aborted.js';
import { type FormatName, formats } from '../output/formats.js';
import { resultWriter } from '../output/result-writer.js';
import { Tally } from '../output/tally.js';
import { openProber, type Prober } from '../probe/prober.js';
import { distrustText } from '../resolver/distrust-text.js';
import { giveUpText } from '../resolver/outage-text.js';
import { LOCK_DURATION_MS, MAX_STALLED, STALLED_INTERVAL_MS } from './chunk-lease.js';
import { HeldLines } from './held-lines.js';
import {
  type ChunkJob,
  type ChunkResult,
  keysOf,
  type Plan,
  PREFIX,
  PROTOCOL,
  plainStyle,
  readJob,
  WORKER_SLOTS,
  WORKER_TTL_S,
} from './protocol.js';
import { connectRedis, loadDrivers, type RedisOptions } from './redis.js';
import { HEARTBEAT_MS, RedisLink } from './redis-link.js';

export interface FleetWorkerOptions {
  readonly redis: RedisOptions;
  /** The name of the run to work for. */
  readonly name: string;
  /** Called when the worker cannot go on. */
  readonly failed: (error: Error) => void;
  /** Called with a sentence about a job that was put aside, or about resolvers. */
  readonly onNotice: (sentence: string) => void;
}

export interface FleetWorker extends AsyncDisposable {
  /** Chunks and names done so far. */
  readonly chunks: number;
  readonly names: number;
  /** Gives unfinished chunks back and ends. */
  close(): Promise<void>;
}

/** The longest that closing may take, as Redis may be away. */
const CLOSE_TIMEOUT_MS = 3000;
/** How long a chunk that another worker should do is left to the others, and looked at again. */
const AVOID_MS = 5000;
const AVOID_DELAY_MS = 200;
/** Bytes that the results in Redis may take before workers wait, and how long they wait. */
const MAX_STREAM_BYTES = 64 * 1024 * 1024;
const ROOM_DELAY_MS = 50;

/**
 * Starts a worker. Throws a {@link RunError} without a usable Redis, or for another version's run.
 *
 * @example
 * ```ts
 * const worker = await openFleetWorker({
 *   redis: { url: 'redis://127.0.0.1:6379', ca: '', outage: 30 },
 *   name: 'nightly',
 *   failed: (error) => console.error(error.message),
 *   onNotice: console.error,
 * });
 * process.once('SIGTERM', () => worker.close());
 * ```
 */
export async function openFleetWorker(options: FleetWorkerOptions): Promise<FleetWorker> {
  const closing = new AbortController();
  const redis = await connectRedis(options.redis);
  const link = new RedisLink(redis, options.redis, closing.signal);
  try {
    const protocol = await link.run(() => redis.get(keysOf(options.name).protocol));
    if (protocol !== null && protocol !== PROTOCOL) throw otherVersion(options.name);
    const { bullmq } = await loadDrivers();
    const chunkWorker = new ChunkWorker(options, link, closing, bullmq);
    const worker = new bullmq.Worker<ChunkJob>(options.name, chunkWorker.work, {
      connection: redis,
      prefix: PREFIX,
      skipVersionCheck: true,
      concurrency: WORKER_SLOTS,
      lockDuration: LOCK_DURATION_MS,
      stalledInterval: STALLED_INTERVAL_MS,
      maxStalledCount: MAX_STALLED,
      drainDelay: 1,
    });
    worker.on('error', (error) => link.note(error));
    await chunkWorker.start(worker);
    return chunkWorker;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

function otherVersion(name: string): RunError {
  return new RunError(`the run \`${name}\` is coordinated by another version of flagprobe`);
}

interface SharedProber {
  readonly prober: Prober;
  chunks: number;
}

type Bull = Awaited<ReturnType<typeof loadDrivers>>['bullmq'];

class ChunkWorker implements FleetWorker {
  readonly #options: FleetWorkerOptions;
  readonly #link: RedisLink;
  readonly #closing: AbortController;
  readonly #bull: Bull;
  readonly #keys;
  /** How messages name it. */
  readonly #id = `${hostname()}:${process.pid}`;
  /** One for each plan, so that all its chunks share the pace of its resolvers. */
  readonly #probers = new Map<string, SharedProber>();
  readonly #held = new HeldLines();
  /** Jobs that other workers should do, with the time when each was first seen. */
  readonly #avoided = new Map<string, number>();
  #publishing: Promise<void> = Promise.resolve();
  #worker: Worker<ChunkJob> | undefined;
  chunks = 0;
  names = 0;

  constructor(options: FleetWorkerOptions, link: RedisLink, closing: AbortController, bull: Bull) {
    this.#options = options;
    this.#link = link;
    this.#closing = closing;
    this.#bull = bull;
    this.#keys = keysOf(options.name);
    link.signal.addEventListener('abort', () => {
      if (!closing.signal.aborted) options.failed(link.signal.reason);
    });
  }

  async start(worker: Worker<ChunkJob>): Promise<void> {
    this.#worker = worker;
    await this.#link.run(() => this.#beat());
    this.#link.start(() => this.#beat());
  }

  readonly work = async (job: Job<ChunkJob>, token?: string): Promise<void> => {
    const chunk = readJob(job.data);
    if (!chunk) return this.#putAside(job);
    if (chunk.protocol !== PROTOCOL) return this.#leave(job, token);
    if (chunk.avoid.includes(this.#id) && this.#mayAvoid(String(job.id))) {
      await job.moveToDelayed(Date.now() + AVOID_DELAY_MS, token);
      throw new this.#bull.DelayedError();
    }
    const head = { run: chunk.run, chunk: chunk.chunk, names: chunk.names.length };
    const result = { ...head, worker: this.#id, tally: '{}', lines: '', error: '' };
    try {
      await this.#publish({ ...result, ...(await this.#ask(chunk)) });
      this.chunks++;
      this.names += chunk.names.length;
    } catch (error) {
      if (this.#link.signal.aborted) return this.#giveBack(job, token);
      await this.#publish({ ...result, error: (error as Error).message });
    }
  };

  /** A job that is none of a fleet would be given to one worker after the other: it goes to the failed ones. */
  #putAside(job: Job): never {
    this.#options.onNotice(`put aside the job ${job.id}, which is not one of flagprobe`);
    throw new this.#bull.UnrecoverableError('not a job of flagprobe');
  }

  /** A job of another version: if that is the coordinator's, this worker has to go. */
  async #leave(job: Job, token: string | undefined): Promise<void> {
    const protocol = await this.#link.run(() => this.#link.redis.get(this.#keys.protocol));
    if (protocol === null || protocol === PROTOCOL) return this.#putAside(job);
    this.#options.failed(otherVersion(this.#options.name));
    return this.#giveBack(job, token);
  }

  /** Whether a chunk is still left to others: if they do not take it, there are none. */
  #mayAvoid(id: string): boolean {
    const since = this.#avoided.get(id) ?? performance.now();
    this.#avoided.set(id, since);
    if (performance.now() - since < AVOID_MS) return true;
    this.#avoided.delete(id);
    return false;
  }

  async #ask({ plan, names }: ChunkJob): Promise<Pick<ChunkResult, 'tally' | 'lines'>> {
    const shared = this.#proberFor(plan);
    const { format: name, only, records } = JSON.parse(plan) as Plan;
    if (!Object.hasOwn(formats, name)) throw new RunError(`no such format: ${name}`);
    const tally = new Tally();
    const format = formats[name as FormatName].probe(plainStyle(records));
    const lineOf = resultWriter({ format, only, tally });
    const held = this.#held.open();
    let lines = '';
    shared.chunks++;
    try {
      for await (const batch of shared.prober.batches(held.paced(names))) {
        const before = lines.length;
        for (const result of batch) lines += lineOf(result);
        held.add(lines.length - before, batch.length);
      }
      return { tally: JSON.stringify(tally.counts), lines };
    } finally {
      shared.chunks--;
      held.close();
    }
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
    const { onNotice: say } = this.#options;
    const prober = openProber({
      ...probe,
      onWarning: say,
      onDistrust: (notice) => say(distrustText(notice)),
      onGiveUp: (failures) => say(giveUpText(failures)),
    });
    const shared = { prober, chunks: 0 };
    this.#probers.set(plan, shared);
    return shared;
  }

  /** Puts a result into the stream, one after the other, when Redis has room for it. */
  #publish(result: ChunkResult): Promise<void> {
    const publish = async () => {
      const { redis } = this.#link;
      const { results } = this.#keys;
      const size = () => this.#link.run(() => redis.memory('USAGE', results));
      while (((await size()) ?? 0) > MAX_STREAM_BYTES) {
        await untilAborted(sleep(ROOM_DELAY_MS), this.#link.signal);
      }
      const words = Object.entries(result).flat();
      await this.#link.run(() => redis.xadd(results, 'NOMKSTREAM', '*', ...words));
    };
    const published = this.#publishing.then(publish);
    this.#publishing = published.catch(() => {});
    return published;
  }

  /** Gives the chunk to another worker. BullMQ takes this error for that, not for a failure. */
  async #giveBack(job: Job<ChunkJob>, token: string | undefined): Promise<never> {
    await job.moveToWait(token);
    throw new this.#bull.WaitingError();
  }

  /** Tells the coordinator that this worker is there. The key outlives it only for a moment. */
  async #beat(): Promise<void> {
    const { redis } = this.#link;
    const { workers } = this.#keys;
    const [seconds] = await redis.time();
    await redis.zadd(workers, Number(seconds), this.#id);
    await redis.pexpire(workers, 2 * WORKER_TTL_S * HEARTBEAT_MS);
  }

  /** BullMQ's workers write settings of their queue, even of one whose run is over. */
  async #removeTraces(): Promise<void> {
    const { redis } = this.#link;
    if ((await redis.exists(this.#keys.latest)) > 0) return;
    await redis.del(`${PREFIX}:${this.#options.name}:meta`);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error('The worker was closed'));
    this.#link.stop();
    const { redis } = this.#link;
    const ended = async () => {
      await Promise.all([...this.#probers.values()].map(({ prober }) => prober.close()));
      await this.#worker?.close();
      await redis.zrem(this.#keys.workers, this.#id);
      await this.#removeTraces();
    };
    await untilAborted(ended(), AbortSignal.timeout(CLOSE_TIMEOUT_MS)).catch(() => {});
    redis.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
