/** Kind: wildcards told as names of their own. Random names beneath a wildcard, about which resolvers contradict each other. */

import { beforeEach, describe, expect, it } from 'vitest';
import { TYPE } from '../../src/dns/types.js';
import { openProber } from '../../src/probe/prober.js';
import { SiblingDraw } from '../../src/probe/sibling-draw.js';
import { LoneFinders, SiblingDeniers, SiblingOpinions } from '../../src/probe/sibling-opinions.js';
import {
  found as answered,
  denied,
  nodata as empty,
  probe,
  type SimulatedResolver,
} from '../resolver/simulated-resolvers.js';
import { isFull } from '../support/full.js';
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

describe('where most deny siblings, which their own answers belie', () => {
  type Says = SimulatedResolver['says'];
  /** What the wildcards answer. */
  const fixed: Says = ({ name, type }) =>
    type === TYPE.A ? answered(name, 'A', '192.0.2.1') : empty;
  const rotating: Says = ({ name, type, chance }) =>
    type === TYPE.A ? answered(name, 'A', `192.0.2.${1 + Math.floor(8 * chance())}`) : empty;
  const knowing =
    (wildcard: Says): Says =>
    (asked) => {
      const { name, type } = asked;
      if (type === TYPE.NS && !name.includes('.')) return answered(name, 'NS', 'ns.example');
      if (/\.w(\d+\.example)?$/.test(name)) return wildcard(asked);
      if (!/^www\.p\d+\.example$/.test(name)) return denied;
      return type === TYPE.A ? answered(name, 'A', '192.0.2.9') : empty;
    };
  const isSibling = ({ name }: { name: string }) => /^[0-9a-f]{16}\./.test(name);
  const many: Record<string, string[]> = {
    ...lists,
    'one name below each of 200': Array.from({ length: 200 }, (_, i) => `www.w${i}.example`),
    'names below 200, of which some have one': Array.from(
      { length: 200 },
      (_, i) => `www.${i % 4 === 0 ? 'w' : 'p'}${i}.example`,
    ),
    'names right below a top-level domain': Array.from({ length: 200 }, (_, i) => `n${i}.w`),
  };
  /** @returns of each name the mark, or the status of one that has none */
  function marked(names: readonly string[], wildcard: Says, all: readonly (Says | 'right')[]) {
    const right = knowing(wildcard);
    return (isFull ? [1, 3, 4, 8] : [3, 8]).flatMap((seed) => {
      const kinds = all.map((_, i) => all[(i + seed) % all.length] as Says | 'right');
      const resolvers = kinds.map((says, i): SimulatedResolver => {
        const toSiblings = says === 'right' ? right : says;
        return {
          says: (asked) => (isSibling(asked) ? toSiblings : right)(asked),
          roundTrip: 5 + ((7 * i + 3 * seed) % 20),
        };
      });
      const { verdicts, notices } = probe({ resolvers, names, seed });
      const honest = kinds.flatMap((says, i) => (says === 'right' ? [`r${i}`] : []));
      expect(notices.filter(({ resolver = '' }) => honest.includes(resolver))).toEqual([]);
      return names.map((name) => {
        const verdict = verdicts.get(name) as { status: string; wildcard?: unknown };
        return { name, mark: String(verdict.wildcard ?? verdict.status) };
      });
    });
  }
  const gone: Says = () => denied;
  const noAddress: Says = () => empty;
  const mixtures: Record<string, readonly (Says | 'right')[]> = {
    'one of two': [gone, 'right'],
    'one of three': ['right', gone, 'right'],
    'two of three': [gone, gone, 'right'],
    'three of four': [gone, gone, 'right', gone],
    'one of two, with NODATA': [noAddress, 'right'],
    'two of three, with NODATA': [noAddress, noAddress, 'right'],
    'three of four, with NODATA': [noAddress, noAddress, 'right', noAddress],
    'two of three, one with NODATA': [gone, noAddress, 'right'],
  };
  const table = Object.entries(mixtures).flatMap(([mixture, all]) =>
    Object.entries(many).map(([list, names]) => [mixture, list, all, names] as const),
  );

  it.each(table)('%s, names are marked as they are: %s', (_mixture, _list, all, names) => {
    const wrong = marked(names, fixed, all).filter(
      ({ name, mark }) => mark !== (name.includes('.w') ? 'true' : 'found'),
    );
    expect(wrong).toEqual([]);
  });

  it.each(table)('%s, no wildcard that rotates is a name: %s', (_mixture, _list, all, names) => {
    const wrong = marked(names, rotating, all).filter(
      ({ name, mark }) => name.includes('.w') && mark === 'found',
    );
    // Four siblings alike are taken for a wildcard that does not rotate, which is chance now and then.
    expect(wrong.length).toBeLessThanOrEqual(isFull ? 2 : 1);
  });

  const long = Array.from({ length: 400 }, (_, i) => `www.p${i}.example`);

  it('wildcards that only give AAAA are looked for anew', () => {
    const v6: Says = ({ name, type }) =>
      type === TYPE.AAAA ? answered(name, 'AAAA', '2001:db8::1') : empty;
    const wild = Array.from({ length: 100 }, (_, i) => `www.w${i}.example`);
    const results = marked([...long, ...wild], v6, [gone, gone, 'right']);
    const wrong = results.filter(({ name, mark }) => name.includes('.w') && mark === 'found');
    expect(wrong).toEqual([]);
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

describe('how many resolvers are asked for a sibling that one has denied', () => {
  const most = 4;
  const drawn = (draw: SiblingDraw, resolver = 'a') => draw.opinions(resolver, most);
  /** Comparisons that the resolver begins, and those with it take part in. */
  function compare(draw: SiblingDraw, times: number, resolvers = ['a', 'b']) {
    for (let i = 0; i < times; i++) {
      draw.noteBegin();
      draw.noteEnd(resolvers);
    }
  }

  it('are as many as may be at first, then one more, then one more under one parent in eight', () => {
    const draw = new SiblingDraw();
    expect(drawn(draw)).toBe(most);
    compare(draw, 11);
    expect(drawn(draw)).toBe(most);
    compare(draw, 1);
    expect(drawn(draw)).toBe(2);
    // It took part in all of them, but none of its own denials was compared.
    expect(drawn(draw, 'b')).toBe(most);
    compare(draw, 12);
    const later = Array.from({ length: 800 }, () => drawn(draw));
    expect(later.filter((each) => each === 2).length).toBeGreaterThan(80);
    expect(later.filter((each) => each === 2).length).toBeLessThan(120);
    draw.noteContradiction();
    expect(drawn(draw)).toBe(most);
  });

  it('are to be seen while many comparisons are under way', () => {
    const draw = new SiblingDraw();
    const told: string[] = [];
    for (let i = 0; i < 12; i++) draw.noteBegin();
    expect(drawn(draw)).toBeUndefined();
    for (const each of ['a', 'b']) draw.wait(each, () => told.push(each));
    for (let i = 0; i < 11; i++) draw.noteEnd(['c']);
    expect(told).toEqual([]);
    draw.noteEnd(['c']);
    expect(told).toEqual(['a', 'b']);
    draw.noteBegin();
    draw.wait('a', () => told.push('once contradicted'));
    draw.noteContradiction();
    expect(told).toHaveLength(3);
  });

  it('are few in the end, of however many resolvers', () => {
    const draw = new SiblingDraw();
    for (let i = 0; i < 384; i++) compare(draw, 1, [`r${i}`, `s${i}`]);
    const later = Array.from({ length: 80 }, (_, i) => drawn(draw, `t${i}`));
    expect(later).toContain(1);
    expect(later).not.toContain(most);
  });

  it('are not waited for once so many have begun, though some are always under way', () => {
    const draw = new SiblingDraw();
    const told: string[] = [];
    for (let i = 0; i < 383; i++) draw.noteBegin();
    draw.wait('a', () => told.push('a'));
    draw.noteEnd(['b', 'c']);
    expect(told).toEqual([]);
    draw.noteBegin();
    draw.noteEnd(['b', 'c']);
    expect(told).toEqual(['a']);
  });
});

it('what one finds that most deny looks made up once it was the same three times, and nothing else', () => {
  const lone = new LoneFinders();
  const notes = [[1], [1], [1], [1], [2], [2], [1], [1], [1]].map((data) => lone.note('a', data));
  expect(notes).toEqual([false, false, true, true, false, false, false, false, false]);
  expect(lone.note('b', [1])).toBe(false);
});
