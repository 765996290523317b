import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bareReply, RCODE } from '../../src/dns/message.js';
import { checkedAsk } from '../../src/resolver/checked-ask.js';
import { HeldAnswers } from '../../src/resolver/held-answers.js';
import type { QueryResult } from '../../src/resolver/query.js';
import { gated } from './gated-ask.js';

const name = 'www.corp.example';
const records = [{ name, type: 'A', ttl: 60, data: '192.0.2.1' }];
const found = { ...bareReply(RCODE.NOERROR), isRecursive: true, records };
const denied = { ...bareReply(RCODE.NXDOMAIN), isRecursive: true };

/** Two resolvers that know names under `corp.example`, and leave all others unanswered. */
function insideOnly() {
  const results: QueryResult[] = [];
  /** What they say after all, much later. */
  const late: (() => void)[] = [];
  const asking = checkedAsk({
    resolvers: ['r0', 'r1'],
    exclude() {},
    label: 'qwertyuiopasdfghjklz',
    held: new HeldAnswers(),
    ask: gated((asked, _type, listener, how) => {
      const reply = asked === name ? found : denied;
      const tell = () =>
        listener.onAnswer({ reply, resolver: how?.resolver ?? 'r0', transport: 'udp' });
      if (asked.endsWith('.corp.example')) tell();
      else late.push(tell);
    }),
  });
  const ask = () => asking.ask(name, 1, { onAnswer: (result) => results.push(result) });
  return { asking, ask, results, late };
}

describe('the check of resolvers that leave names of the outside unanswered', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends after three seconds, and what they say later changes nothing', () => {
    const { asking, ask, results, late } = insideOnly();
    ask();
    vi.advanceTimersByTime(2999);
    expect(results).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(results).toMatchObject([{ reply: { records } }]);
    for (const tell of late.splice(0)) tell();
    vi.advanceTimersByTime(1000);
    expect([results.length, asking.isBelieved('r0')]).toEqual([1, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when it is closed in the middle', () => {
    const { asking, ask } = insideOnly();
    ask();
    expect(vi.getTimerCount()).toBe(1);
    asking.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('two that contradict each other are checked under a bounded number of top-level domains', () => {
  const label = 'qwertyuiopasdfghjklz';
  const checkedUnder = new Set<string>();
  const asking = checkedAsk({
    ...{ resolvers: ['r0', 'r1'], label, held: new HeldAnswers() },
    exclude() {},
    ask: gated((asked, _type, listener, how) => {
      const resolver = how?.resolver ?? (how?.not?.includes('r0') ? 'r1' : 'r0');
      if (/^qwerty.*\.tld\d+$/.test(asked)) checkedUnder.add(asked);
      const isMadeUp = asked.startsWith(label);
      const isFound = !isMadeUp && (resolver === 'r0' || asked === 'both.example');
      listener.onAnswer({ reply: isFound ? found : denied, resolver, transport: 'udp' });
    }),
  });
  const results: QueryResult[] = [];
  const ask = (asked: string) => asking.ask(asked, 1, { onAnswer: (each) => results.push(each) });
  for (let i = 0; i < 64; i++) ask('both.example');
  for (let i = 0; i < 600; i++) ask(`a.tld${i}`);
  asking.close();
  expect(checkedUnder.size).toBe(256);
  expect(results.at(-1)).toMatchObject({ failed: 'contradiction' });
});

/** A hundred resolvers in turn that find every name that exists; what is asked of another is never answered. */
function hundred() {
  const label = 'qwertyuiopasdfghjklz';
  const checks = new Map<string, string[]>();
  const results: QueryResult[] = [];
  let turn = 0;
  const asking = checkedAsk({
    resolvers: Array.from({ length: 100 }, (_, i) => `r${i}`),
    ...{ label, held: new HeldAnswers() },
    exclude() {},
    ask: gated((asked, _type, listener, how) => {
      if (how?.not) return;
      const resolver = how?.resolver ?? `r${turn++ % 100}`;
      if (how?.resolver) checks.set(resolver, [...(checks.get(resolver) ?? []), asked]);
      const isFound = !how?.resolver && !asked.startsWith('gone');
      listener.onAnswer({ reply: isFound ? found : denied, resolver, transport: 'udp' });
    }),
  });
  const ask = (asked: string) => asking.ask(asked, 1, { onAnswer: (each) => results.push(each) });
  return { asking, ask, results, checks, label };
}

it('after 8,192 first answers of all resolvers together none waits for a comparison', () => {
  const { asking, ask, results } = hundred();
  for (let i = 0; i < 8192; i++) ask(`${i}.example`);
  const before = results.length;
  for (let i = 0; i < 100; i++) ask(`${i}.late.example`);
  asking.close();
  expect(before).toBeLessThan(8192);
  expect(results.length - before).toBe(100);
});

it('a resolver is asked about its top-level domain only if its first answer denies a name', () => {
  const { asking, ask, checks, label } = hundred();
  ask('a.example');
  ask('gone.example');
  asking.close();
  const madeUp = ['example', 'com'].map((tld) => `${label}.${tld}`);
  expect(Object.fromEntries(checks)).toEqual({ r0: madeUp, r1: [...madeUp, 'example'] });
});

it('two that knew an alias to nothing have found nothing, and do not outvote the one that has', () => {
  const alias = [{ name: 'dangles.example', type: 'CNAME', ttl: 60, data: 'gone.example' }];
  const results: QueryResult[] = [];
  const asking = checkedAsk({
    resolvers: ['r0', 'r1', 'r2'],
    ...{ label: 'qwertyuiopasdfghjklz', held: new HeldAnswers() },
    exclude() {},
    ask: gated((asked, _type, listener, how) => {
      const resolver = how?.resolver ?? `r${2 - (how?.not?.length ?? 0)}`;
      const isAlias = asked === 'dangles.example';
      const isFound = asked === name && resolver === 'r0';
      const reply = isAlias ? { ...denied, records: alias, chain: 1 } : isFound ? found : denied;
      listener.onAnswer({ reply, resolver, transport: 'udp' });
    }),
  });
  const ask = (asked: string) => asking.ask(asked, 1, { onAnswer: (each) => results.push(each) });
  for (let i = 0; i < 4; i++) ask('dangles.example');
  ask(name);
  asking.close();
  expect(results[4]).toMatchObject({ resolver: 'r0', reply: { records } });
});
