/** Kind: wildcards told as names of their own. Random names beneath a wildcard, about which resolvers contradict each other. */

import { beforeEach, describe, expect, it } from 'vitest';
import { TYPE } from '../../src/dns/types.js';
import { openProber } from '../../src/probe/prober.js';
import { SiblingDeniers, SiblingDraw, SiblingOpinions } from '../../src/probe/sibling-opinions.js';
import {
  found as answered,
  denied,
  probe,
  type SimulatedResolver,
} from '../resolver/simulated-resolvers.js';
import { a, type Behaviour, nodata, nxdomain, scriptedDns } from '../support/scripted-dns.js';

/** Below `w…` every name has the address of the wildcard, below `p…` only `www` has one of its own. */
const right: Behaviour = (asked) => {
  const { name, type } = asked;
  if (type === 'NS' && !name.includes('.')) {
    asked.reply({ answers: [{ name, type: 'NS', ttl: 60, data: 'ns.example' }] });
  } else if (type === 'A' && /\.w\d+\.example$/.test(name)) {
    asked.reply({ answers: [a(name)] });
  } else if (type === 'A' && /^www\.p\d+\.example$/.test(name)) {
    asked.reply({ answers: [a(name, '192.0.2.9')] });
  } else {
    nxdomain(asked);
  }
};
/** What beside the list is asked below a parent: siblings. */
const toSiblings =
  (behave: Behaviour): Behaviour =>
  (asked) =>
    (/^[0-9a-f]{16}\./.test(asked.name) ? behave : right)(asked);
const everySecond = (behave: Behaviour): Behaviour => {
  let asked = 0;
  return (each) => (asked++ % 2 === 0 ? behave : right)(each);
};

const lists: Record<string, string[]> = {
  'many names below one': Array.from({ length: 60 }, (_, i) => `n${i}.w0.example`),
  'one name below each of many': Array.from({ length: 60 }, (_, i) => `www.w${i}.example`),
  'names below many, of which some have one': Array.from(
    { length: 60 },
    (_, i) => `www.${i % 4 === 0 ? 'w' : 'p'}${i}.example`,
  ),
};

async function marks(behaviours: readonly Behaviour[], list: readonly string[]) {
  const servers = await Promise.all(behaviours.map((behave) => scriptedDns(behave)));
  const marked = new Map<string, string>();
  const prober = openProber({ resolvers: servers.map(({ resolver }) => resolver) });
  for await (const result of prober.results(list)) {
    marked.set(result.name, 'wildcard' in result ? String(result.wildcard) : result.status);
  }
  await prober.close();
  for (const server of servers) await server[Symbol.asyncDispose]();
  return marked;
}

describe('a wildcard is never told as a name of its own where one resolver', () => {
  const rows: [string, Behaviour][] = [
    ['denies siblings', toSiblings(nxdomain)],
    ['denies every second sibling', toSiblings(everySecond(nxdomain))],
    ['says that siblings have no address', toSiblings(nodata)],
  ];

  describe.each(rows)('%s', (_, denying) => {
    it.each(
      Object.entries(lists).flatMap(([title, list]) => [
        [title, 'one other', [denying, right], list] as const,
        [title, 'two others', [right, denying, right], list] as const,
      ]),
    )('%s, beside %s', async (_title, _others, behaviours, list) => {
      const marked = await marks(behaviours, list);
      const wrong = list.filter((name) => name.includes('.w') && marked.get(name) === 'found');
      expect(wrong).toEqual([]);
      const owns = list.filter((name) => name.includes('.p'));
      expect(owns.filter((name) => marked.get(name) === 'true')).toEqual([]);
    });
  });

  it('makes up others than the wildcard has', async () => {
    const inventing = toSiblings((asked) =>
      asked.reply({ answers: [a(asked.name, '198.51.100.1')] }),
    );
    for (const list of Object.values(lists).slice(0, 2)) {
      const marked = await marks([inventing, right, right], list);
      expect(list.filter((name) => marked.get(name) !== 'true')).toEqual([]);
    }
  });
});

