/** The queue of a run in Redis, from which workers take chunks. */

import type { Queue } from 'bullmq';
import { CHUNK_VERDICTS, jobIdOf, type OutstandingChunk } from './chunks.js';
import { type ChunkJob, PREFIX, PROTOCOL } from './protocol.js';
import { loadDrivers } from './redis.js';
import type { RedisLink } from './redis-link.js';

export interface ChunkQueueOptions {
  /** The run's name. */
  readonly name: string;
  /** The id of the run. */
  readonly run: string;
  /** Names a second, the whole fleet; 0 is no limit. */
  readonly rate: number;
}

type JobQueue = Queue<ChunkJob, void, 'chunk'>;

/** @param plan as JSON */
export async function openChunkQueue(
  options: ChunkQueueOptions,
  plan: string,
  link: RedisLink,
): Promise<ChunkQueue> {
  const { bullmq } = await loadDrivers();
  const jobs: JobQueue = new bullmq.Queue<ChunkJob, void, 'chunk'>(options.name, {
    connection: link.redis,
    prefix: PREFIX,
    skipVersionCheck: true,
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  jobs.on('error', (error) => link.note(error));
  return new ChunkQueue(options, plan, link, jobs);
}

export class ChunkQueue {
  readonly #options: ChunkQueueOptions;
  readonly #plan: string;
  readonly #link: RedisLink;
  readonly #jobs: JobQueue;

  constructor(options: ChunkQueueOptions, plan: string, link: RedisLink, jobs: JobQueue) {
    this.#options = options;
    this.#plan = plan;
    this.#link = link;
    this.#jobs = jobs;
  }

  /** Says to the workers how fast they may take chunks. */
  async announceRate(): Promise<void> {
    if (this.#options.rate > 0) await this.#setRate();
    else await this.#jobs.removeGlobalRateLimit();
  }

  async add(chunk: OutstandingChunk): Promise<void> {
    const { number, names, wrong } = chunk;
    const avoid = [...new Set(wrong.map(({ worker }) => worker))];
    const head = { protocol: PROTOCOL, run: this.#options.run, chunk: number };
    const data = { ...head, plan: this.#plan, names, avoid };
    await this.#link.run(async () => {
      // Redis may have lost the limit with all its data since the chunk before.
      if (this.#options.rate > 0) await this.#setRate();
      await this.#jobs.add('chunk', data, { jobId: jobIdOf(chunk) });
    });
  }

  /** Whether the chunk waits there or is in progress. */
  async has(chunk: OutstandingChunk): Promise<boolean> {
    return Boolean(await this.#jobs.getJob(jobIdOf(chunk)));
  }

  /** Deletes it from Redis. */
  async clear(): Promise<void> {
    await this.#jobs.obliterate({ force: true });
  }

  async close(): Promise<void> {
    await this.#jobs.close();
  }

  async #setRate(): Promise<void> {
    const { rate } = this.#options;
    await this.#jobs.setGlobalRateLimit(1, Math.max(1, Math.round((CHUNK_VERDICTS / rate) * 1000)));
  }
}
