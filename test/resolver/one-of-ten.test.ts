/**
 * Kind: a verdict that is wrong or `unknown` though a good resolver is in the list. Lists of ten of which one is good and nine have
 * the same fault, in virtual time: 2,000 names are enough that each of them has its windows full. `checked-ask` has
 * such lists on real sockets.
 */

import { describe, expect, it } from 'vitest';
import { bareReply, RCODE } from '../../src/dns/message.js';
import { isFull } from '../support/full.js';
import {
  type Arrived,
  denied,
  found,
  nodata,
  probe,
  type SimulatedResolver,
  truth,
} from './simulated-resolvers.js';

const exists = (name: string) => /^n\d*[02468]\.example$/.test(name);
const isListed = ({ name }: Arrived) => /^n\d+\.example$/.test(name);
const right = truth(exists);

type Says = SimulatedResolver['says'];
const silent: Says = () => undefined;
const rcode =
  (code: number): Says =>
  () => ({ ...bareReply(code), isRecursive: true });
const lame: Says = () => bareReply(RCODE.NOERROR);
const madeUp = (name: string, number = 1) => found(name, 'A', `198.51.100.${number}`);
const truncated: Says = () => ({ ...bareReply(RCODE.NOERROR), isTruncated: true });
const malformed: Says = () => ({ failed: 'malformed' });
const otherNames: Says = () => ({ ...bareReply(RCODE.NOERROR), isUnrelated: true });
/** It does so once in so often, and else what is right. */
const often =
  (share: number, says: Says): Says =>
  (asked) =>
    (asked.chance() < share ? says : right)(asked);
/** Only where it is asked for names of the list: checks of its health and of its honesty are answered well. */
const listed =
  (says: Says): Says =>
  (asked) =>
    (isListed(asked) ? says : right)(asked);
const slow = (ms: number): Omit<SimulatedResolver, 'roundTrip'> => ({
  says: right,
  takes: () => ms,
});

const kinds: Record<string, Record<string, Says | Omit<SimulatedResolver, 'roundTrip'>>> = {
  refuses: {
    everything: rcode(RCODE.REFUSED),
    'every second time': often(1 / 2, rcode(RCODE.REFUSED)),
  },
  fails: {
    always: rcode(RCODE.SERVFAIL),
    'every second time': often(1 / 2, rcode(RCODE.SERVFAIL)),
    'four times of five': often(4 / 5, rcode(RCODE.SERVFAIL)),
    'for names of the list': listed(rcode(RCODE.SERVFAIL)),
  },
  'is lame': { always: lame, 'every second time': often(1 / 2, lame) },
  hijacks: {
    everything: ({ name }) => madeUp(name),
    'with other addresses': ({ name, chance }) => madeUp(name, Math.floor(250 * chance())),
    'what does not exist': (asked) => (exists(asked.name) ? right(asked) : madeUp(asked.name)),
  },
  denies: { 'every name': () => denied, 'every record': () => nodata },
  'is silent': {
    always: silent,
    'every second time': often(1 / 2, silent),
    'about names of the list': listed(silent),
  },
  'is slow': { '400 ms': slow(400), '1500 ms': slow(1500), '5 s': slow(5000) },
  truncates: { everything: truncated, 'every second time': often(1 / 2, truncated) },
  mangles: {
    everything: malformed,
    'every second time': often(1 / 2, malformed),
    'and leaves nothing but the question every second time': often(1 / 2, rcode(RCODE.NOERROR)),
    'and leaves nothing but the question four times of five': often(4 / 5, rcode(RCODE.NOERROR)),
  },
  'answers for other names': {
    always: otherNames,
    'every second time': often(1 / 2, otherNames),
    'about names of the list': listed(otherNames),
  },
};

/** The second shows the most of what was mended. */
const seeds = isFull ? Array.from({ length: 10 }, (_, i) => i + 1) : [2];
const names = Array.from({ length: 2000 }, (_, i) => `n${i}.example`);

interface List {
  readonly bad: Says | Omit<SimulatedResolver, 'roundTrip'>;
  readonly seed: number;
  readonly names?: readonly string[];
  /** The place of the good one in the list, and its distance. */
  readonly at?: number;
  readonly roundTrip?: number;
}

/** Names whose verdict is not right. */
function faults({ bad, seed, names: list = names, at = 4, roundTrip = 1 }: List): string[] {
  const nine: SimulatedResolver[] = Array.from({ length: 9 }, () => ({
    ...(typeof bad === 'function' ? { says: bad } : bad),
    roundTrip: 1,
  }));
  const resolvers = [...nine.slice(0, at), { says: right, roundTrip }, ...nine.slice(at)];
  const { verdicts } = probe({ resolvers, names: list, seed });
  const verdict = (name: string) => verdicts.get(name)?.status;
  const wrong = list.filter((name) => verdict(name) !== (exists(name) ? 'found' : 'missing'));
  return wrong.map((name) => `${name} ${verdict(name)}`);
}

describe.each(Object.entries(kinds))('beside nine of which each %s', (_, variations) => {
  it.each(Object.entries(variations))('%s', (_title, bad) => {
    expect(seeds.flatMap((seed) => faults({ bad, seed }))).toEqual([]);
  });
});

it('what may be no denial is none against what another has found, though no third is left to ask', () => {
  // All but two are not believed any more when most names are asked.
  expect(faults({ bad: often(4 / 5, rcode(RCODE.NOERROR)), seed: 8 })).toEqual([]);
});

describe.each([
  { what: 'a far one, the first of the list', at: 0, roundTrip: 150, count: 2000 },
  { what: 'a far one, the last of the list', at: 9, roundTrip: 150, count: 2000 },
  { what: 'the first, of 200 names', at: 0, count: 200 },
  { what: 'the last, of 20 names', at: 9, count: 20 },
  { what: 'the last, of two names', at: 9, count: 2 },
])('the good one is $what', ({ count, ...list }) => {
  it.each(Object.keys(kinds))('beside nine of which each %s', (kind) => {
    const variations = Object.entries(kinds[kind] ?? {});
    const some = isFull ? variations : variations.slice(0, 2);
    const wrong = some.flatMap(([title, bad]) => {
      const each = seeds.flatMap((seed) =>
        faults({ ...list, bad, seed, names: names.slice(0, count) }),
      );
      return each.map((fault) => `${title}: ${fault}`);
    });
    expect(wrong).toEqual([]);
  });
});
