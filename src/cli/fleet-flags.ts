/** Options of `flagprobe probe` that `--redis` needs, and those that it cannot be with. */

import { UsageError } from '../core/usage-error.js';
import type { RedisOptions } from '../fleet/redis.js';
import type { ProbeFlags } from './probe-command-options.js';

/** Throws a {@link UsageError} if the options do not go with a fleet. */
export function checkFleetFlags(flags: ProbeFlags): void {
  const { redis, redisCa, run, output, format, ordered, shard, rdap } = flags;
  if (redis === undefined) {
    if (run !== undefined) throw new UsageError('Expected `--run` to come with `--redis`');
    if (redisCa !== '') throw new UsageError('Expected `--redis-ca` to come with `--redis`');
    return;
  }
  if (output === undefined || format === 'columns') {
    throw new UsageError(
      'Expected `--redis` to come with `--output FILE` and a format other than columns: results are kept there',
    );
  }
  if (ordered) throw new UsageError('Expected `--ordered` or `--redis`, got both');
  if (rdap) {
    throw new UsageError(
      'Expected `--rdap` or `--redis`, got both: one process alone can keep to the pace of a registry',
    );
  }
  if (shard !== undefined) throw new UsageError('Expected `--shard` or `--redis`, got both');
}

/** Where Redis is, and how long a run waits for it. */
export function redisOptionsOf({
  redis = '',
  redisCa,
  outage,
}: Pick<ProbeFlags, 'redis' | 'redisCa' | 'outage'>): RedisOptions {
  return { url: redis, ca: redisCa, outage };
}