describe('where two of three deny siblings, which their own answers belie', () => {
  const records = (name: string, address: string) => answered(name, 'A', address);
  const knows: SimulatedResolver['says'] = ({ name, type }) => {
    if (type === TYPE.NS && !name.includes('.')) return answered(name, 'NS', 'ns.example');
    if (type === TYPE.A && /\.w\d+\.example$/.test(name)) return records(name, '192.0.2.1');
    if (type === TYPE.A && /^www\.p\d+\.example$/.test(name)) return records(name, '192.0.2.9');
    return denied;
  };
  const denying: SimulatedResolver['says'] = (asked) =>
    /^[0-9a-f]{16}\./.test(asked.name) ? denied : knows(asked);
  const long = Object.entries(lists).map(([title, list]) => [title, list] as const);

  it.each(long)('wildcards are told, and the third is believed: %s', (_, names) => {
    for (const seed of [1, 2, 3]) {
      const resolvers = [denying, denying, knows].map((says, i) => ({
        says,
        roundTrip: 5 + ((7 * i + 3 * seed) % 20),
      }));
      const { verdicts, notices } = probe({ resolvers, names, seed });
      const isMarked = (name: string) => 'wildcard' in (verdicts.get(name) as object);
      expect(names.filter((name) => isMarked(name) !== name.includes('.w'))).toEqual([]);
      expect(notices).toEqual([]);
    }
  });
});

describe('opinions about siblings', () => {
  let liar = '';
  let changes = 0;
  let deniers = new SiblingDeniers();
  beforeEach(() => {
    liar = 'liar';
    deniers = new SiblingDeniers();
  });
  const found = (resolver: string, type = 1) => ({ resolver, type, isFound: true });
  const gone = (resolver: string) => ({ resolver, type: undefined, isFound: false });
  const of = (...all: (ReturnType<typeof found> | ReturnType<typeof gone>)[]) => {
    const beliefs = { isBelieved: (resolver: string) => resolver !== liar, changes: () => changes };
    const opinions = new SiblingOpinions(beliefs, deniers);
    for (const each of all) opinions.add(each);
    return opinions;
  };

  it('contradict each other where one finds and another denies, of the same type and believed', () => {
    expect(of(found('a'), gone('b')).about(1).isContradicted).toBe(true);
    expect(of(found('a'), found('b')).about(1).isContradicted).toBe(false);
    expect(of(found('a'), gone('liar')).about(1).isContradicted).toBe(false);
    expect(of(found('a', 15), gone('b')).about(1).isContradicted).toBe(false);
  });

  it('count once for each resolver', () => {
    expect(of(gone('a'), gone('a'), found('b')).about(1).opinions).toHaveLength(2);
  });

  it('do not count of one that was refuted twice, if it denies', () => {
    const opinions = of(gone('a'), found('b'));
    deniers.noteRefuted(['a', 'b']);
    expect(opinions.about(1).isContradicted).toBe(true);
    deniers.noteRefuted(['a', 'b']);
    expect(opinions.about(1)).toMatchObject({ denying: [], isContradicted: false });
    expect(opinions.about(1).opinions).toMatchObject([{ resolver: 'b' }]);
  });

  it('are looked at anew once one of them is not believed any more', () => {
    const opinions = of(found('a'), gone('b'));
    expect(opinions.about(1)).toBe(opinions.about(1));
    liar = 'b';
    changes++;
    expect(opinions.about(1).isContradicted).toBe(false);
    opinions.add(gone('c'));
    expect(opinions.about(1).isContradicted).toBe(true);
  });
});

it('of the parents that have no sibling the first are compared until 48 are back, then one in sixteen', () => {
  const draw = new SiblingDraw();
  const drawn = (count: number) =>
    Array.from({ length: count }, () => draw.next()).filter(Boolean).length;
  expect(drawn(100)).toBe(100);
  for (let i = 0; i < 48; i++) draw.noteReturn();
  expect(drawn(160)).toBe(10);
  draw.noteContradiction();
  expect(drawn(100)).toBe(100);
});
