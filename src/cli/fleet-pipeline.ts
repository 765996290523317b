/** `flagprobe probe --redis`: names to a fleet, its lines to the output. */

import { openFleet } from '../fleet/coordinator.js';
import type { ChunkResult } from '../fleet/protocol.js';
import { checkRedis } from '../fleet/redis.js';
import type { Journal } from '../journal/journal.js';
import { workerOptionsOf } from '../options/table.js';
import { probeOptions } from '../probe/options.js';
import { deliverDurably } from './durable-delivery.js';
import { redisOptionsOf } from './fleet-flags.js';
import type { Pipeline } from './pipeline.js';
import type { ProbeFlags } from './probe-command-options.js';

/** Throws a {@link RunError} if there is no Redis that could serve the fleet. */
export async function checkFleetRedis(flags: ProbeFlags): Promise<void> {
  await checkRedis(redisOptionsOf(flags), runNameOf(flags));
}

function runNameOf({ run = 'default' }: Pick<ProbeFlags, 'run'>): string {
  return run;
}

/** Opens a pipeline whose questions are asked by a fleet. */
export async function openFleetPipeline(
  flags: ProbeFlags,
  records: boolean,
  journal: Journal,
  signal: AbortSignal,
): Promise<Pipeline & AsyncDisposable> {
  const { rate, format, only } = flags;
  const probe = workerOptionsOf(probeOptions, flags);
  const fleet = await openFleet({
    redis: redisOptionsOf(flags),
    name: runNameOf(flags),
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
