/** The way to Redis: the packages that speak to it, and connections to it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { redisAddress } from './redis-address.js';
import { explainRedisError } from './redis-errors.js';
import { tryRights } from './redis-trial.js';

export interface RedisOptions {
  /** `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, or `rediss://` for TLS. */
  readonly url: string;
  /** Certificates in PEM that are trusted; an empty text: those that come with node. */
  readonly ca: string;
  /** Seconds that Redis may be unusable before the run is given up; 0 is no limit. */
  readonly outage: number;
}

/** How long connecting may take, and how long an open connection may owe an answer. */
const CONNECT_TIMEOUT_MS = 5000;
const MAX_RECONNECT_DELAY_MS = 1000;

interface Drivers {
  readonly bullmq: Pick<
    typeof import('bullmq'),
    'DelayedError' | 'Queue' | 'UnrecoverableError' | 'WaitingError' | 'Worker'
  >;
  readonly ioredis: Pick<typeof import('ioredis'), 'Redis'>;
}

/** The packages that only a fleet needs. Throws a {@link RunError} where they are not installed. */
export async function loadDrivers(): Promise<Drivers> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, ioredis };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new RunError(
      'a fleet needs two more packages beside flagprobe: npm install bullmq@6 ioredis@6 (with -g if it was)',
      {
        cause,
      },
    );
  }
}

/**
 * Connects, once and within a few seconds; from then on the connection reconnects by itself. Throws
 * a {@link RunError} that says what is wrong.
 */
export async function connectRedis(options: RedisOptions): Promise<Redis> {
  const { shown, ...address } = redisAddress(options);
  const { ioredis } = await loadDrivers();
  let isConnected = false;
  const redis = new ioredis.Redis({
    ...address,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A connection that is open and silent is as gone as a closed one.
    socketTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: 100,
    // Commands wait while Redis is away; the link decides for how long.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isConnected ? Math.min(times * 100, MAX_RECONNECT_DELAY_MS) : null),
  });
  let reason: unknown;
  redis.on('error', (error) => {
    reason ??= error;
  });
  const timeout = new AbortController();
  try {
    await Promise.race([
      redis.connect(),
      sleep(CONNECT_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(() => {
        const what = address.tls ? 'no answer to TLS' : 'no answer';
        throw new Error(`${what} within ${CONNECT_TIMEOUT_MS / 1000} s`);
      }),
    ]);
    isConnected = true;
    return redis;
  } catch (error) {
    redis.disconnect();
    throw explainRedisError(reason ?? error, shown);
  } finally {
    timeout.abort();
  }
}

/**
 * Throws a {@link RunError} if there is no Redis that could serve a fleet: one that keeps what it is
 * given, and lets its user do all that is needed.
 */
export async function checkRedis(options: RedisOptions, run: string): Promise<void> {
  const redis = await connectRedis(options);
  try {
    await tryRights(redis, run);
  } catch (error) {
    throw explainRedisError(error, redisAddress(options).shown);
  } finally {
    redis.disconnect();
  }
}
