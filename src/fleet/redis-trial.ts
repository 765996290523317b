/** Tries at the start whether a Redis can serve a fleet, so that no run fails half-way for that. */

import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RunError } from '../core/run-error.js';
import { untilAborted } from '../core/until-aborted.js';
import { keysOf, PREFIX } from './protocol.js';

/** How long an answer may take. */
const TRIAL_TIMEOUT_MS = 5000;
/** XTRIM with MINID, which takes results out, came with Redis 6.2. */
const MIN_VERSION = [6, 2] as const;

/** BullMQ's keys, each with its type: a key of another type would fail its scripts half-way. */
const bullKeys = {
  ...{ wait: 'list', active: 'list', paused: 'list', marker: 'zset', delayed: 'zset' },
  ...{ prioritized: 'zset', completed: 'zset', failed: 'zset', stalled: 'set', meta: 'hash' },
  ...{ id: 'string', limiter: 'string', events: 'stream' },
};

/** What BullMQ's scripts call, on a key that exists only for this. */
const SCRIPT = `
local key = KEYS[1]
local function drop() redis.call('DEL', key) end
drop()
redis.call('HSET', key, 'a', 1) redis.call('HGET', key, 'a') redis.call('HINCRBY', key, 'a', 1)
redis.call('HMGET', key, 'a') redis.call('HEXISTS', key, 'a') redis.call('HDEL', key, 'b') drop()
redis.call('LPUSH', key, 'a') redis.call('RPUSH', key, 'b') redis.call('LLEN', key)
redis.call('LRANGE', key, 0, 1) redis.call('LREM', key, 0, 'b') redis.call('RPOPLPUSH', key, key) drop()
redis.call('ZADD', key, 1, 'a') redis.call('ZCARD', key) redis.call('ZRANGE', key, 0, 1)
redis.call('ZRANGEBYSCORE', key, 0, 1) redis.call('ZPOPMIN', key) redis.call('ZREM', key, 'a') drop()
redis.call('SADD', key, 'a') redis.call('SMEMBERS', key) redis.call('SREM', key, 'a') drop()
redis.call('SET', key, 1, 'PX', 60000) redis.call('INCR', key) redis.call('PTTL', key)
redis.call('PEXPIRE', key, 60000) redis.call('EXISTS', key) redis.call('GET', key) drop()
redis.call('XADD', key, 'MAXLEN', '~', 10, '*', 'a', 1) drop()
return 1`;

/**
 * Does all that a fleet does, with keys of its own that it removes. Throws what Redis says if it
 * does not let that be done.
 */
export async function tryRights(redis: Redis, run: string): Promise<void> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error('no answer')), TRIAL_TIMEOUT_MS);
  try {
    await tryCommands(redis, run, timeout.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function tryCommands(redis: Redis, run: string, signal: AbortSignal): Promise<void> {
  const call = (command: string, ...words: (string | number)[]): Promise<unknown> =>
    untilAborted(redis.call(command, ...words), signal);
  checkInfo(String(await call('INFO')));
  await checkTypes(call, run);
  // Of its own: processes in containers have equal ids, and each other's trial would fail.
  const trial = `${run}:trial-${randomUUID()}`;
  const queueKey = `${PREFIX}:${trial}`;
  const key = keysOf(trial).results;
  try {
    await call('EVAL', SCRIPT, 1, queueKey);
    await call('BZPOPMIN', queueKey, '0.01');
    await call('SET', key, '1', 'PX', 60_000, 'NX');
    await call('GET', key);
    await call('DEL', key);
    await call('XADD', key, '*', 'a', '1');
    await call('XRANGE', key, '-', '+', 'COUNT', 1);
    await call('XREAD', 'COUNT', 1, 'BLOCK', 1, 'STREAMS', key, '0');
    await call('XLEN', key);
    await call('MEMORY', 'USAGE', key);
    await call('XDEL', key, '0-1');
    await call('XTRIM', key, 'MINID', '0-1');
    await call('DEL', key);
    await call('ZADD', key, 1, 'a');
    await call('ZREMRANGEBYSCORE', key, '-inf', '0');
    await call('ZCARD', key);
    await call('PEXPIRE', key, 60_000);
    await call('ZREM', key, 'a');
    await call('TIME');
  } finally {
    // A right that is missing stops the trial in the middle: nothing of it may stay behind.
    await call('DEL', key).catch(() => {});
  }
}

type Call = (command: string, ...words: (string | number)[]) => Promise<unknown>;

/** Says which kind of server this is, where it is none that serves. */
function checkInfo(info: string): void {
  const of = (field: string) => new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1];
  const mode = of('redis_mode') ?? of('server_mode');
  if (mode === 'sentinel' || mode === 'cluster') throw new Error(`flagprobe: ${mode}`);
  const version = of('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1])) {
    throw new RunError(
      `a fleet needs Redis ${MIN_VERSION.join('.')} or later, or Valkey; this one is ${version}`,
    );
  }
  if (of('role') === 'slave') throw new Error('READONLY it says that it is a replica');
  const policy = of('maxmemory_policy');
  if (policy === undefined || policy === 'noeviction') return;
  throw new RunError(
    `Redis may throw away what it holds (maxmemory-policy ${policy}); ` +
      'set it with CONFIG SET maxmemory-policy noeviction',
  );
}

async function checkTypes(call: Call, run: string): Promise<void> {
  const { results, workers, latest, owner, protocol } = keysOf(run);
  const types: Record<string, string> = { [results]: 'stream', [workers]: 'zset' };
  for (const key of [latest, owner, protocol]) types[key] = 'string';
  for (const [name, type] of Object.entries(bullKeys)) types[`${PREFIX}:${run}:${name}`] = type;
  for (const [key, expected] of Object.entries(types)) {
    const type = String(await call('TYPE', key));
    if (type === 'none' || type === expected) continue;
    throw new Error(`WRONGTYPE ${key} is a ${type}, not a ${expected}`);
  }
}
