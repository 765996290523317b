/** `flagprobe probe --redis`: names to a fleet, its lines to the output. */

import { UsageError } from '../core/usage-error.js';
import { openFleet } from '../fleet/coordinator.js';
import type { ChunkResult } from '../fleet/protocol.js';
import type { RedisOptions } from '../fleet/redis.js';
import type { Journal } from '../journal/journal.js';
import { workerOptionsOf } from '../options/table.js';
import { probeOptions } from '../probe/options.js';
import { deliverDurably } from './durable-delivery.js';
import type { Pipeline } from './pipeline.js';
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

/** Opens a pipeline whose questions are asked by a fleet. */
export async function openFleetPipeline(
  flags: ProbeFlags,
  records: boolean,
  journal: Journal,
  signal: AbortSignal,
): Promise<Pipeline & AsyncDisposable> {
  const { run = 'default', rate, format, only } = flags;
  const probe = workerOptionsOf(probeOptions, flags);
  const fleet = await openFleet({
    redis: redisOptionsOf(flags),
    name: run,
    run: journal.run,
    plan: { probe, format, only, records },
    rate,
    signal,
    journal,
  });
  return {
    async deliver(lists, delivery) {
      const { tally } = delivery;
      const write = (results: readonly ChunkResult[]) => {
        const before = tally.total;
        let text = '';
        for (const { chunk, tally: counts, lines } of results) {
          text += lines;
          tally.include(JSON.parse(counts));
          journal.done(chunk);
        }
        return { text, results: tally.total - before };
      };
      const journaled = { ...delivery, journal };
      await deliverDurably(fleet.results(lists), write, journaled, () => fleet.freeze());
      await fleet.clear();
    },
    get taken() {
      return fleet.taken;
    },
    get state() {
      const { workers } = fleet;
      return [
        `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
        `${fleet.chunksOut} chunks out`,
      ];
    },
    [Symbol.asyncDispose]: () => fleet.close(),
  };
}
