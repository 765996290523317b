/** Resolvers that are dead, slow, or go away: what they cost beside those that are well. */

import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.js';
import { median } from '../shared/measure.js';
import { decimal, table, whole } from '../shared/report.js';
import { flagprobe } from './clients.js';
import { startRelay } from './start-relay.js';
import { attempt } from './trial.js';

/** Runs of which the median counts. */
const RUNS = 3;
/** Seconds for which a resolver goes away. */
const ABSENCE = 20;

/** @typedef {import('./trial.js').Outcome} Outcome */

/**
 * @param {import('./trial.js').Bench} bench
 * @param {{ hosts: readonly string[], count: number }} plan
 * @returns {Promise<string>} tables in Markdown
 */
export async function compareLists(bench, { hosts, count }) {
  const good = hosts.map((host) => `${host}:${bench.knot.port}`);
  const known = /** @type {string} */ (good[0]);
  const kinds = ['silent', 'silent', 'slow'];
  const relays = await Promise.all(kinds.map((kind) => startRelay(kind, known)));
  const refusing = `127.0.0.1:${await freePort()}`;
  const bad = [...relays.map(({ resolver }) => resolver), refusing];
  /** @type {string[][]} */
  const rows = [];
  try {
    for (const size of [count / 20, count]) {
      const [alone, mixed] = await inTurns(bench, [good, [...bad, ...good]], size);
      rows.push(row(`${good.length} good resolvers`, alone, alone));
      rows.push(row('the same, 2 silent, 1 closed, 1 slow (0.4 s)', mixed, alone));
    }
  } finally {
    for (const relay of relays) await relay.stop();
  }
  rows.push(...(await compareAbsence(bench, known, count)));
  return table(['resolvers', 'names', 'wrong', 'missing', 'unknown', 'wall s', 'ratio'], rows);
}

/**
 * @param {import('./trial.js').Bench} bench
 * @param {string[][]} lists
 * @param {number} count
 */
async function inTurns(bench, lists, count) {
  const outcomes = lists.map(() => /** @type {Outcome[]} */ ([]));
  for (let run = 0; run < RUNS; run++) {
    for (const [index, resolvers] of lists.entries()) {
      const client = flagprobe('auto');
      outcomes[index]?.push(
        await attempt(bench, { client, resolvers, count, timeoutSeconds: 120 }),
      );
    }
  }
  return /** @type {[Outcome[], Outcome[]]} */ (outcomes);
}

/**
 * The only resolver goes away in the middle of a run: it stops answering, or it is gone.
 * @param {import('./trial.js').Bench} bench
 * @param {string} resolver
 * @param {number} count
 */
async function compareAbsence(bench, resolver, count) {
  const { knot } = bench;
  const trial = { client: flagprobe('auto'), resolvers: [resolver], count, timeoutSeconds: 180 };
  const present = await attempt(bench, trial);
  const halfwayMs = (present.seconds / 2) * 1000;
  const stopped = await attempt(bench, {
    ...trial,
    during: async () => {
      await pause(halfwayMs);
      knot.signal('SIGSTOP');
      await pause(ABSENCE * 1000);
      knot.signal('SIGCONT');
    },
  });
  const killed = await attempt(bench, {
    ...trial,
    during: async () => {
      await pause(halfwayMs);
      knot.signal('SIGKILL');
      await pause(ABSENCE * 1000);
      await knot.restart();
    },
  });
  return [
    row('one resolver', [present], [present]),
    row(`the same, silent for ${ABSENCE} s in the middle`, [stopped], [present]),
    row(`the same, gone for ${ABSENCE} s in the middle`, [killed], [present]),
  ];
}

/**
 * @param {string} label
 * @param {readonly Outcome[]} outcomes
 * @param {readonly Outcome[]} beside
 */
function row(label, outcomes, beside) {
  /** @param {(truth: Outcome['truth']) => number} of */
  const worst = (of) => whole(Math.max(...outcomes.map(({ truth }) => of(truth))));
  const seconds = median(outcomes.map((each) => each.seconds));
  return [
    label,
    whole(outcomes[0]?.names ?? 0),
    worst(({ wrong, extra }) => wrong + extra),
    worst(({ missing }) => missing),
    worst(({ unknown }) => unknown),
    decimal(seconds),
    decimal(seconds / median(beside.map((each) => each.seconds))),
  ];
}
