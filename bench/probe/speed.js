/** Clients side by side: the same names, asked of the same server, in turns. */

import { statSync } from 'node:fs';
import { findProgram } from '../../test/support/programs.js';
import { median } from '../shared/measure.js';
import { decimal, say, table, whole } from '../shared/report.js';
import { cAres, dnsperf, flagprobe, massdns, original } from './clients.js';
import { attempt } from './trial.js';

/**
 * @typedef {import('./trial.js').Bench} Bench
 * @typedef {import('./trial.js').Outcome} Outcome
 * @typedef {import('./clients.js').Client} Client
 *
 * @typedef {object} SpeedPlan
 * @property {string} resolver `host:port`
 * @property {number} count names
 * @property {number} runs of each client
 * @property {string | undefined} massdns its path
 * @property {string | undefined} systemHost what serves the zone on port 53
 * @property {readonly string[]} only the clients wanted; none means all
 */

/**
 * @param {Bench} bench
 * @param {SpeedPlan} plan
 * @returns {Promise<string>} a table in Markdown
 */
export async function compareSpeed(bench, plan) {
  const { resolver, count, runs } = plan;
  const clients = await competitors(bench, plan);
  const outcomes = clients.map(() => /** @type {Outcome[]} */ ([]));
  for (let run = 0; run < runs; run++) {
    for (let turn = 0; turn < clients.length; turn++) {
      const index = (run + turn) % clients.length;
      const client = /** @type {Client} */ (clients[index]);
      outcomes[index]?.push(await attempt(bench, { client, resolvers: [resolver], count }));
    }
  }
  const summaries = outcomes.map(summarise);
  const best = summaries[clients.findIndex(({ label }) => label.startsWith('massdns'))];
  const head = [
    'client',
    'names a second',
    'client CPU s for a million',
    'server CPU s for a million',
    'peak MB',
    'wrong',
    'missing',
    'unknown',
    ...(best ? ['speed ÷ massdns', 'CPU ÷ massdns'] : []),
  ];
  const rows = summaries.map((each, index) => [
    clients[index]?.label ?? '',
    whole(each.rate),
    decimal(each.cpu),
    decimal(each.serverCpu),
    whole(each.megabytes),
    whole(each.wrong),
    whole(each.missing),
    whole(each.unknown),
    ...(best ? [decimal(each.rate / best.rate), decimal(each.cpu / best.cpu)] : []),
  ]);
  return table(head, rows);
}

/** The medians of what one client cost, and the worst of what it said. @param {Outcome[]} outcomes */
function summarise(outcomes) {
  /** @param {(outcome: Outcome) => number} of */
  const medianOf = (of) => median(outcomes.map(of));
  /** @param {(outcome: Outcome) => number} of */
  const worst = (of) => Math.max(...outcomes.map(of));
  return {
    rate: medianOf(({ names, seconds }) => names / seconds),
    cpu: medianOf(({ names, cpu }) => (cpu / names) * 1e6),
    serverCpu: medianOf(({ names, serverCpu }) => (serverCpu / names) * 1e6),
    megabytes: medianOf(({ megabytes }) => megabytes),
    wrong: worst(({ truth }) => truth.wrong + truth.extra),
    missing: worst(({ truth }) => truth.missing),
    unknown: worst(({ truth }) => truth.unknown),
  };
}

/**
 * The clients that are installed; what is missing is said.
 * @param {Bench} bench
 * @param {SpeedPlan} plan
 */
async function competitors(bench, plan) {
  const { only, systemHost } = plan;
  /** @param {string} name */
  const isWanted = (name) => only.length === 0 || only.includes(name);
  /** @type {Client[]} */
  const clients = ['auto', 'udp', 'tcp'].filter(isWanted).map(flagprobe);
  if (isWanted('c-ares')) clients.push(cAres);
  if (isWanted('original')) {
    if (systemHost === undefined) {
      say(
        'The Python original is left out: giving it a resolver of its own needs root and unshare.',
      );
    } else if (findProgram('python3') === undefined) {
      say('The Python original is left out: python3 is not installed.');
    } else {
      clients.push(original(systemHost));
    }
  }
  if (isWanted('dnsperf')) {
    if (findProgram('dnsperf') === undefined) say('dnsperf is left out: it is not installed.');
    else clients.push(dnsperf('udp'), dnsperf('tcp'));
  }
  if (isWanted('massdns')) {
    if (plan.massdns === undefined) say('Without --massdns PATH no ratio is claimed.');
    else clients.push(await bestMassdns(bench, plan, plan.massdns));
  }
  return clients;
}

/**
 * massdns with the number in flight that serves it best here.
 * @param {Bench} bench
 * @param {SpeedPlan} plan
 * @param {string} path
 */
async function bestMassdns(bench, { resolver, count }, path) {
  statSync(path);
  /** @type {{ client: Client, seconds: number }[]} */
  const tried = [];
  for (const size of [1000, 2000, 10_000]) {
    const client = massdns(path, size);
    const { seconds } = await attempt(bench, { client, resolvers: [resolver], count });
    tried.push({ client, seconds });
  }
  tried.sort((a, b) => a.seconds - b.seconds);
  return /** @type {{ client: Client }} */ (tried[0]).client;
}
