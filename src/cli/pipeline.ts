/** What turns names into lines of the output: the prober of this process, or a fleet. */

import type { ProbeResult } from '../core/model.js';
import type { Journal } from '../journal/journal.js';
import type { ResolverReport } from '../probe/open-resolvers.js';
import type { NameLists, Prober, RegistryQueue } from '../probe/prober.js';
import { type Delivery, deliver } from './delivery.js';
import type { OutsideWatch } from './outside-watch.js';

export interface Pipeline {
  /** Asks about the names and writes a line for each result. */
  deliver(lists: NameLists, delivery: Delivery<ProbeResult>): Promise<void>;
  /** How many verdicts are owed so far: one for each name that was read, with `tlds` more. */
  readonly taken: number;
  /** More for the progress line: `4 workers`, `120 chunks out`. */
  readonly state?: readonly string[];
  /** Resolvers that are not believed; undefined where none is checked here. */
  readonly distrusted?: number | undefined;
  /** Which resolvers fail; undefined where others ask them. */
  readonly resolvers?: ResolverReport | undefined;
  /** Names that the only two resolvers contradict each other about; undefined where none is checked here. */
  readonly contradicted?: number | undefined;
  /** That the resolvers were not the same all the time, as a sentence; undefined where others ask them, too. */
  readonly changed?: string | undefined;
  /** With `rdap`: what waits for registries. */
  readonly queue?: RegistryQueue | undefined;
}

/**
 * @param journal if the run can be resumed
 * @param isOrdered whether results come in the order of the input
 */
export function proberPipeline(
  prober: Prober,
  journal: Journal | undefined,
  watch: OutsideWatch,
  isOrdered: boolean,
): Pipeline {
  return {
    async deliver(lists, delivery) {
      const { tally } = delivery;
      if (!journal) return deliver(watch.during(prober.batches(lists), tally), delivery);
      const { deliverNumbered } = await import('./durable-delivery.js');
      const batches = watch.during(prober.numbered(lists, journal), tally);
      await deliverNumbered(batches, { ...delivery, journal, isOrdered });
    },
    get changed() {
      return watch.fault;
    },
    get state() {
      return journal?.isVerified === false ? ['reading up to where it stopped'] : [];
    },
    get distrusted() {
      return prober.distrusted;
    },
    get resolvers() {
      return prober.resolvers;
    },
    get contradicted() {
      return prober.contradicted;
    },
    get queue() {
      return prober.registryQueue;
    },
    get taken() {
      return prober.taken;
    },
  };
}
