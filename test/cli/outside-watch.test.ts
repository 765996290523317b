import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { decodeSnapshot, type Snapshot } from '../../src/journal/snapshot.js';
import { isFull } from '../support/full.js';
import { runInProcess } from '../support/in-process.js';
import {
  type Behaviour,
  delegation,
  found,
  nodata,
  nxdomain,
  scriptedDns,
} from '../support/scripted-dns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/flagprobe.cjs', import.meta.url));
/** In one order they take a run of more than five seconds at {@link RATE}, after which resolvers are looked at. */
const names = Array.from({ length: 480 }, (_, i) => `n${i}.example.com`);
const RATE = ['--rate', '80'];
const numberOf = (name: string) => Number(/^n(\d+)\./.exec(name)?.[1]);

const existing = (name: string) => /^n\d*[02468]\.example\.com$/.test(name);
const inside: Behaviour = (asked) => (existing(asked.name) ? found : nxdomain)(asked);
const honest: Behaviour = (asked) => (asked.name === 'com' ? delegation : inside)(asked);
/** As a captive portal has it: an address for every name. */
const portal: Behaviour = (asked) => (asked.type === 'A' ? found : nodata)(asked);

/** Behaves in one way until a name behind this place is asked for, and then in the other. */
function changing(place: number, before: Behaviour, after: Behaviour): Behaviour {
  let isAfter = false;
  return (asked) => {
    isAfter ||= numberOf(asked.name) >= place;
    return (isAfter ? after : before)(asked);
  };
}

/** Behaves in these ways in turn, each until it has been looked at. */
function changingOnceSeen(...behaviours: readonly Behaviour[]): Behaviour {
  let questions = 0;
  return (asked) => {
    // A look is two questions.
    const turn = Math.floor(questions / 2);
    if (asked.name === 'com' || asked.name.endsWith('.invalid')) questions++;
    return behaviours[Math.min(turn, behaviours.length - 1)]?.(asked);
  };
}

async function ended(behaviour: Behaviour, ...args: readonly string[]) {
  await using server = await scriptedDns(behaviour);
  const run = ['probe', '-q', '-f', 'tsv', '-r', server.resolver, '--transport', 'udp'];
  const { code, stderr } = await runInProcess([...run, ...RATE, ...args]);
  const outside = server.asked.filter(({ name }) => name === 'com' || name.endsWith('.invalid'));
  return { code, lines: stderr.split('\n').filter(Boolean), questions: outside.length };
}

const DENIED = / denied `com` too for a part of the run, so what was missing then may exist; /;
const MADE_UP = / made up names that cannot exist for a part of the run, so what was found then /;

describe('a single resolver that changes while it is asked', () => {
  it.concurrent.each<[string, Behaviour, RegExp]>([
    ['begins to deny everything', changingOnceSeen(honest, nxdomain), DENIED],
    ['ceases to deny everything', changingOnceSeen(nxdomain, honest), DENIED],
    ['begins to make up names', changingOnceSeen(honest, portal), MADE_UP],
    ['ceases to make up names', changingOnceSeen(portal, honest), MADE_UP],
  ])('and %s is told of, with exit code 1', async (_, behaviour, line) => {
    const { code, lines } = await ended(behaviour, ...names);
    expect([code, lines]).toEqual([1, [expect.stringMatching(line)]]);
  });

  it.concurrent('and is itself again at the end is told of when it is noticed', async () => {
    const list = Array.from({ length: 800 }, (_, i) => `n${i}.example.com`);
    await using server = await scriptedDns(changingOnceSeen(honest, nxdomain, honest));
    const run = ['probe', '-f', 'tsv', '-r', server.resolver, '--transport', 'udp'];
    const { code, stderr } = await runInProcess([...run, ...RATE, ...list]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`denies \`com\`, which it knew before\n(?:.*\n)*.*${DENIED.source}`),
    );
  });
});

