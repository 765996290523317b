/**
 * The coordinator of a fleet: hands chunks of names to workers through BullMQ on Redis, and gets
 * their lines back through a stream. Redis holds nothing that cannot be made again: a chunk is
 * marked as done only in the journal, beside its lines on the disk.
 */

import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { entriesOf } from '../names/entries.js';
import type { NameLists } from '../probe/prober.js';
import { CHUNK_SIZE, type Chunk, inChunks, jobIdOf, type OutstandingChunk } from './chunks.js';
import {
  type ChunkJob,
  type ChunkResult,
  keysOf,
  LOCK_DURATION_MS,
  type Plan,
  PREFIX,
  PROTOCOL,
  readResult,
  WORKER_SLOTS,
} from './protocol.js';
import { checkRedis, loadDrivers, openRedis, redisAddress } from './redis.js';

export interface FleetOptions {
  /** `redis://HOST[:PORT][/DB]`, or `rediss://` for TLS. */
  readonly redis: string;
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
const WATCH_INTERVAL_MS = 1000;
const SWEEP_INTERVAL_MS = 5000;
/** How long a run stays owned by a coordinator that has gone silent. */
const OWNERSHIP_MS = 15_000;
/** How long a read waits for results. */
const READ_WAIT_MS = 500;
/** Results in one read: they pass through memory here and in Redis. */
const READ_COUNT = 8;
const MAX_LOSSES = 5;

type ChunkQueue = Queue<ChunkJob, void, 'chunk'>;

/** Opens the run on Redis. Throws a {@link RunError} if that cannot be, or if it has a coordinator. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  await checkRedis(options.redis);
  const connection = redisAddress(options.redis);
  const failure = new AbortController();
  const gone = (error: RunError) => failure.abort(error);
  const redis = await openRedis(connection, gone);
  const { bullmq } = await loadDrivers();
  const queue: ChunkQueue = new bullmq.Queue<ChunkJob, void, 'chunk'>(options.name, {
    connection,
    prefix: PREFIX,
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', () => {});
  const reader = await openRedis(connection, gone);
  const fleet = new Fleet(options, redis, reader, queue, failure);
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
  readonly #redis: Redis;
  /** A connection of its own, as a blocking read holds it up. */
  readonly #reader: Redis;
  readonly #queue: ChunkQueue;
  readonly #failure: AbortController;
  readonly #keys;
  readonly #plan: string;
  readonly #out = new Map<number, OutstandingChunk>();
  #workers = 0;
  #taken = 0;
  #isOwner = false;
  /** Whether the chunks of an earlier part are known, so that their results can be told from others. */
  #isFeeding = false;
  #isFed = false;
  #isClosed = false;
  #lastId = '0';
  #timer: NodeJS.Timeout | undefined;
  #sweptAt = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    options: FleetOptions,
    redis: Redis,
    reader: Redis,
    queue: ChunkQueue,
    failure: AbortController,
  ) {
    this.#options = options;
    this.#redis = redis;
    this.#reader = reader;
    this.#queue = queue;
    this.#failure = failure;
    this.#keys = keysOf(options.name);
    this.#plan = JSON.stringify(options.plan);
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
    const { run, name, rate } = this.#options;
    const { owner, latest, protocol, results } = this.#keys;
    const taken = await this.#redis.set(owner, run, 'PX', OWNERSHIP_MS, 'NX');
    if (taken === null && (await this.#redis.get(owner)) !== run) {
      throw new RunError(`the run \`${name}\` has a coordinator: choose another name with --run`);
    }
    this.#isOwner = true;
    if ((await this.#redis.get(latest)) !== run) {
      await this.#queue.obliterate({ force: true });
      await this.#redis.del(results);
      await this.#redis.set(latest, run);
    }
    await this.#redis.set(protocol, PROTOCOL);
    if (rate > 0) {
      await this.#queue.setGlobalRateLimit(1, Math.max(1, Math.round((CHUNK_SIZE / rate) * 1000)));
    } else {
      await this.#queue.removeGlobalRateLimit();
    }
    await this.#watch();
    this.#timer = setInterval(() => this.#watch().catch(() => {}), WATCH_INTERVAL_MS);
  }

  /** Yields results as they come. Throws a {@link RunError} if a worker cannot do its chunk. */
  async *results(lists: NameLists): AsyncGenerator<readonly ChunkResult[], void, undefined> {
    const { signal } = this.#options;
    const feeding = this.#feed(lists).catch((error) => this.#failure.abort(error));
    const stop = () => this.#failure.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    // A read that waits while Redis is away must not delay a stop.
    const failed = new Promise<never>((_, reject) => {
      const { signal: failure } = this.#failure;
      const fail = () => reject(failure.reason);
      if (failure.aborted) fail();
      else failure.addEventListener('abort', fail);
    });
    failed.catch(() => {});
    try {
      while (!this.#isFed || this.#out.size > 0) {
        const done = await Promise.race([this.#isFeeding ? this.#read() : this.#moved(), failed]);
        if (done.length > 0) yield done;
        await Promise.race([this.#sweep(), failed]);
      }
      await feeding;
      this.#failure.signal.throwIfAborted();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Marks the results so far; the function, called once they are on the disk, deletes them from Redis. */
  freeze(): () => Promise<void> {
    const id = this.#lastId;
    return async () => {
      if (id === '0' || this.#failure.signal.aborted) return;
      const [time, sequence] = id.split('-');
      await this.#redis.xtrim(this.#keys.results, 'MINID', `${time}-${Number(sequence) + 1}`);
    };
  }

  /** Deletes the run from Redis, as it is over. */
  async clear(): Promise<void> {
    const { latest, results, protocol } = this.#keys;
    await this.#queue.obliterate({ force: true });
    await this.#redis.del(results, latest, protocol);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#reader.disconnect();
    if (this.#isOwner && this.#redis.status === 'ready') await this.#redis.del(this.#keys.owner);
    if (this.#redis.status === 'ready') await this.#queue.close();
    else await this.#queue.disconnect();
    this.#redis.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #watch(): Promise<void> {
    await this.#redis.set(this.#keys.owner, this.#options.run, 'PX', OWNERSHIP_MS);
    this.#workers = await this.#queue.getWorkersCount();
    this.#rouse();
  }

  /** Waits until something has changed. */
  async #moved(): Promise<readonly ChunkResult[]> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
    return [];
  }

  #rouse(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get #hasRoom(): boolean {
    return this.#out.size < Math.max(1, this.#workers) * OUT_PER_WORKER;
  }

  /** Reads the names and adds a chunk whenever there is room for one. */
  async #feed(lists: NameLists): Promise<void> {
    const { journal, plan } = this.#options;
    const { tlds = [] } = plan.probe;
    let held: Chunk[] = [];
    for await (const chunk of inChunks(lists)) {
      const { number, names } = chunk;
      this.#taken += tlds.length > 0 ? entriesOf(names, tlds, {}).length : names.length;
      if (this.#failure.signal.aborted) return;
      if (!journal.isDone(number)) held.push(chunk);
      else this.#checkSize(number, names.length);
      // They may prove to be the wrong names: until then no worker is asked about them.
      if (!journal.isVerified) continue;
      if (!this.#isFeeding) await this.#takeUp(held);
      else for (const each of held) await this.#addWhenRoom(each);
      held = [];
    }
    if (!this.#isFeeding) await this.#takeUp(held);
    else for (const each of held) await this.#addWhenRoom(each);
    this.#isFed = true;
  }

  /** Adds the first chunks, but for those whose results an earlier part has left in Redis. */
  async #takeUp(chunks: readonly Chunk[]): Promise<void> {
    const there = await this.#chunksInStream();
    for (const { number, names } of chunks) {
      this.#out.set(number, { names, addedAt: performance.now(), losses: 0 });
      if (!there.has(number)) await this.#add(number, names);
    }
    this.#isFeeding = true;
    this.#rouse();
  }

  /** Refuses a list that has grown within a chunk that is done: the new names would be lost. */
  #checkSize(chunk: number, size: number): void {
    const { textsBefore } = this.#options.journal;
    if (textsBefore < chunk * CHUNK_SIZE + size) {
      throw new RunError('the input has grown since: a fleet goes on only with the list it had');
    }
  }

  async #addWhenRoom({ number, names }: Chunk): Promise<void> {
    while (!this.#hasRoom && !this.#failure.signal.aborted) {
      await this.#moved();
    }
    if (this.#failure.signal.aborted) return;
    this.#out.set(number, { names, addedAt: performance.now(), losses: 0 });
    await this.#add(number, names);
  }

  async #add(chunk: number, names: readonly string[]): Promise<void> {
    const data = { protocol: PROTOCOL, run: this.#options.run, chunk, plan: this.#plan, names };
    await this.#queue.add('chunk', data, { jobId: jobIdOf(chunk, names) });
  }

  async #read(): Promise<readonly ChunkResult[]> {
    const { results } = this.#keys;
    const reply = await this.#reader.xread(
      ...(['COUNT', READ_COUNT, 'BLOCK', READ_WAIT_MS, 'STREAMS', results, this.#lastId] as const),
    );
    const done: ChunkResult[] = [];
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      this.#lastId = id;
      const result = readResult(fields);
      const out = this.#out.get(result.chunk);
      // A repetition, another run's result, or one from before the list has grown.
      if (!out || result.run !== this.#options.run || result.names !== out.names.length) continue;
      if (result.error) throw new RunError(`a worker cannot go on: ${result.error}`);
      this.#out.delete(result.chunk);
      done.push(result);
    }
    this.#rouse();
    return done;
  }

  /** Adds again what Redis has lost: when it is killed it may lose the last second of writes. */
  async #sweep(): Promise<void> {
    const now = performance.now();
    if (now - this.#sweptAt < SWEEP_INTERVAL_MS) return;
    this.#sweptAt = now;
    const old = [...this.#out].filter(([, { addedAt }]) => now - addedAt > 2 * LOCK_DURATION_MS);
    const lost: [number, OutstandingChunk][] = [];
    for (const entry of old) {
      const [chunk, { names }] = entry;
      if (!(await this.#queue.getJob(jobIdOf(chunk, names)))) lost.push(entry);
    }
    if (lost.length === 0) return;
    const there = await this.#chunksInStream();
    for (const [chunk, out] of lost) {
      if (there.has(chunk)) {
        // Its id is below the last that was read, as after Redis's clock was set back.
        this.#lastId = '0';
        continue;
      }
      if (++out.losses > MAX_LOSSES) {
        throw new RunError(
          `chunk ${chunk} was lost ${MAX_LOSSES} times: is Redis keeping its data?`,
        );
      }
      out.addedAt = now;
      await this.#add(chunk, out.names);
    }
  }

  async #chunksInStream(): Promise<Set<number>> {
    const chunks = new Set<number>();
    let id = '-';
    for (;;) {
      const entries = await this.#redis.xrange(this.#keys.results, id, '+', 'COUNT', READ_COUNT);
      for (const [, fields] of entries) chunks.add(readResult(fields).chunk);
      const last = entries.at(-1);
      if (!last || entries.length < READ_COUNT) return chunks;
      id = `(${last[0]}`;
    }
  }
}
