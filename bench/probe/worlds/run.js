/**
 * flagprobe beside massdns where resolvers are far away: `node bench/probe/worlds/run.js --help`.
 * The tables are printed as Markdown on standard output, what goes on meanwhile on standard error.
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { say, whole } from '../../shared/report.js';
import { compareWorld } from './compare-world.js';
import { tables } from './tables.js';
import { worlds } from './worlds.js';

const help = `Usage: node bench/probe/worlds/run.js [--world NAME]... [options]

Resolvers are simulated on addresses of 127.0.0.0/8, with their round trips, losses and limits.

  --massdns PATH   compare with this massdns, the better of -s 1000 and -s 10000
  --world NAME     only this world (repeatable, comma-separated)
  --names N        names in the list, instead of each world's own number
  --runs N         runs of each client, of which the median counts
  --timeout N      seconds after which a run is ended (600)
  --help           this, and the worlds

Worlds:
${Object.entries(worlds)
  .map(([name, { title, names }]) => `  ${name.padEnd(16)} ${title}; ${whole(names)} names\n`)
  .join('')}`;

/**
 * @typedef {import('./tables.js').Row} Row
 * @typedef {import('./worlds.js').World} World
 */

const { values } = parseArgs({
  options: {
    massdns: { type: 'string' },
    world: { type: 'string', multiple: true, default: [] },
    names: { type: 'string' },
    runs: { type: 'string' },
    timeout: { type: 'string', default: '600' },
    help: { type: 'boolean' },
  },
});

if (values.help) process.stdout.write(help);
else await main();

async function main() {
  const { massdns, names, runs, timeout } = values;
  statSync(new URL('../../../dist/command/main.js', import.meta.url));
  if (massdns === undefined) say('Without --massdns PATH no ratio is claimed.');
  else statSync(massdns);
  const folder = mkdtempSync(join(tmpdir(), 'flagprobe-worlds-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  /** @type {Row[]} */
  const rows = [];
  for (const [name, each] of wanted()) {
    const count = names === undefined ? each.names : Number(names);
    const world = runs === undefined ? each : { ...each, runs: Number(runs) };
    say(`${name}: ${each.title}`);
    const plan = { folder, massdns, count, timeoutSeconds: Number(timeout) };
    rows.push({ world, count, ...(await compareWorld(world, plan)) });
  }
  process.stdout.write(tables(rows));
}

/** @returns {[string, World][]} */
function wanted() {
  const all = Object.entries(worlds);
  const names = values.world.flatMap((each) => each.split(','));
  for (const name of names) {
    if (!(name in worlds)) throw new Error(`No world is called ${name}: see --help`);
  }
  return names.length === 0 ? all : all.filter(([name]) => names.includes(name));
}