describe('nothing is told of a resolver that', () => {
  it.concurrent.each<[string, Behaviour]>([
    ['is as it was', honest],
    ['knows the names of its own network only', inside],
    ['does not answer about the outside', (asked) => existing(asked.name) && inside(asked)],
  ])('%s', async (_, behaviour) => {
    const known = Array.from({ length: 480 }, (_, i) => `n${2 * i}.example.com`);
    const { lines, code } = await ended(behaviour, ...known, '--wildcards', 'off');
    expect([code, lines]).toEqual([0, []]);
  });

  it.concurrent.each<[string, readonly string[]]>([
    ['is asked for less than five seconds', names.slice(0, 160)],
    ['is not to be checked', [...names, '--check-resolvers', 'off']],
  ])('%s, which is asked about the list only', async (_, args) => {
    const { questions } = await ended(honest, ...args);
    expect(questions).toBe(0);
  });
});

/** They take so long that a run can be killed meanwhile. */
const many = Array.from({ length: 800 }, (_, i) => `n${i}.example.com`);

/** Whether the journal of an output says this. */
function isSaved(path: string, isWanted: (snapshot: Snapshot) => boolean): boolean {
  try {
    const snapshot = decodeSnapshot(readFileSync(`${path}.resume`, 'utf8'));
    return typeof snapshot === 'object' && isWanted(snapshot);
  } catch {
    return false;
  }
}

/** Kills a run as soon as its journal says this. */
async function killOnce(isWanted: () => boolean, run: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [bin, ...run], { stdio: 'ignore' });
  const closed = once(child, 'exit');
  await vi.waitUntil(isWanted, { interval: 20, timeout: 100_000 });
  child.kill('SIGKILL');
  await closed;
}

const told: readonly [string, Behaviour, RegExp][] = [
  ['denied everything', nxdomain, DENIED],
  ['made up names', portal, MADE_UP],
];

it.concurrent.each(isFull ? told : told.slice(0, 1))(
  'what a killed run has seen is told by the one that goes on: %s',
  async (_, wrong, line) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'results.tsv');
    let behave: Behaviour = wrong;
    await using server = await scriptedDns((asked) => behave(asked));
    const args = ['-f', 'tsv', '-r', server.resolver, '--transport', 'udp', '-o', path, '--resume'];
    const run = ['probe', '-q', ...args, ...many];
    const hasSeen = () => isSaved(path, ({ proved }) => (proved?.output.bytes ?? 0) > 0);
    await killOnce(hasSeen, [...run, '--rate', '40']);
    behave = honest;
    for (const part of ['the rest', 'nothing is left']) {
      const { code, stderr } = await runInProcess(run);
      expect([part, code, stderr]).toEqual([part, 1, expect.stringMatching(line)]);
    }
  },
);

const lies: readonly [string, Behaviour, number][] = [
  ['from its start, of two resolvers', portal, 0],
  ['later', changing(100, honest, portal), 100],
  ['from its start', portal, 0],
  ['later, denying everything', changing(100, honest, nxdomain), 100],
];

it.concurrent.each(isFull ? lies : lies.slice(0, 2))(
  'what was answered by resolvers that lied %s, until the run was killed, is asked again',
  async (title, wrong, place) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'results.tsv');
    let behave: Behaviour = wrong;
    await using one = await scriptedDns((asked) => behave(asked));
    await using other = await scriptedDns((asked) => behave(asked));
    const resolvers = title.includes('two') ? [one.resolver, other.resolver] : [one.resolver];
    const args = [
      '-f',
      'tsv',
      '-r',
      resolvers.join(),
      '-o',
      path,
      '--resume',
      '--transport',
      'udp',
    ];
    const run = ['probe', '-q', ...args, ...many];
    const hasLied = () =>
      isSaved(path, ({ tally, outside }) => {
        const answered = (tally.found ?? 0) + (tally.missing ?? 0);
        return answered > place && (place > 0 || outside !== undefined);
      });
    await killOnce(hasLied, [...run, '--rate', '40']);
    behave = honest;
    const { code } = await runInProcess(run);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').sort();
    const truth = many.map((name) => `${name}\t${existing(name) ? 'found' : 'missing'}`).sort();
    // Either all is true, or the run says that it is not to be relied on.
    expect([code, code === 0 ? lines : truth, lines.length]).toEqual([
      expect.any(Number),
      truth,
      many.length,
    ]);
    if (place > 0) expect(code).toBe(0);
  },
);
