/** The way to Redis: its address, the packages that speak to it, and connections to it. */

import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { UsageError } from '../core/usage-error.js';

/** How long Redis may be away before a run is given up. */
const MAX_ABSENCE_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5000;

/** How to reach Redis, as both drivers take it. */
export interface RedisAddress {
  /** The URL without user and password: what messages say. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  readonly connectTimeout: number;
  /** None: what is asked while Redis is away is asked when it is back. */
  readonly maxRetriesPerRequest: null;
  /** Milliseconds before the next try to connect. */
  readonly retryStrategy: (times: number) => number;
}

const DATABASE = /^\/?(\d{0,4})$/;

export function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  return /^rediss?:$/.test(protocol) && hostname !== '' && DATABASE.test(pathname);
}

/** A URL as messages may show it. */
export function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//');
}

/** What a URL says, and the environment. Throws a {@link UsageError} if it is none of Redis. */
export function redisAddress(text: string): RedisAddress {
  if (!isRedisUrl(text)) {
    throw new UsageError(
      `Expected \`redis\` to be redis://HOST[:PORT][/DB] or rediss://…, got \`${withoutPassword(text)}\``,
    );
  }
  const url = new URL(text);
  const username = decodeURIComponent(url.username) || process.env.REDIS_USERNAME;
  const password = decodeURIComponent(url.password) || process.env.REDIS_PASSWORD;
  return {
    shown: `${url.protocol}//${url.host}`,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 6379),
    db: Number(DATABASE.exec(url.pathname)?.[1]),
    ...(username && { username }),
    ...(password && { password }),
    ...(url.protocol === 'rediss:' && { tls: {} }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 100, 1000),
  };
}

interface Drivers {
  readonly bullmq: Pick<typeof import('bullmq'), 'Queue' | 'WaitingError' | 'Worker'>;
  readonly ioredis: Pick<typeof import('ioredis'), 'Redis'>;
}

/** The packages that only a fleet needs. */
export async function loadDrivers(): Promise<Drivers> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, ioredis };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new RunError('a fleet needs two more packages: npm install bullmq@6 ioredis@6', {
      cause,
    });
  }
}

/** Throws a {@link RunError} if there is no Redis, or one that would not keep what it is given. */
export async function checkRedis(url: string): Promise<void> {
  const options = redisAddress(url);
  const { ioredis } = await loadDrivers();
  const redis = new ioredis.Redis({
    ...options,
    lazyConnect: true,
    disconnectTimeout: 100,
    retryStrategy: () => null,
  });
  let reason: Error | undefined;
  redis.on('error', (error: Error) => {
    reason ??= error;
  });
  try {
    await redis.connect();
    const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
    if (policy === undefined || policy === 'noeviction') return;
    throw new RunError(
      `Redis at ${options.shown} may throw away what it holds (maxmemory-policy ${policy}); ` +
        'set it with CONFIG SET maxmemory-policy noeviction',
    );
  } catch (error) {
    if (error instanceof RunError) throw error;
    const { message } = reason ?? (error as Error);
    throw new RunError(`cannot use Redis at ${options.shown}: ${message}`);
  } finally {
    redis.disconnect();
  }
}

/** A connection that comes back by itself; `gone` is told if it stays away. */
export async function openRedis(
  options: RedisAddress,
  gone: (error: RunError) => void,
): Promise<Redis> {
  const { ioredis } = await loadDrivers();
  const redis = new ioredis.Redis(options);
  let timer: NodeJS.Timeout | undefined;
  redis.on('error', () => {});
  redis.on('close', () => {
    timer ??= setTimeout(
      () => gone(new RunError(`Redis at ${options.shown} is gone for a minute`)),
      MAX_ABSENCE_MS,
    ).unref();
  });
  redis.on('ready', () => {
    clearTimeout(timer);
    timer = undefined;
  });
  return redis;
}
