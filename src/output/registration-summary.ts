/** What registries said about the names of a run. */

import { grouped, type Tally } from './summary.js';

/**
 * What registries said: `31 asked at 3 registries: 4 registered, 25 not registered, 1 reserved,
 * 1 unknown`, and what that does not mean.
 */
export function registrationSummary(tally: Tally): string {
  const hosts = tally.marksOf(MARKED.registry);
  const asked = [...hosts.values()].reduce((sum, count) => sum + count, 0);
  const n = (registration: string) => grouped(tally.of(`${MARKED.asked} ${registration}`));
  const counts = `${n('registered')} registered, ${n('unregistered')} not registered, ${n('reserved')} reserved, ${n('unknown')} unknown`;
  const registries = hosts.size === 1 ? '1 registry' : `${hosts.size} registries`;
  const lines = [`${grouped(asked)} asked at ${registries}: ${counts}`];
  const without = tally.of(`${MARKED.unasked} no-rdap`);
  if (without > 0) lines.push(`${grouped(without)} have no registry that can be asked (no-rdap)`);
  if (tally.of(`${MARKED.asked} unregistered`) > 0) {
    lines.push('Not registered is no promise: a registry may keep, block or price such a name.');
  }
  return lines.join('\n');
}

/** What is marked in a tally of the registration of a result. */
export const MARKED = {
  /** What a registry that was asked said. */
  asked: 'registration',
  /** Why no registry was asked. */
  unasked: 'unasked',
  /** Its host. */
  registry: 'registry',
  /** Status, reason and registration, for `--expect`. */
  answer: 'answer',
} as const;
