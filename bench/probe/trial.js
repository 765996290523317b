/** One client, one list, one run: what it cost, and how much of it is true. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { inOrder, writeNames } from '../shared/knot-zone.js';
import { measure } from '../shared/measure.js';
import { say } from '../shared/report.js';
import { judge } from '../shared/truth.js';

/**
 * @typedef {object} Bench what the trials of a run share
 * @property {string} folder
 * @property {import('../shared/knot-zone.js').Knot} knot
 * @property {number} zone names in the zone, of which half exist
 *
 * @typedef {object} Trial
 * @property {import('./clients.js').Client} client
 * @property {readonly string[]} resolvers
 * @property {number} count names asked for
 * @property {(index: number) => number} [order]
 * @property {number} [timeoutSeconds] seconds
 * @property {() => Promise<void>} [during] what is done to the servers meanwhile
 *
 * @typedef {object} Outcome
 * @property {number} names
 * @property {number} seconds
 * @property {number} cpu seconds of the client
 * @property {number} serverCpu seconds
 * @property {number} megabytes
 * @property {import('../shared/truth.js').Truth} truth
 */

/** The lists that have been written. @type {Set<string>} */
const written = new Set();

/**
 * @param {Bench} bench
 * @param {Trial} trial
 * @returns {Promise<Outcome>}
 */
export async function attempt({ folder, knot, zone }, trial) {
  const { client, resolvers, order = inOrder, timeoutSeconds } = trial;
  const count = Math.min(trial.count, client.limit ?? trial.count);
  const names = join(folder, `names-${order.name}-${count}${client.suffix?.trim() ?? ''}`);
  if (!written.has(names)) writeNames(names, count, order, client.suffix);
  written.add(names);
  const output = join(folder, 'output');
  rmSync(output, { force: true });
  const before = knot.cpu();
  const command = client.command({ names, resolvers, output, folder });
  const [cost] = await Promise.all([
    measure(command, folder, { timeoutSeconds }),
    trial.during?.(),
  ]);
  const serverCpu = knot.cpu() - before;
  const lost = client.lost?.(cost.printed) ?? Number.NaN;
  const truth = client.read
    ? await judge(output, client.read, { count, zone, order })
    : { wrong: Number.NaN, missing: lost, extra: 0, unknown: Number.NaN };
  const { seconds, cpu, megabytes, code } = cost;
  if (code !== 0 && !client.label.startsWith('flagprobe')) {
    say(`${client.label} ended with ${code}: ${cost.printed.slice(-300)}`);
  }
  say(
    `${client.label}: ${count} names, ${seconds.toFixed(2)} s, CPU ${cpu.toFixed(2)} s, ${truth.wrong} wrong, ${truth.missing} missing, ${truth.unknown} unknown, ${truth.extra} extra`,
  );
  return { names: count, seconds, cpu, serverCpu, megabytes, truth };
}
