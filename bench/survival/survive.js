/**
 * Kills runs in every way, and counts what is left: `node bench/survival/survive.js --help`. The small form
 * of it is among the tests; this one takes minutes.
 */

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findProgram } from '../../test/support/programs.js';
import { inOrder, startZone, writeNames } from '../shared/knot-zone.js';
import { start, stop } from '../shared/measure.js';
import { say } from '../shared/report.js';
import { judge } from '../shared/truth.js';
import { surviveChaos } from './chaos.js';
import { fleetCost, surviveFleet } from './fleet.js';
import { mustBeWhole, readTsv } from './whole.js';

const help = `Usage: node bench/survival/survive.js [--resume] [--fleet] [--cost] [--chaos]

All of it unless some is named:
  --resume   200,000 names with 50 kill -9 at random moments, then to the end
  --fleet    a million names, four workers: two killed, Redis killed and started again, the
             coordinator killed and resumed
  --chaos    a fleet to which something happens every few seconds, with five seeds, in ten minutes;
             --seeds 1,2 and --seconds 60 make it shorter
  --cost     a million names without a fault: CPU of coordinator and Redis, memory of Redis

Needs knotd (Debian: knot), and redis-server for the fleet.
`;

const { values } = parseArgs({
  options: {
    resume: { type: 'boolean' },
    fleet: { type: 'boolean' },
    cost: { type: 'boolean' },
    chaos: { type: 'boolean' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    seconds: { type: 'string', default: '90' },
    help: { type: 'boolean' },
  },
});

const bin = new URL('../../bin/flagprobe.cjs', import.meta.url).pathname;

if (values.help) process.stdout.write(help);
else await main();

async function main() {
  const needed = [
    'knotd',
    ...(values.fleet || values.cost || values.chaos ? ['redis-server'] : []),
  ];
  for (const name of needed) {
    if (findProgram(name) === undefined) throw new Error(`${name} is not installed`);
  }
  statSync(new URL('../../dist/command/main.js', import.meta.url));
  const isAll = !(values.resume || values.fleet || values.cost || values.chaos);
  const folder = mkdtempSync(join(tmpdir(), 'flagprobe-survival-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // A zone that is loaded quickly will do where no speed is measured.
  const zone = values.chaos && !isAll ? 100_000 : 1_000_000;
  const knot = await startZone({ zone });
  const world = { folder, zone, bin, resolver: `${knot.host}:${knot.port}` };
  try {
    if (isAll || values.resume) await surviveKills(world);
    if (isAll || values.fleet) await surviveFleet(world);
    if (isAll || values.cost) await fleetCost(world);
    if (isAll || values.chaos) {
      for (const seed of values.seeds.split(',')) {
        await surviveChaos(world, { seed: Number(seed), seconds: Number(values.seconds) });
      }
    }
  } finally {
    await knot[Symbol.asyncDispose]();
  }
}

/**
 * @typedef {object} World
 * @property {string} folder
 * @property {number} zone
 * @property {string} bin
 * @property {string} resolver
 */

/**
 * One run, killed fifty times.
 * @param {World} world
 */
async function surviveKills({ folder, zone, bin, resolver }) {
  const count = 200_000;
  const kills = 50;
  const list = join(folder, 'resume.txt');
  const output = join(folder, 'resume.tsv');
  writeNames(list, count);
  const ask = [process.execPath, bin, 'probe', '-r', resolver, '-i', list, '-f', 'tsv', '-q'];
  const command = [...ask, '-o', output, '--resume'];
  let afterCheckpoint = 0;
  for (let kill = 0; kill < kills; kill++) {
    const before = doneIn(output);
    const child = start([...command, '--rate', '3000']);
    await sleep(900 + Math.random() * 2000);
    await stop(child);
    if (doneIn(output) > before) afterCheckpoint++;
  }
  say(`killed ${kills} times, ${afterCheckpoint} of them after a checkpoint`);
  const last = start(command);
  const code = await new Promise((resolve) => last.once('close', resolve));
  const truth = await judge(output, readTsv, { count, zone, order: inOrder });
  process.stdout.write(`resume: exit ${code}, ${JSON.stringify(truth)}\n`);
  if (afterCheckpoint < 30) throw new Error('too few kills came after a checkpoint');
  mustBeWhole(truth);
}

/** @param {string} output */
function doneIn(output) {
  try {
    return Number(/"high":(\d+)/.exec(readFileSync(`${output}.resume`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}
