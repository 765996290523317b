/** flagprobe and massdns in turns in one world. */

import { median } from '../../shared/measure.js';
import { say } from '../../shared/report.js';
import { flagprobe, massdns } from '../clients.js';
import { attempt } from '../trial.js';
import { startDnsmasq } from './dnsmasq.js';
import { expect, ZONE } from './names.js';
import { startWorld } from './start-world.js';

/**
 * @typedef {import('./worlds.js').World} World
 * @typedef {import('../clients.js').Client} Client
 * @typedef {import('./serve.js').ServerReport} ServerReport
 *
 * @typedef {object} Score of one client in one world; of several runs the median
 * @property {number} seconds
 * @property {number} rate names a second
 * @property {number} questions that were asked for each name
 * @property {number} unknown names that a resolver would have answered, and the client did not
 * @property {number} wrong
 * @property {number} absent
 * @property {number} megabytes
 * @property {number} cpu seconds
 * @property {boolean} isServerBusy the simulated resolvers, not the client, may have set the pace
 *
 * @typedef {object} Plan
 * @property {string} folder
 * @property {string | undefined} massdns its path
 * @property {number} count names
 * @property {number} timeoutSeconds seconds that a run may take
 */

/** What the simulated resolvers may be busy or late before a figure says more about them. */
const BUSY = 0.9;
const LATE_MS = 100;

/**
 * @param {World} world
 * @param {Plan} plan
 * @returns {Promise<{ flagprobe: Score, massdns: Score | undefined }>}
 */
export async function compareWorld(world, plan) {
  const simulated = await startWorld(world.resolvers, world.dead);
  const [upstream = ''] = simulated.resolvers;
  const dnsmasq = world.forwards ? await startDnsmasq(upstream, world.forwards) : undefined;
  const resolvers = dnsmasq ? [dnsmasq.resolver] : simulated.resolvers;
  const clients = [evenIfCutShort(flagprobe('auto'))];
  if (plan.massdns !== undefined) {
    for (const size of [10_000, 1000]) clients.push(evenIfCutShort(massdns(plan.massdns, size)));
  }
  const scores = clients.map(() => /** @type {Score[]} */ ([]));
  /** The best of massdns so far: the other size is not waited for. */
  let best = plan.timeoutSeconds;
  try {
    for (let run = 0; run < (world.runs ?? 1); run++) {
      for (const [index, client] of clients.entries()) {
        const timeoutSeconds =
          index > 1 && !world.runs ? Math.min(best + 1, plan.timeoutSeconds) : plan.timeoutSeconds;
        await simulated.begin();
        const score = await runOnce(
          world,
          { ...plan, timeoutSeconds },
          { client, resolvers, simulated },
        );
        scores[index]?.push(score);
        if (index > 0) best = Math.min(best, score.seconds);
      }
    }
  } finally {
    await dnsmasq?.stop();
    simulated.stop();
  }
  const [own, ...others] = scores.map(middle);
  others.sort((a, b) => b.rate - a.rate);
  return { flagprobe: /** @type {Score} */ (own), massdns: others[0] };
}

/**
 * The output of a run that took too long may end in the middle of a line.
 * @param {Client} client
 * @returns {Client}
 */
function evenIfCutShort(client) {
  return {
    ...client,
    read: (text) => {
      try {
        return client.read?.(text);
      } catch (error) {
        if (error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
  };
}

/**
 * @param {World} world
 * @param {Plan} plan
 * @param {{ client: Client, resolvers: string[], simulated: import('./start-world.js').RunningWorld }} side
 * @returns {Promise<Score>}
 */
async function runOnce(world, { folder, count, timeoutSeconds }, { client, resolvers, simulated }) {
  const knot = /** @type {import('../../shared/knot-zone.js').Knot} */ ({ cpu: () => 0 });
  const bench = { folder, knot, zone: ZONE };
  const outcome = await attempt(bench, { client, resolvers, count, timeoutSeconds });
  const report = await simulated.report();
  const { truth, seconds, cpu, megabytes } = outcome;
  const { deadNames } = expect(count, world.dead);
  // What a client leaves out of its output because no resolver answered is not absent.
  const unknown = truth.unknown - deadNames;
  const absent = truth.missing + Math.min(0, unknown);
  const isServerBusy =
    report.busySeconds / report.seconds > BUSY || report.late > LATE_MS || report.lost > 0;
  describe(report, isServerBusy);
  return {
    seconds,
    rate: (count - truth.missing) / seconds,
    questions: report.received / count,
    unknown: Math.max(0, unknown),
    wrong: truth.wrong + truth.extra,
    absent: Math.max(0, absent),
    megabytes,
    cpu,
    isServerBusy,
  };
}

/** @param {ServerReport} report @param {boolean} isServerBusy */
function describe(report, isServerBusy) {
  const { received, streamed, dropped, refused, seconds, busySeconds, utilization, late, lost } =
    report;
  const rate = received / seconds;
  const parts = [
    `${received} questions, ${streamed} over TCP, ${dropped} dropped, ${refused} refused`,
    `${Math.round(rate)}/s of about ${Math.round(received / busySeconds)}/s that they could, ${Math.round(utilization * 100)} % busy in the busiest second`,
    `latest reply ${Math.round(late)} ms late, ${lost} lost`,
  ];
  say(`  resolvers: ${parts.join('; ')}`);
  if (isServerBusy) say('  The simulated resolvers were the bottleneck, or were held up.');
}

/** The run of the median time. @param {readonly Score[]} scores @returns {Score} */
function middle(scores) {
  const seconds = median(scores.map((score) => score.seconds));
  const [first, ...rest] = scores;
  return rest.reduce(
    (best, score) =>
      Math.abs(score.seconds - seconds) < Math.abs(best.seconds - seconds) ? score : best,
    /** @type {Score} */ (first),
  );
}
