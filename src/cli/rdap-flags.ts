/** Options of `flagprobe probe` that mean nothing without `--rdap`, or something else than may be thought with it. */

import { UsageError } from '../core/usage-error.js';
import { probeOptions } from '../probe/options.js';
import { type ProbeFlags, registrationStatuses } from './probe-command-options.js';
import type { Say } from './streams.js';

const registryOptions = ['rdapRate', 'rdapMax', 'rdapBootstrap', 'rdapServers'] as const;

/** Throws a {@link UsageError} if an option waits for registries that will not be asked. */
export function checkRdapFlags(flags: ProbeFlags): void {
  if (flags.rdap) return;
  for (const name of registryOptions) {
    const { flag, rule } = probeOptions[name];
    if (String(flags[name]) === String(rule.default)) continue;
    throw new UsageError(`Expected \`${flag.split(' ')[0]}\` to come with \`--rdap\``);
  }
  for (const [option, statuses] of [
    ['--only', flags.only],
    ['--expect', flags.expect],
  ] as const) {
    const status = statuses.find((each) => registrationStatuses.includes(each));
    if (status === undefined) continue;
    throw new UsageError(
      `Expected \`${option} ${status}\` to come with \`--rdap\`: no registry is asked without it`,
    );
  }
}

/** Statuses of the DNS that names have whose registration is of interest. */
const dnsStatuses = ['found', 'missing', 'nxdomain'];

/**
 * Says that what is printed goes by the DNS where registration is what matters: registries are asked and their word
 * decides nothing, or words are looked up under TLDs and those are wanted that are missing.
 */
export function hintAtUnregistered({ rdap, only, format, tlds }: ProbeFlags, say: Say): void {
  if (only.some((each) => registrationStatuses.includes(each))) return;
  const status = only.find((each) => dnsStatuses.includes(each));
  if (rdap) {
    const isBare = only.length === 0 && format === 'names';
    if (status === undefined && !isBare) return;
    const what = isBare ? '-f names prints what the DNS has' : `--only ${status} goes by the DNS`;
    say(`${what}; --only unregistered prints the names that no registry has`);
  } else if (tlds.length > 0 && status !== undefined && !only.includes('found')) {
    say(
      `--only ${status} goes by the DNS, where a name may be registered and missing; --rdap --only unregistered asks registries`,
    );
  }
}
