/**
 * The coordinator of a fleet: hands chunks of names to workers through BullMQ on Redis, and gets
 * their lines back through a stream. Redis holds nothing that cannot be made again: a chunk is
 * marked as done only in the journal, beside its lines on the disk.
 */

import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { untilAborted } from '../core/until-aborted.js';
import { entriesOf } from '../names/entries.js';
import { type FormatName, formats } from '../output/formats.js';
import { nameRulesOf } from '../probe/options.js';
import type { NameLists } from '../probe/prober.js';
import { type ExpectedLines, faultIn } from './check-result.js';
import { type ChunkQueue, openChunkQueue } from './chunk-queue.js';
import { type Chunk, inChunks } from './chunks.js';
import { OutstandingChunks } from './outstanding-chunks.js';
import {
  type ChunkResult,
  keysOf,
  type Plan,
  PROTOCOL,
  plainStyle,
  WORKER_SLOTS,
  WORKER_TTL_S,
} from './protocol.js';
import { connectRedis, type RedisOptions } from './redis.js';
import { RedisLink } from './redis-link.js';
import { ResultStream } from './result-stream.js';

export interface FleetOptions {
  readonly redis: RedisOptions;
  /** The run's name, by which workers find it; several may share one Redis. */
  readonly name: string;
  /** The id of the run; a resumed run keeps it. */
  readonly run: string;
  readonly plan: Plan;
  /** Names a second, the whole fleet; 0 is no limit. */
  readonly rate: number;
  readonly signal: AbortSignal;
  /** Which chunks an earlier part of the run has done. */
  readonly journal: {
    isDone(chunk: number): boolean;
    /** Whether the names read so far prove to be those of the earlier part. */
    readonly isVerified: boolean;
    readonly textsBefore: number;
  };
}

/** Chunks that are out for each worker: those in progress there, and as many ready as it takes. */
const OUT_PER_WORKER = WORKER_SLOTS + WORKER_SLOTS / 2;
/** How long a run stays owned by a coordinator that has gone silent. */
const OWNERSHIP_MS = 15_000;
/** How long closing may wait for Redis. */
const CLOSE_TIMEOUT_MS = 1000;

/**
 * Opens the run on Redis. Throws a {@link RunError} if that cannot be, or if it has a coordinator.
 *
 * @example
 * ```ts
 * const fleet = await openFleet({
 *   redis: { url: 'redis://127.0.0.1:6379', ca: '', outage: 30 },
 *   name: 'nightly',
 *   run: randomUUID(),
 *   plan: { probe: {}, format: 'jsonl', only: [], records: true },
 *   rate: 0,
 *   signal: new AbortController().signal,
 *   journal: { isDone: () => false, isVerified: true, textsBefore: 0 },
 * });
 * for await (const results of fleet.results([['example.org', 'example.com']])) {
 *   for (const { lines } of results) process.stdout.write(lines);
 * }
 * await fleet.close();
 * ```
 */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const redis = await connectRedis(options.redis);
  const link = new RedisLink(redis, options.redis, options.signal);
  const reader = await connectRedis(options.redis);
  const queue = await openChunkQueue(options, JSON.stringify(options.plan), link);
  const fleet = new Fleet(options, link, new ResultStream(options.name, link, reader), queue);
  try {
    await fleet.start();
    return fleet;
  } catch (error) {
    await fleet.close();
    throw error;
  }
}

