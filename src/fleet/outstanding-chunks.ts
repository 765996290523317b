/**
 * The chunks that were handed out and are not back yet. Those that Redis has lost, or that came back
 * wrong, are added again; those of a silent worker are not: that is the matter of `chunk-lease.ts`.
 */

import { RunError } from '../core/run-error.js';
import { LOCK_DURATION_MS } from './chunk-lease.js';
import type { ChunkQueue } from './chunk-queue.js';
import { type Chunk, type OutstandingChunk, outstanding } from './chunks.js';
import type { ResultStream } from './result-stream.js';

const SWEEP_INTERVAL_MS = 5000;
const MAX_LOSSES = 5;
const MAX_WRONG = 3;

export class OutstandingChunks {
  readonly #queue: ChunkQueue;
  readonly #results: ResultStream;
  readonly #chunks = new Map<number, OutstandingChunk>();
  #sweptAt = 0;

  constructor(queue: ChunkQueue, results: ResultStream) {
    this.#queue = queue;
    this.#results = results;
  }

  get size(): number {
    return this.#chunks.size;
  }

  get(number: number): OutstandingChunk | undefined {
    return this.#chunks.get(number);
  }

  /** The chunk is back. */
  delete(number: number): void {
    this.#chunks.delete(number);
  }

  /** Adds a chunk, and hands it out. */
  async add(chunk: Chunk): Promise<void> {
    const added = outstanding(chunk);
    this.#chunks.set(chunk.number, added);
    await this.#queue.add(added);
  }

  /** Adds chunks all at once, and hands out those that are not among `there`. */
  async addAll(chunks: readonly Chunk[], there: ReadonlySet<number>): Promise<void> {
    const added = chunks.map(outstanding);
    for (const chunk of added) this.#chunks.set(chunk.number, chunk);
    for (const chunk of added) {
      if (!there.has(chunk.number)) await this.#queue.add(chunk);
    }
  }

  /** A result that cannot be right: another worker is asked, if there is one, but not for ever. */
  async askElsewhere(chunk: OutstandingChunk, worker: string, fault: string): Promise<void> {
    chunk.wrong.push({ worker, fault });
    if (chunk.wrong.length >= MAX_WRONG) {
      const said = chunk.wrong.map((each) => `${each.worker}: ${each.fault}`).join('; ');
      throw new RunError(`chunk ${chunk.number} came back wrong ${MAX_WRONG} times: ${said}`);
    }
    chunk.addedAt = performance.now();
    await this.#queue.add(chunk);
  }

  /** Redis has lost its data, the chunks with it: the next sweep looks at all of them. */
  suspectAll(): void {
    for (const chunk of this.#chunks.values()) chunk.addedAt = Number.NEGATIVE_INFINITY;
    this.#sweptAt = Number.NEGATIVE_INFINITY;
  }

  /** Adds again what Redis has lost: when it is killed it may lose the last second of writes. */
  async sweep(): Promise<void> {
    const now = performance.now();
    if (now - this.#sweptAt < SWEEP_INTERVAL_MS) return;
    this.#sweptAt = now;
    const lost: OutstandingChunk[] = [];
    for (const chunk of this.#chunks.values()) {
      if (now - chunk.addedAt < 2 * LOCK_DURATION_MS) continue;
      if (!(await this.#queue.has(chunk))) lost.push(chunk);
    }
    if (lost.length === 0) return;
    const there = await this.#results.chunksThere();
    for (const chunk of lost) {
      if (there.has(chunk.number)) {
        // Its id is below the last that was read, as after Redis's clock was set back.
        this.#results.rewind();
        continue;
      }
      if (++chunk.losses > MAX_LOSSES) {
        throw new RunError(
          `chunk ${chunk.number} was lost ${MAX_LOSSES} times: is Redis keeping its data?`,
        );
      }
      chunk.addedAt = now;
      await this.#queue.add(chunk);
    }
  }
}
