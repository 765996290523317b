/** What registries said about the names of a run. */

import { grouped } from './summary.js';
import type { Tally } from './tally.js';

/**
 * What registries said: `31 asked at 3 registries: 4 registered, 25 not registered, 1 reserved,
 * 1 unknown`, and what that does not mean.
 */
export function registrationSummary(tally: Tally, bounds: RegistryBounds): string {
  const { max, canResume } = bounds;
  const { asked, registries, registered, unregistered, reserved, unknown } =
    registrationCounts(tally);
  const counts = `${grouped(registered)} registered, ${grouped(unregistered)} not registered, ${grouped(reserved)} reserved, ${grouped(unknown)} unknown`;
  const where = registries === 1 ? '1 registry' : `${registries} registries`;
  const lines = [`${grouped(asked)} asked at ${where}: ${counts}`];
  const without = tally.of(`${MARKED.unasked} no-rdap`);
  if (without > 0) lines.push(`${grouped(without)} have no registry that can be asked (no-rdap)`);
  const capped = tally.of(`${MARKED.unasked} rdap-cap`);
  if (capped > 0) {
    const how = canResume
      ? 'the same command with --resume and a larger --rdap-max asks about them'
      : '--rdap-max 0 is no limit';
    lines.push(`${cappedText(capped, max)}; ${how}`);
  }
  lines.push(...limitedLines(tally, bounds));
  if (unregistered > 0) {
    lines.push('Not registered is no promise: a registry may keep, block or price such a name.');
  }
  return lines.join('\n');
}

/** What bounds the questions to a registry. */
export interface RegistryBounds {
  /** How many names it may be asked about. */
  readonly max: number;
  /** Whether a resumed run can ask about more. */
  readonly canResume: boolean;
  /** What registries said that were given up, by their hosts: `429, Retry-After: 1`. */
  readonly limits: ReadonlyMap<string, string>;
}

/** Hosts that are named in one line. */
const MAX_HOSTS = 5;

/** A line, or none: which registries were given up, for how many names and why, and the way on. */
export function limitedLines(tally: Tally, { canResume, limits }: RegistryBounds): string[] {
  const counts = [...tally.marksOf(MARKED.limited)].filter(([, count]) => count > 0);
  if (counts.length === 0) return [];
  const hosts = counts
    .sort(([, one], [, other]) => other - one)
    .slice(0, MAX_HOSTS)
    .map(([host, count]) => {
      const said = limits.get(host);
      return `${host} for ${grouped(count)}${said === undefined ? '' : ` (it said ${said})`}`;
    });
  if (counts.length > MAX_HOSTS) hosts.push(`${counts.length - MAX_HOSTS} more`);
  const how = canResume
    ? 'the same command with --resume asks about them again, with a lower --rdap-rate more slowly'
    : 'ask about them again with a lower --rdap-rate';
  return [`registries that want fewer questions (rdap-limited): ${hosts.join(', ')}; ${how}`];
}

/** `16,576 not asked: more than \`--rdap-max 1000\` names of one registry (rdap-cap)` */
export function cappedText(capped: number, max: number): string {
  return `${grouped(capped)} not asked: more than \`--rdap-max ${max}\` names of one registry (rdap-cap)`;
}

/** Names whose registry was asked, the registries, and what they said. */
export interface RegistrationCounts {
  readonly asked: number;
  readonly registries: number;
  readonly registered: number;
  readonly unregistered: number;
  readonly reserved: number;
  readonly unknown: number;
}

export function registrationCounts(tally: Tally): RegistrationCounts {
  const hosts = tally.marksOf(MARKED.registry);
  const said = (registration: string) => tally.of(`${MARKED.asked} ${registration}`);
  return {
    asked: [...hosts.values()].reduce((sum, count) => sum + count, 0),
    registries: hosts.size,
    registered: said('registered'),
    unregistered: said('unregistered'),
    reserved: said('reserved'),
    unknown: said('unknown'),
  };
}

/** What is marked in a tally of the registration of a result. */
export const MARKED = {
  /** What a registry that was asked said. */
  asked: 'registration',
  /** Why no registry was asked. */
  unasked: 'unasked',
  /** Its host. */
  registry: 'registry',
  /** Its host, where it wants fewer questions. */
  limited: 'limited',
  /** Status, reason and registration, for `--expect`. */
  answer: 'answer',
} as const;