export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #link: RedisLink;
  readonly #redis: Redis;
  readonly #results: ResultStream;
  readonly #queue: ChunkQueue;
  readonly #keys;
  readonly #lines: ExpectedLines;
  readonly #out: OutstandingChunks;
  #workers = 0;
  #taken = 0;
  #isOwner = false;
  #claiming: Promise<void> | undefined;
  /** Whether the chunks of an earlier part are known, so that their results can be told from others. */
  #isFeeding = false;
  #isFed = false;
  #isClosed = false;
  readonly #waiting: (() => void)[] = [];

  constructor(options: FleetOptions, link: RedisLink, results: ResultStream, queue: ChunkQueue) {
    this.#options = options;
    this.#link = link;
    this.#redis = link.redis;
    this.#results = results;
    this.#queue = queue;
    this.#out = new OutstandingChunks(queue, results);
    this.#keys = keysOf(options.name);
    this.#lines = linesOf(options.plan);
  }

  /** Workers that are connected. */
  get workers(): number {
    return this.#workers;
  }

  /** Chunks in progress or waiting for a worker. */
  get chunksOut(): number {
    return this.#out.size;
  }

  /** Verdicts owed so far: one for each name read, with `tlds` one for each name and TLD. */
  get taken(): number {
    return this.#taken;
  }

  /** Claims the run, and deletes what another run has left under its name. */
  async start(): Promise<void> {
    await this.#link.run(() => {
      this.#claiming = this.#claim();
      return this.#claiming;
    });
    await this.#link.run(() => this.#announce());
    await this.#link.run(() => this.#beat());
    this.#link.start(() => this.#beat());
  }

  async #claim(): Promise<void> {
    const { run, name } = this.#options;
    const { owner, latest, results } = this.#keys;
    const taken = await this.#redis.set(owner, run, 'PX', OWNERSHIP_MS, 'NX');
    if (taken === null && (await this.#redis.get(owner)) !== run) {
      throw new RunError(`the run \`${name}\` has a coordinator: choose another name with --run`);
    }
    this.#isOwner = true;
    if ((await this.#redis.get(latest)) === run) return;
    await this.#queue.clear();
    await this.#redis.del(results);
  }

  /** Yields results as they come. Throws a {@link RunError} if a worker cannot do its chunk. */
  async *results(lists: NameLists): AsyncGenerator<readonly ChunkResult[], void, undefined> {
    const { signal } = this.#link;
    const feeding = this.#feed(lists).catch((error) => this.#link.fail(error));
    while (!this.#isFed || this.#out.size > 0) {
      const done = await untilAborted(this.#isFeeding ? this.#read() : this.#changed(), signal);
      if (done.length > 0) yield done;
      await this.#link.run(() => this.#out.sweep());
    }
    await feeding;
    signal.throwIfAborted();
  }

  /** Marks the results so far; the function, called once they are on the disk, deletes them from Redis. */
  freeze(): () => Promise<void> {
    return this.#results.freeze();
  }

  /** Deletes the run from Redis, as it is over. */
  async clear(): Promise<void> {
    const { latest, results, protocol } = this.#keys;
    this.#link.stop();
    // All results are on the disk: what cannot be deleted now is overwritten by the next run.
    await this.#briefly(async () => {
      await this.#queue.clear();
      await this.#redis.del(results, latest, protocol);
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#link.stop();
    this.#results.close();
    await this.#briefly(async () => {
      // A run that is stopped right at its start may have claimed it, and not know that yet.
      await this.#claiming?.catch(() => {});
      if (this.#isOwner) await this.#redis.del(this.#keys.owner);
      await this.#queue.close();
    });
    this.#redis.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Waits for Redis, but not for long, and does without it where it fails. */
  async #briefly(work: () => Promise<void>): Promise<void> {
    await untilAborted(work(), AbortSignal.timeout(CLOSE_TIMEOUT_MS)).catch(() => {});
  }

  /** Says to the workers what this run is, and how fast it may go. */
  async #announce(): Promise<void> {
    const { run } = this.#options;
    await this.#redis.set(this.#keys.protocol, PROTOCOL);
    await this.#redis.set(this.#keys.latest, run);
    // Workers add to a stream that is there: a result that comes after the run makes none anew.
    const id = await this.#redis.xadd(this.#keys.results, '*', 'open', run);
    if (id !== null) await this.#redis.xdel(this.#keys.results, id);
    await this.#queue.announceRate();
  }

  async #beat(): Promise<void> {
    const { owner, latest, workers } = this.#keys;
    await this.#redis.set(owner, this.#options.run, 'PX', OWNERSHIP_MS);
    if ((await this.#redis.get(latest)) !== this.#options.run) {
      await this.#announce();
      this.#out.suspectAll();
    }
    const [seconds] = await this.#redis.time();
    await this.#redis.zremrangebyscore(workers, '-inf', Number(seconds) - WORKER_TTL_S);
    this.#workers = await this.#redis.zcard(workers);
    this.#wake();
  }

  /** Waits until something has changed. */
  async #changed(): Promise<readonly ChunkResult[]> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
    return [];
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get #hasRoom(): boolean {
    return this.#out.size < Math.max(1, this.#workers) * OUT_PER_WORKER;
  }

  /** Reads the names and adds a chunk whenever there is room for one. */
  async #feed(lists: NameLists): Promise<void> {
    const { journal } = this.#options;
    const { tlds } = this.#lines;
    let held: Chunk[] = [];
    let texts = 0;
    for await (const chunk of inChunks(lists, tlds.length)) {
      const { number, names } = chunk;
      texts += names.length;
      this.#taken += tlds.length > 0 ? entriesOf(names, tlds, {}).length : names.length;
      this.#link.signal.throwIfAborted();
      if (!journal.isDone(number)) held.push(chunk);
      else this.#checkSize(texts);
      // They may prove to be the wrong names: until then no worker is asked about them.
      if (!journal.isVerified) continue;
      await this.#addAll(held);
      held = [];
    }
    await this.#addAll(held);
    this.#isFed = true;
    this.#wake();
  }

  /** Refuses a list that has grown within a chunk that is done: the new names would be lost. */
  #checkSize(texts: number): void {
    if (this.#options.journal.textsBefore < texts) {
      throw new RunError('the input has grown since: a fleet goes on only with the list it had');
    }
  }

  /** Adds chunks; of the first those whose results an earlier part has left in Redis need none. */
  async #addAll(chunks: readonly Chunk[]): Promise<void> {
    if (!this.#isFeeding) {
      const there = await this.#link.run(() => this.#results.chunksThere());
      await this.#out.addAll(chunks, there);
      this.#isFeeding = true;
      this.#wake();
      return;
    }
    for (const chunk of chunks) {
      while (!this.#hasRoom) await untilAborted(this.#changed(), this.#link.signal);
      await this.#out.add(chunk);
    }
  }

  async #read(): Promise<readonly ChunkResult[]> {
    const done: ChunkResult[] = [];
    for (const result of await this.#results.read()) {
      const chunk = this.#out.get(result.chunk);
      // A repetition, or another run's result.
      if (!chunk || result.run !== this.#options.run) continue;
      if (result.error) {
        throw new RunError(`the worker ${result.worker} cannot go on: ${result.error}`);
      }
      const fault = faultIn(result, chunk.names, this.#lines);
      if (fault !== undefined) {
        await this.#out.askElsewhere(chunk, result.worker, fault);
        continue;
      }
      this.#out.delete(result.chunk);
      done.push(result);
    }
    this.#wake();
    return done;
  }
}

function linesOf({ probe, format, only, records }: Plan): ExpectedLines {
  const { tlds = [], types = [] } = probe;
  return {
    format: formats[format as FormatName].probe(plainStyle(records)),
    only,
    tlds,
    rules: nameRulesOf(types),
  };
}
