/** Whether ten million names cost ten times what a million cost, and no more memory. */

import { scattered } from '../shared/knot-zone.js';
import { decimal, table, whole } from '../shared/report.js';
import { flagprobe } from './clients.js';
import { attempt } from './trial.js';

/**
 * @param {import('./trial.js').Bench} bench
 * @param {{ resolver: string, largest: number }} plan
 * @returns {Promise<string>} a table in Markdown
 */
export async function compareScale(bench, { resolver, largest }) {
  const rows = [];
  for (const count of [100_000, 1_000_000, 10_000_000].filter((each) => each <= largest)) {
    const { seconds, cpu, megabytes, truth } = await attempt(bench, {
      client: flagprobe('auto'),
      resolvers: [resolver],
      count,
      order: scattered,
      timeoutSeconds: 900,
    });
    rows.push([
      whole(count),
      decimal(seconds),
      whole(count / seconds),
      decimal((cpu / count) * 1e6),
      whole(megabytes),
      whole(truth.wrong + truth.extra),
      whole(truth.missing),
      whole(truth.unknown),
    ]);
  }
  const head = ['names', 'wall s', 'names a second', 'CPU µs a name', 'peak MB', 'wrong'];
  return table([...head, 'missing', 'unknown'], rows);
}
