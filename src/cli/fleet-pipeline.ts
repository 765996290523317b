/** `flagprobe probe --redis`: names to a fleet, its lines to the output. */

import { withoutSecrets } from '../core/without-secrets.js';
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
import type { Say } from './streams.js';

/** Throws a {@link RunError} if there is no Redis that could serve the fleet. */
export async function checkFleetRedis(flags: ProbeFlags): Promise<void> {
  await checkRedis(redisOptionsOf(flags), runNameOf(flags));
}

function runNameOf({ run = 'default' }: Pick<ProbeFlags, 'run'>): string {
  return run;
}

/** How long a run waits for a first worker before it says so. */
const WORKER_WAIT_MS = 3000;

/**
 * Says once, after a while, that no worker is there, and the command that starts one.
 *
 * @returns to be called at the end of the run
 */
export function hintAtWorkers(
  fleet: { readonly workers: number },
  { redis = '', run }: Pick<ProbeFlags, 'redis' | 'run'>,
  say: Say,
): () => void {
  const timer = setTimeout(() => {
    if (fleet.workers > 0) return;
    const name = run === undefined ? '' : ` --run ${run}`;
    say(
      `no worker is there yet: \`flagprobe worker --redis ${withoutSecrets(redis)}${name}\` starts one`,
    );
  }, WORKER_WAIT_MS);
  timer.unref();
  return () => clearTimeout(timer);
}

/** What a pipeline of a fleet is opened with, beside the options of the command line. */
export interface FleetRun {
  /** Whether lines show records. */
  readonly records: boolean;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly say: Say;
}

/** Opens a pipeline whose questions are asked by a fleet. */
export async function openFleetPipeline(
  flags: ProbeFlags,
  { records, journal, signal, say }: FleetRun,
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
      const endHint = hintAtWorkers(fleet, flags, say);
      try {
        await deliverDurably(fleet.results(lists), write, journaled, () => fleet.freeze());
      } finally {
        endHint();
      }
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
