import { describe, expect, it } from 'vitest';
import type { DnsRecord } from '../../src/core/model.js';
import { bareReply, RCODE } from '../../src/dns/message.js';
import { type ControlName, ControlNames } from '../../src/resolver/control-names.js';
import { Probation } from '../../src/resolver/probation.js';

const transport = 'udp';
const recordsOf = (name: string, count: number): DnsRecord[] =>
  Array.from({ length: count }, () => ({ name, type: 'A', ttl: 60, data: '192.0.2.1' }));

/** A name about which two resolvers agree. */
function agreed(name: string, count: number, resolvers = ['r0', 'r1']): ControlName {
  const isFound = count > 0;
  const rcode = isFound ? RCODE.NOERROR : RCODE.NXDOMAIN;
  const reply = { ...bareReply(rcode), records: recordsOf(name, count) };
  const opinions = resolvers.map((resolver) => ({
    ...{ resolver, transport, isFound },
    result: { reply, resolver, transport },
  }));
  return { name, type: 1, opinions };
}

function namesOf(controls: readonly ControlName[]): ControlNames {
  const names = new ControlNames();
  for (const each of controls) names.note(each);
  return names;
}

const pairNames = (names: ControlNames, number: number) =>
  names.pair(number)?.map(({ name }) => name);

describe('names that resolvers agree about', () => {
  it('come in pairs, of which one exists and one does not', () => {
    const names = namesOf([agreed('gone', 0), agreed('gone too', 0)]);
    expect(names.pair(0)).toBeUndefined();
    names.note(agreed('there', 1));
    expect(pairNames(names, 0)).toEqual(['there', 'gone']);
    expect(names.pair(1)).toBeUndefined();
  });

  it('are kept once each, four pairs of them, and none of which the answer is large', () => {
    const names = namesOf([agreed('large', 100), agreed('there', 1), agreed('there', 1)]);
    for (let i = 0; i < 10; i++) {
      names.note(agreed(`gone ${i}`, 0));
      names.note(agreed(`there ${i}`, 1));
    }
    const pairs = Array.from({ length: 10 }, (_, number) => pairNames(names, number));
    expect(pairs.filter((pair) => pair !== undefined)).toEqual([
      ['there', 'gone 0'],
      ['there 0', 'gone 1'],
      ['there 1', 'gone 2'],
      ['there 2', 'gone 3'],
    ]);
  });

  it('are not asked of those that have said something about them, nor twice of any', () => {
    const others = { areAgainst: () => false, areThere: () => true, onTick() {} };
    const names = namesOf([
      ...[agreed('a', 1), agreed('b', 0, ['r2', 'r3'])],
      ...[agreed('c', 1), agreed('d', 0)],
    ]);
    const taken = (resolver: string) => {
      const probation = new Probation(others);
      const pairs = [1, 2, 3].map(() => probation.takePair(names, resolver));
      return pairs.map((pair) => pair?.map(({ name }) => name).join(' '));
    };
    expect(taken('r9')).toEqual(['a b', 'c d', undefined]);
    expect(taken('r3')).toEqual(['c d', undefined, undefined]);
    expect(taken('r0')).toEqual([undefined, undefined, undefined]);
  });
});
