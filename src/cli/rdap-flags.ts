/** Options of `flagprobe probe` that mean nothing without `--rdap`. */

import { UsageError } from '../core/usage-error.js';
import { probeOptions } from '../probe/options.js';
import { type ProbeFlags, registrationStatuses } from './probe-command-options.js';

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
