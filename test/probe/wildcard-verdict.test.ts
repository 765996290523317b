import { describe, expect, it } from 'vitest';
import type { DnsRecord } from '../../src/core/model.js';
import { RCODE } from '../../src/dns/message.js';
import type { Finding } from '../../src/probe/type-lookup.js';
import { WildcardSiblings } from '../../src/probe/wildcard-siblings.js';
import { digestsOf, WildcardEvidence } from '../../src/probe/wildcard-verdict.js';
import { HeldAnswers } from '../../src/resolver/held-answers.js';
import type { Ask } from '../../src/resolver/query.js';
import { uncheckedAsk } from '../../src/resolver/unchecked-ask.js';

type Data = readonly number[];

interface Row {
  /** What siblings lead to; undefined has no such record. */
  readonly siblings: readonly (Data | undefined)[];
  /** What names of the list lead to, the one in question last. */
  readonly names: readonly Data[];
  readonly isLast?: boolean;
  readonly expected: boolean | 'unchecked' | undefined;
}

const once = (...data: number[]) => data.map((each) => [each]);
const rows: Record<string, Row> = {
  'no sibling asked': { siblings: [], names: once(1), isLast: false, expected: undefined },
  'no sibling found out': { siblings: [], names: once(1), expected: 'unchecked' },
  'no such sibling': { siblings: [undefined], names: once(1), isLast: false, expected: false },
  'the same as its sibling': { siblings: once(1), names: once(1), isLast: false, expected: true },
  'one of two that the sibling has': {
    siblings: [[1, 2]],
    names: once(1),
    isLast: false,
    expected: undefined,
  },
  'another than its sibling': {
    siblings: once(1),
    names: once(2),
    isLast: false,
    expected: undefined,
  },
  'another than four that are the same': {
    siblings: once(1, 1, 1, 1),
    names: once(2),
    expected: false,
  },
  'part of four that are the same': {
    siblings: [
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ],
    names: once(1),
    expected: false,
  },
  'the fourth of four that differ': { siblings: once(1, 2, 3, 4), names: once(4), expected: true },
  'what two siblings have between them': {
    siblings: [[1], [2], [1], [2]],
    names: [[1, 2]],
    expected: true,
  },
  'what other names have, where siblings differ': {
    siblings: once(1, 2, 3, 4),
    names: once(5, 6, 7, 5),
    expected: true,
  },
  'the only one of its kind, where all is': {
    siblings: once(1, 2, 3, 4),
    names: once(9),
    expected: true,
  },
  'the only one of its kind, where two answers take turns, and a third may': {
    siblings: once(1, 2, 1, 2),
    names: once(9),
    expected: 'unchecked',
  },
  'another than three that are the same, one unknown': {
    siblings: once(1, 1, 1),
    names: once(2),
    expected: 'unchecked',
  },
  'the only one of its kind, where eight take turns and most were seen': {
    siblings: once(1, 2, 3, 4),
    names: once(5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    expected: false,
  },
  'another than one, three unknown': { siblings: once(1), names: once(2), expected: 'unchecked' },
};

describe('WildcardEvidence', () => {
  it.each(Object.entries(rows))('%s', (_, { siblings, names, isLast = true, expected }) => {
    const absent = siblings.flatMap((data) => (data ? [] : ['r']));
    const evidence = new WildcardEvidence(absent);
    for (const data of siblings) if (data) evidence.addSibling({ group: 'r', data });
    for (const data of names) evidence.addName(data);
    expect(evidence.judge('r', names.at(-1) as Data, isLast)).toBe(expected);
  });

  it('believes a sibling of the same resolver before those of others', () => {
    const evidence = new WildcardEvidence(['honest']);
    evidence.addSibling({ group: 'rewriting', data: [7] });
    expect(evidence.judge('honest', [7], false)).toBe(false);
    expect(evidence.judge('rewriting', [7], false)).toBe(true);
    expect(evidence.judge('third', [7], false)).toBeUndefined();
    expect(evidence.judge('third', [7], true)).toBe(true);
    expect(evidence.judge('third', [8], true)).toBe('unchecked');
  });

  it('holds a bounded number of digests', () => {
    const evidence = new WildcardEvidence([]);
    for (let i = 0; i < 10_000; i++) evidence.addName([i]);
    expect(evidence.size).toBeLessThan(100);
  });
});

const record = (name: string, type: string, data: string): DnsRecord => ({
  name,
  type,
  ttl: 1,
  data,
});

describe('digestsOf', () => {
  it('is the alias, without the label that it has from the name', () => {
    const of = (name: string, data: string) => digestsOf(name, [record(name, 'CNAME', data)]);
    expect(of('a.w.test', 'a.cdn.test.')).toEqual(of('b.w.test', 'B.cdn.test.'));
    expect(of('a.w.test', 'cdn.test.')).toEqual(of('b.w.test', 'cdn.test.'));
    expect(of('a.w.test', 'a.cdn.test.')).not.toEqual(of('b.w.test', 'other.test.'));
  });

  it('is the set of data in any order, and one digest where there are many', () => {
    const of = (...data: string[]) =>
      digestsOf(
        'a.test',
        data.map((each) => record('a.test', 'A', each)),
      );
    expect(of('1', '2')).toEqual(of('2', '1', '1'));
    expect(of(...Array.from({ length: 4000 }, (_, i) => String(i)))).toHaveLength(1);
  });
});

describe('WildcardSiblings', () => {
  const finding: Finding = {
    outcome: 'found',
    records: [record('www.zone.test', 'A', '192.0.2.1')],
    rcode: 'NOERROR',
    resolver: 'r1',
    transport: 'udp',
  };

  it('asks for the sibling where the name was found: others may not make names up', () => {
    const askedAt: unknown[] = [];
    const ask: Ask = (_name, _type, _listener, how) => askedAt.push(how?.resolver);
    const wildcards = new WildcardSiblings({ ...uncheckedAsk(ask), held: new HeldAnswers() });
    wildcards.judge('www.zone.test', finding, () => {});
    expect(askedAt).toEqual(['r1']);
  });

  it('asks for no sibling where the name was found by one that is not believed any more', () => {
    const told: unknown[] = [];
    const ask: Ask = (name) => told.push(name);
    const believed = { ...uncheckedAsk(ask), isBelieved: (resolver: string) => resolver !== 'r1' };
    const wildcards = new WildcardSiblings({ ...believed, held: new HeldAnswers() });
    wildcards.judge('www.zone.test', finding, (verdict) => told.push(verdict));
    expect(told).toEqual(['disbelieved']);
  });

  it.each([
    ['is told as unchecked at the end of a run', [], ['unchecked']],
    ['is not, where it was found by one that is not believed any more', ['r1'], []],
  ])('what waits for a sibling %s', (_, disbelieved: readonly string[], expected) => {
    let isEnding = false;
    const held = new HeldAnswers();
    const wildcards = new WildcardSiblings({
      ...uncheckedAsk(() => {}),
      isBelieved: (resolver) => !isEnding || !disbelieved.includes(resolver),
      held,
    });
    const told: unknown[] = [];
    wildcards.judge('www.zone.test', finding, (verdict) => told.push(verdict));
    isEnding = true;
    wildcards.conclude();
    wildcards.conclude();
    expect([told, held.bytes]).toEqual([expected, 0]);
  });

  it('remembers parents within a bound of bytes, and asks again about those it has forgotten', () => {
    let asked = 0;
    const ask: Ask = (_name, _type, listener) => {
      asked++;
      const reply = { rcode: RCODE.NXDOMAIN, records: [], chain: 0, extendedErrors: [] };
      listener.onAnswer({ reply, resolver: 'r', transport: 'udp' } as never);
    };
    const wildcards = new WildcardSiblings({ ...uncheckedAsk(ask), held: new HeldAnswers() });
    const judge = (parent: string) => {
      const name = `www.${parent}`;
      const finding = { outcome: 'found', records: [record(name, 'A', '192.0.2.1')] } as const;
      const evidence = { rcode: 'NOERROR', resolver: 'r', transport: 'udp' };
      wildcards.judge(name, { ...finding, ...evidence }, () => {});
    };
    judge('first.test');
    judge('first.test');
    expect(asked).toBe(1);
    const long = `${'x'.repeat(60)}.`.repeat(3);
    for (let i = 0; i < 18_000; i++) judge(`p${i}.${long}test`);
    judge('first.test');
    expect(asked).toBe(18_002);
  });
});

describe('beside a resolver that denies siblings, which finds all names', () => {
  function siblings() {
    let askedAt: string[] = [];
    const of = (resolver: string) => ({ resolver, transport: 'udp' });
    const none = { rcode: RCODE.NXDOMAIN, records: [], chain: 0, extendedErrors: [] };
    const reply = (name: string, resolver: string) =>
      resolver === 'denier' || name.endsWith('.p')
        ? none
        : { ...none, rcode: RCODE.NOERROR, records: [record(name, 'A', '192.0.2.1')] };
    const open: (() => void)[] = [];
    const ask: Ask = (name, _type, listener, how) => {
      const resolver = how?.resolver ?? (how?.not?.includes('denier') ? 'right' : 'denier');
      askedAt.push(resolver);
      const answer = { reply: reply(name, resolver), ...of(resolver) } as never;
      open.push(() => listener.onAnswer(answer));
    };
    const hasCompany = (not: readonly string[]) =>
      ['right', 'denier'].some((resolver) => !not.includes(resolver));
    const asking = { ...uncheckedAsk(ask), groupOf: () => '', hasCompany };
    const wildcards = new WildcardSiblings({ ...asking, held: new HeldAnswers() });
    return (name: string, data = '192.0.2.1') => {
      askedAt = [];
      let verdict: unknown;
      const records = [record(name, 'A', data)];
      const finding = { outcome: 'found', records, rcode: 'NOERROR', ...of('denier') } as const;
      wildcards.judge(name, finding, (each) => {
        verdict = each;
      });
      while (open.length > 0) open.shift()?.();
      return { verdict, askedAt };
    };
  }

  it('asks that one for none once it is seen, so that names of their own are known by all four', () => {
    const judge = siblings();
    for (const parent of ['one.test', 'two.test']) {
      const asked = { verdict: true, askedAt: ['denier', 'right'] };
      expect(judge(`www.${parent}`)).toEqual(asked);
    }
    const all = ['right', 'right', 'right', 'right'];
    expect(judge('www.three.test', '192.0.2.9')).toEqual({ verdict: false, askedAt: all });
  });

  it('compares them below a parent with many names, though hundreds have shown nothing', () => {
    const judge = siblings();
    for (let i = 0; i < 400; i++) judge(`www.none${i}.p`);
    const verdicts = Array.from({ length: 40 }, (_, i) => judge(`n${i}.many.test`).verdict);
    expect(verdicts.slice(16)).toEqual(verdicts.slice(16).map(() => true));
    expect(verdicts[0]).toBe(false);
  });
});
