/**
 * The coordinator of a fleet: hands chunks of names to workers through BullMQ on Redis, and gets
 * their lines back through a stream. Nothing that counts stands in Redis: whoever marks a chunk as
 * done has its lines on a disk of his own.
 */

import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { entriesOf } from '../names/entries.js';
import type { NameLists } from '../probe/prober.js';
import {
  type ChunkJob,
  type ChunkResult,
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

export interface FleetOptions {
  /** `redis://HOST[:PORT][/DB]`, or `rediss://` for TLS. */
  readonly redis: string;
  /** What workers call this run; several may share one Redis. */
  readonly name: string;
  /** Which run it is: one that goes on has the same. */
  readonly run: string;
  readonly plan: Plan;
  /** Names a second, the whole fleet; 0 is no limit. */
  readonly rate: number;
  readonly signal: AbortSignal;
  /** What the run so far has done. */
  readonly journal: {
    isDone(chunk: number): boolean;
    /** The names have proved to be those of the run so far. */
    readonly isVerified: boolean;
    readonly textsBefore: number;
  };
}

/** Names in a chunk: the unit of work. */
export const CHUNK = 1000;

/** Chunks that are out for each worker: what it works on, and what waits ready. */
const OUT_PER_WORKER = WORKER_SLOTS + WORKER_SLOTS / 2;
/** Milliseconds between two looks at the workers, and at what may be lost. */
const WATCH_INTERVAL = 1000;
const SWEEP_INTERVAL = 5000;
/** Milliseconds after which the owner of a run that fell silent is forgotten. */
const OWNERSHIP = 15_000;
/** Milliseconds that a read waits for results. */
const READ_WAIT = 500;
/** Results in one read: they pass through memory here and there. */
const READ_COUNT = 8;
const MAX_LOSSES = 5;

type ChunkQueue = Queue<ChunkJob, void, 'chunk'>;

interface NamedChunk {
  readonly chunk: number;
  readonly names: readonly string[];
}

interface Outstanding {
  readonly names: readonly string[];
  addedAt: number;
  losses: number;
}

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
  /** Waits for results, so it can do nothing else. */
  readonly #reader: Redis;
  readonly #queue: ChunkQueue;
  readonly #failure: AbortController;
  readonly #keys;
  readonly #plan: string;
  readonly #out = new Map<number, Outstanding>();
  #workers = 0;
  #taken = 0;
  #isOwner = false;
  /** The chunks of an earlier part are known: their results may be read. */
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

  /** Workers that are there. */
  get workers(): number {
    return this.#workers;
  }

  /** Chunks that are with them or wait for one. */
  get chunksOut(): number {
    return this.#out.size;
  }

  /** How many verdicts were owed so far: one for each name read, with `tlds` more. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes the run for its own, and clears away what another has left under its name. */
  async start(): Promise<void> {
    const { run, name, rate } = this.#options;
    const { owner, latest, protocol, results } = this.#keys;
    const taken = await this.#redis.set(owner, run, 'PX', OWNERSHIP, 'NX');
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
      await this.#queue.setGlobalRateLimit(1, Math.max(1, Math.round((CHUNK / rate) * 1000)));
    } else {
      await this.#queue.removeGlobalRateLimit();
    }
    await this.#watch();
    this.#timer = setInterval(() => this.#watch().catch(() => {}), WATCH_INTERVAL);
  }

  /** Yields what workers have done, as it comes. Throws if a worker cannot do its chunk. */
  async *results(lists: NameLists): AsyncGenerator<readonly ChunkResult[], void, undefined> {
    const { signal } = this.#options;
    const feeding = this.#feed(lists).catch((error) => this.#failure.abort(error));
    const stop = () => this.#failure.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    // A read that waits while Redis is away must not outlast a stop.
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

  /** All results so far; the function, when they are on a disk, takes them out of Redis. */
  freeze(): () => Promise<void> {
    const id = this.#lastId;
    return async () => {
      if (id === '0' || this.#failure.signal.aborted) return;
      const [time, sequence] = id.split('-');
      await this.#redis.xtrim(this.#keys.results, 'MINID', `${time}-${Number(sequence) + 1}`);
    };
  }

  /** The run is over: nothing of it stays in Redis. */
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
    await this.#redis.set(this.#keys.owner, this.#options.run, 'PX', OWNERSHIP);
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

  /** Adds a chunk whenever there is room for one. */
  async #feed(lists: NameLists): Promise<void> {
    const { journal, plan } = this.#options;
    const { tlds = [] } = plan.probe;
    let held: NamedChunk[] = [];
    let chunk = 0;
    for await (const names of inChunks(lists)) {
      this.#taken += tlds.length > 0 ? entriesOf(names, tlds, false).length : names.length;
      if (this.#failure.signal.aborted) return;
      if (!journal.isDone(chunk)) held.push({ chunk, names });
      else this.#checkSize(chunk, names.length);
      chunk++;
      // The wrong names may have come: nobody is asked to work on them.
      if (!journal.isVerified) continue;
      if (!this.#isFeeding) await this.#takeUp(held);
      else for (const each of held) await this.#addWhenRoom(each.chunk, each.names);
      held = [];
    }
    if (!this.#isFeeding) await this.#takeUp(held);
    else for (const each of held) await this.#addWhenRoom(each.chunk, each.names);
    this.#isFed = true;
  }

  /** The first chunks. They may have been out before: what is done of them is not done again. */
  async #takeUp(chunks: readonly NamedChunk[]): Promise<void> {
    const there = await this.#chunksInStream();
    for (const { chunk, names } of chunks) {
      this.#out.set(chunk, { names, addedAt: performance.now(), losses: 0 });
      if (!there.has(chunk)) await this.#add(chunk, names);
    }
    this.#isFeeding = true;
    this.#rouse();
  }

  /** The last chunk of a list that has grown since would be larger now, and is done. */
  #checkSize(chunk: number, size: number): void {
    const { textsBefore } = this.#options.journal;
    if (textsBefore < chunk * CHUNK + size) {
      throw new RunError('the input has grown since: a fleet goes on only with the list it had');
    }
  }

  async #addWhenRoom(chunk: number, names: readonly string[]): Promise<void> {
    while (!this.#hasRoom && !this.#failure.signal.aborted) {
      await this.#moved();
    }
    if (this.#failure.signal.aborted) return;
    this.#out.set(chunk, { names, addedAt: performance.now(), losses: 0 });
    await this.#add(chunk, names);
  }

  async #add(chunk: number, names: readonly string[]): Promise<void> {
    const data = { protocol: PROTOCOL, run: this.#options.run, chunk, plan: this.#plan, names };
    await this.#queue.add('chunk', data, { jobId: jobId(chunk, names) });
  }

  async #read(): Promise<readonly ChunkResult[]> {
    const { results } = this.#keys;
    const reply = await this.#reader.xread(
      ...(['COUNT', READ_COUNT, 'BLOCK', READ_WAIT, 'STREAMS', results, this.#lastId] as const),
    );
    const done: ChunkResult[] = [];
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      this.#lastId = id;
      const result = resultOf(fields);
      const out = this.#out.get(result.chunk);
      // Twice done, another run's, or of before the list has grown.
      if (!out || result.run !== this.#options.run || result.names !== out.names.length) continue;
      if (result.error) throw new RunError(`a worker cannot go on: ${result.error}`);
      this.#out.delete(result.chunk);
      done.push(result);
    }
    this.#rouse();
    return done;
  }

  /** Adds again what Redis has lost: it may forget a second of its life when it dies. */
  async #sweep(): Promise<void> {
    const now = performance.now();
    if (now - this.#sweptAt < SWEEP_INTERVAL) return;
    this.#sweptAt = now;
    const old = [...this.#out].filter(([, { addedAt }]) => now - addedAt > 2 * LOCK_DURATION);
    const lost: [number, Outstanding][] = [];
    for (const entry of old) {
      const [chunk, { names }] = entry;
      if (!(await this.#queue.getJob(jobId(chunk, names)))) lost.push(entry);
    }
    if (lost.length === 0) return;
    const there = await this.#chunksInStream();
    for (const [chunk, out] of lost) {
      if (there.has(chunk)) {
        // It came with an id below the last that was read: from a clock that was set back.
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
      for (const [, fields] of entries) chunks.add(resultOf(fields).chunk);
      const last = entries.at(-1);
      if (!last || entries.length < READ_COUNT) return chunks;
      id = `(${last[0]}`;
    }
  }
}

function jobId(chunk: number, names: readonly string[]): string {
  return `c${chunk}-${names.length}`;
}

function resultOf(fields: readonly string[]): ChunkResult {
  const entry: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) entry[fields[i] as string] = fields[i + 1] as string;
  const { run = '', chunk, names, tally = '{}', lines = '', error = '' } = entry;
  return { run, chunk: Number(chunk), names: Number(names), tally, lines, error };
}

async function* inChunks(lists: NameLists): AsyncGenerator<readonly string[], void, undefined> {
  let names: string[] = [];
  for await (const list of lists) {
    for (let at = 0; at < list.length; ) {
      const piece = list.slice(at, at + CHUNK - names.length);
      at += piece.length;
      names = names.length === 0 ? piece : names.concat(piece);
      if (names.length < CHUNK) continue;
      yield names;
      names = [];
    }
  }
  if (names.length > 0) yield names;
}
