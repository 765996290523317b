/**
 * The benchmark of `flagprobe probe`, all of it on loopback: `node bench/probe/compare.js --help`.
 * The tables are printed as Markdown on standard output, what goes on meanwhile on standard error.
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '../../test/support/programs.js';
import { startZone } from '../shared/knot-zone.js';
import { say } from '../shared/report.js';
import { compareFaults } from './faults.js';
import { compareLists } from './resolver-lists.js';
import { compareScale } from './scale.js';
import { compareSpeed } from './speed.js';

const help = `Usage: node bench/probe/compare.js [--speed] [--scale] [--faults] [--lists] [options]

Which tables; all but --scale unless some are named:
  --speed            names a second, CPU and memory, flagprobe beside others
  --scale            100,000, a million and ten million names
  --faults           a resolver that loses, forges and refuses
  --lists            resolvers that are dead, slow, or go away

  --massdns PATH     compare with this massdns; without it no ratio is claimed
  --names N          names in the zone, of which half exist, and in the list (1000000)
  --fault-names N    names for each row of the faults (50000)
  --largest N        the longest list of --scale (10000000)
  --runs N           runs of each client, of which the median counts (5)
  --only LIST        of auto, udp, tcp, c-ares, original, dnsperf, massdns (all)

Needs knotd; dnsperf and python3 are left out where they are not installed.
`;

const { values } = parseArgs({
  options: {
    speed: { type: 'boolean' },
    scale: { type: 'boolean' },
    faults: { type: 'boolean' },
    lists: { type: 'boolean' },
    massdns: { type: 'string' },
    names: { type: 'string', default: '1000000' },
    'fault-names': { type: 'string', default: '50000' },
    largest: { type: 'string', default: '10000000' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean' },
  },
});

/** What serves the zone on port 53 of loopback, where a resolver has no port. */
const SYSTEM_HOST = '127.53.53.53';
/** Six addresses of one server: six resolvers. */
const HOSTS = [1, 2, 3, 4, 5, 6].map((last) => `127.0.0.${last}`);

if (values.help) process.stdout.write(help);
else await main();

async function main() {
  if (findProgram('knotd') === undefined) {
    say('knotd is not installed: nothing can be measured. (Debian: knot)');
    process.exitCode = 1;
    return;
  }
  statSync(new URL('../../dist/command/main.js', import.meta.url));
  const { massdns } = values;
  const zone = Number(values.names);
  const named = values.speed || values.scale || values.faults || values.lists;
  const folder = mkdtempSync(join(tmpdir(), 'flagprobe-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const isRoot = process.getuid?.() === 0 && findProgram('unshare') !== undefined;
  const also = isRoot ? [`${SYSTEM_HOST}@53`] : [];
  const knot = await startZone({ zone, hosts: HOSTS, also });
  const bench = { folder, knot, zone };
  const resolver = `${HOSTS[0]}:${knot.port}`;
  const load = () =>
    loadavg()
      .map((each) => each.toFixed(2))
      .join(' ');
  print(
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model}), load before ${load()}.\n\n`,
  );
  if (values.speed || !named) {
    print(
      await compareSpeed(bench, {
        resolver,
        count: zone,
        runs: Number(values.runs),
        massdns,
        systemHost: isRoot ? SYSTEM_HOST : undefined,
        only: values.only.split(',').filter((each) => each !== ''),
      }),
    );
  }
  if (values.faults || !named) {
    print(await compareFaults(bench, { resolver, count: Number(values['fault-names']), massdns }));
  }
  if (values.lists || !named) print(await compareLists(bench, { hosts: HOSTS, count: zone }));
  if (values.scale) {
    print(await compareScale(bench, { resolver, largest: Number(values.largest) }));
  }
  print(`Load after: ${load()}.\n`);
  await knot[Symbol.asyncDispose]();
}

/** @param {string} text */
function print(text) {
  process.stdout.write(text);
}
