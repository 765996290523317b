/** The stream of results in Redis, as the coordinator reads it. */

import type { Redis } from 'ioredis';
import { type ChunkResult, keysOf, readResult } from './protocol.js';
import type { RedisLink } from './redis-link.js';

/** How long a read waits for results. */
const READ_WAIT_MS = 500;
/** The most results in one read, and about how many characters they should come to. */
const MAX_READ_COUNT = 8;
const READ_LENGTH = 8_000_000;

export class ResultStream {
  readonly #key: string;
  readonly #link: RedisLink;
  /** A connection of its own, as a blocking read holds it up. */
  readonly #reader: Redis;
  #lastId = '0';
  #count = MAX_READ_COUNT;

  constructor(name: string, link: RedisLink, reader: Redis) {
    this.#key = keysOf(name).results;
    this.#link = link;
    this.#reader = reader;
  }

  /** The next results; none if there were none for a moment. What is no result is passed over. */
  async read(): Promise<readonly ChunkResult[]> {
    const block = ['COUNT', this.#count, 'BLOCK', READ_WAIT_MS] as const;
    const reply = await this.#link.run(() =>
      this.#reader.xread(...block, 'STREAMS', this.#key, this.#lastId),
    );
    const results: ChunkResult[] = [];
    let length = 0;
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      this.#lastId = id;
      const result = readResult(fields);
      if (!result) continue;
      length += result.lines.length;
      results.push(result);
    }
    // Large answers are read one by one: a read passes through memory as a whole.
    if (results.length > 0) {
      const fitting = Math.floor(READ_LENGTH / (length / results.length + 1));
      this.#count = Math.min(MAX_READ_COUNT, Math.max(1, fitting));
    }
    return results;
  }

  /** Reads everything again. */
  rewind(): void {
    this.#lastId = '0';
  }

  /** The chunks whose results are in the stream. */
  async chunksThere(): Promise<Set<number>> {
    const chunks = new Set<number>();
    let id = '-';
    for (;;) {
      const entries = await this.#link.redis.xrange(this.#key, id, '+', 'COUNT', this.#count);
      for (const [, fields] of entries) {
        const chunk = readResult(fields)?.chunk;
        if (chunk !== undefined) chunks.add(chunk);
      }
      const last = entries.at(-1);
      if (!last || entries.length < this.#count) return chunks;
      id = `(${last[0]}`;
    }
  }

  /** Marks what was read so far; the function deletes it. */
  freeze(): () => Promise<void> {
    const id = this.#lastId;
    return async () => {
      if (id === '0') return;
      const [time, sequence] = id.split('-');
      const next = `${time}-${Number(sequence) + 1}`;
      // What stays because this failed goes with the next.
      await this.#link.run(() => this.#link.redis.xtrim(this.#key, 'MINID', next)).catch(() => {});
    };
  }

  close(): void {
    this.#reader.disconnect();
  }
}
