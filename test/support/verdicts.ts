import type { ProbeResult } from '../../src/core/model.js';
import type { ProbeOptions } from '../../src/probe/options.js';
import { openProber } from '../../src/probe/prober.js';

/** `found`, `nxdomain`, `nodata`, `unknown timeout`, … */
export function verdict(result: ProbeResult): string {
  if (result.status === 'found') return 'found';
  return result.status === 'missing' ? result.reason : `${result.status} ${result.reason}`;
}

/** The result for each name, in their order. Wildcards are not looked for unless that is asked. */
export async function probeAll(
  names: readonly string[],
  options: ProbeOptions,
): Promise<ProbeResult[]> {
  await using prober = openProber({ wildcards: 'off', ...options, ordered: true });
  const results: ProbeResult[] = [];
  for await (const result of prober.results(names)) results.push(result);
  return results;
}

/** `n0.example`, `n1.example`, … */
export function manyNames(count: number, prefix = 'n'): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}.example`);
}
