/** Starts the process that plays the resolvers of a world. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../test/support/free-port.js';

/**
 * @typedef {import('./serve.js').ServerReport} ServerReport
 *
 * @typedef {object} RunningWorld
 * @property {string[]} resolvers `host:port`
 * @property {() => Promise<void>} begin forgets what was counted, and what the resolvers remember
 * @property {() => Promise<ServerReport>} report
 * @property {() => void} stop
 */

/** An address of its own for each of up to 64,000 resolvers. @param {number} index */
const hostOf = (index) => `127.77.${Math.floor(index / 250)}.${(index % 250) + 1}`;

/**
 * @param {readonly import('./simulated-resolver.js').ResolverPlan[]} plans
 * @param {import('./names.js').DeadNames} [dead]
 * @returns {Promise<RunningWorld>}
 */
export async function startWorld(plans, dead) {
  const child = fork(fileURLToPath(new URL('serve.js', import.meta.url)));
  const ended = once(child, 'exit').then(() => {
    throw new Error('The process of the simulated resolvers has ended');
  });
  // Rejected by the end that `stop` asks for, when nothing waits for it any more.
  ended.catch(() => {});
  /** @param {object} message @returns {Promise<ServerReport>} */
  const ask = async (message) => {
    const answered = once(child, 'message');
    child.send(message);
    const [report] = await Promise.race([answered, ended]);
    return report;
  };
  const port = await freePort();
  const resolvers = plans.map((plan, index) => ({ host: hostOf(index), plan }));
  await ask({ open: { port, resolvers, dead } });
  return {
    resolvers: resolvers.map(({ host }) => `${host}:${port}`),
    begin: async () => void (await ask({ begin: true })),
    report: () => ask({}),
    stop: () => child.disconnect(),
  };
}
