/** The link of one process of a fleet to Redis: its heartbeat, and operations that outlast an outage. */

import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { untilAborted } from '../core/until-aborted.js';
import type { RedisOptions } from './redis.js';
import { redisAddress } from './redis-address.js';
import { explainRedisError, isTransient } from './redis-errors.js';

export const HEARTBEAT_MS = 1000;
/** What one heartbeat can add to an outage: a machine that slept for an hour has not tried for an hour. */
const MAX_BEAT_MS = 5 * HEARTBEAT_MS;
/** Before an operation that Redis refused is tried again. */
const RETRY_DELAY_MS = 200;

export class RedisLink {
  readonly redis: Redis;
  /** Aborted when the process is to stop, and when Redis was unusable for too long. */
  readonly signal: AbortSignal;
  readonly #failure = new AbortController();
  readonly #shown: string;
  readonly #outage: number;
  #beatAt = performance.now();
  /** For how long Redis has been tried in vain. */
  #unusableMs = 0;
  #lastError: unknown;
  #isBeating = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param stop aborts when the process is to stop */
  constructor(redis: Redis, options: RedisOptions, stop: AbortSignal) {
    this.redis = redis;
    this.signal = AbortSignal.any([stop, this.#failure.signal]);
    // Any number of operations may wait for it.
    setMaxListeners(0, this.signal);
    this.#shown = redisAddress(options).shown;
    this.#outage = options.outage;
  }

  /**
   * Starts the heartbeat. What it does should write: a Redis that is full, or a replica by now, is as
   * unusable as one that is gone.
   */
  start(beat: () => Promise<void>): void {
    this.#beatAt = performance.now();
    this.#timer = setInterval(() => this.#beat(beat), HEARTBEAT_MS);
  }

  /** Ends the heartbeat. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Gives the run up. The first reason counts. */
  fail(error: unknown): void {
    this.#failure.abort(this.#explain(error));
  }

  /**
   * The value of an operation, tried again while Redis refuses it for a reason that may pass. Throws
   * the reason of {@link signal}, or a {@link RunError} for what does not pass.
   */
  async run<V>(operation: () => Promise<V>): Promise<V> {
    for (;;) {
      this.signal.throwIfAborted();
      try {
        return await untilAborted(operation(), this.signal);
      } catch (error) {
        this.signal.throwIfAborted();
        if (!isTransient(error)) throw this.#explain(error);
        this.#lastError = error;
      }
      await untilAborted(sleep(RETRY_DELAY_MS), this.signal);
    }
  }

  /** Takes note of an error that an operation elsewhere has met: it may be one that does not pass. */
  note(error: unknown): void {
    this.#lastError = error;
    // What the driver itself says is no reply of Redis; it is mended by reconnecting.
    if ((error as Error).name === 'ReplyError' && !isTransient(error)) this.fail(error);
  }

  async #beat(beat: () => Promise<void>): Promise<void> {
    const now = performance.now();
    this.#unusableMs += Math.min(now - this.#beatAt, MAX_BEAT_MS);
    this.#beatAt = now;
    const seconds = Math.floor(this.#unusableMs / 1000);
    if (this.#outage > 0 && seconds >= this.#outage) {
      const error = this.#lastError ?? new Error('no answer');
      this.fail(explainRedisError(error, this.#shown, ` for ${seconds} s`));
    }
    if (this.#isBeating) return;
    this.#isBeating = true;
    try {
      await beat();
      this.#unusableMs = 0;
      this.#lastError = undefined;
    } catch (error) {
      this.note(error);
    } finally {
      this.#isBeating = false;
    }
  }

  #explain(error: unknown): Error {
    return error instanceof RunError ? error : explainRedisError(error, this.#shown);
  }
}
