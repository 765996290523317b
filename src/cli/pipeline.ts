/** What turns names into lines of the output: the prober of this process, or a fleet. */

import type { ProbeResult } from '../core/model.js';
import type { Journal } from '../journal/journal.js';
import type { NameLists, Prober, RegistryQueue } from '../probe/prober.js';
import { type Delivery, deliver } from './delivery.js';

export interface Pipeline {
  /** Asks about the names and writes a line for each result. */
  deliver(lists: NameLists, delivery: Delivery<ProbeResult>): Promise<void>;
  /** How many verdicts are owed so far: one for each name that was read, with `tlds` more. */
  readonly taken: number;
  /** More for the progress line: `4 workers`, `120 chunks out`. */
  readonly state?: readonly string[];
  /** Resolvers that are not believed; undefined where none is checked here. */
  readonly distrusted?: number | undefined;
  /** With `rdap`: names that wait for registries. */
  readonly waiting?: number;
}

/** `412 wait for rdap.verisign.com, about 7 min` */
function registryState({ names, host, seconds }: RegistryQueue): string {
  const time = seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
  return `${names} wait for ${host}, about ${time}`;
}

/** @param journal if the run can be resumed */
export function proberPipeline(prober: Prober, journal: Journal | undefined): Pipeline {
  return {
    async deliver(lists, delivery) {
      if (!journal) return deliver(prober.batches(lists), delivery);
      const { deliverNumbered } = await import('./durable-delivery.js');
      await deliverNumbered(prober.numbered(lists, journal), { ...delivery, journal });
    },
    get state() {
      if (journal?.isVerified === false) return ['reading up to where it stopped'];
      const queue = prober.registryQueue;
      return queue ? [registryState(queue)] : [];
    },
    get distrusted() {
      return prober.distrusted;
    },
    get waiting() {
      return prober.registryQueue?.names ?? 0;
    },
    get taken() {
      return prober.taken;
    },
  };
}
