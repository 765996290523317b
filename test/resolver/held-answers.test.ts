/** What answers take that wait: counted, bounded, and given back. Nothing is sent. */

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { DnsRecord } from '../../src/core/model.js';
import { bareReply, RCODE, type Reply } from '../../src/dns/message.js';
import { WildcardSiblings } from '../../src/probe/wildcard-siblings.js';
import { checkedAsk } from '../../src/resolver/checked-ask.js';
import { bytesOf, HeldAnswers, MAX_ANSWER_BYTES_HELD } from '../../src/resolver/held-answers.js';
import { type AnswerListener, PendingQuery, type QueryResult } from '../../src/resolver/query.js';
import { uncheckedAsk } from '../../src/resolver/unchecked-ask.js';
import { gated } from './gated-ask.js';

/** A message of 64 KB: 4,000 addresses. */
const large: DnsRecord[] = Array.from({ length: 4000 }, (_, i) => ({
  name: 'n.example',
  type: 'A',
  ttl: 60,
  data: `192.0.${i >> 8}.${i & 255}`,
}));
const isListed = (name: string) => /^n\d+\.example$/.test(name);
const answerOf = (name: string, resolver: string): QueryResult => ({
  reply: isListed(name)
    ? { ...bareReply(RCODE.NOERROR), isRecursive: true, records: large }
    : { ...bareReply(RCODE.NXDOMAIN), hasSoa: true },
  resolver,
  transport: 'tcp',
});
/** More than may be held. */
const MANY = 1000;
/** The bound is looked at before a name is taken on, so that one may go beyond it. */
const most = MAX_ANSWER_BYTES_HELD + bytesOf(large);

/** What every check here has in common: two resolvers. */
const checks = (held: HeldAnswers) => ({
  resolvers: ['r0', 'r1'],
  exclude: () => {},
  label: 'qwertyuiopasdfghjklz',
  held,
});

/** Takes names on as long as they are welcome. @returns how many */
function fill(held: HeldAnswers, take: (name: string) => void): number {
  let taken = 0;
  while (taken < MANY && held.room === undefined) take(`n${taken++}.example`);
  return taken;
}

it('bytes of an answer are those that its records take, about', () => {
  const before = process.memoryUsage().heapUsed;
  const copies = Array.from({ length: 20 }, () =>
    large.map((record, i) => ({ ...record, data: `${record.data}${i}` })),
  );
  const each = (process.memoryUsage().heapUsed - before) / copies.length;
  // The collector may run meanwhile: only that it is not far too little is held.
  expect(bytesOf(large)).toBeGreaterThan(each / 2);
});

describe('answers of 64 KB', () => {
  it('that wait for a check are bounded in bytes, and go on when it is done', async () => {
    const held = new HeldAnswers();
    const open: (() => void)[] = [];
    const { ask } = checkedAsk({
      ...checks(held),
      ask: gated((name, _type, listener, { resolver = 'r0' } = {}) => {
        const answer = () => listener.onAnswer(answerOf(name, resolver));
        if (isListed(name)) answer();
        else open.push(answer);
      }),
    });
    let told = 0;
    const listener: AnswerListener = { onAnswer: () => told++ };
    const taken = fill(held, (name) => ask(name, 1, listener));
    expect(taken).toBeLessThan(MANY);
    expect(told).toBe(0);
    expect(held.bytes).toBeGreaterThan(MAX_ANSWER_BYTES_HELD - 1);
    expect(held.bytes).toBeLessThanOrEqual(most);
    const { room } = held;
    while (open.length > 0) open.shift()?.();
    await room;
    expect([told, held.bytes]).toEqual([taken, 0]);
  });

  it('of other resolvers, which failed before, are not kept with the one that waits', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const earlier: WeakRef<Reply>[] = [];
    const asking = checkedAsk({
      ...checks(new HeldAnswers()),
      ask(name, type, listener, how) {
        // The check is never answered.
        if (!isListed(name)) return;
        const query = new PendingQuery(name, type, listener, false);
        query.goThrough(how?.gate);
        const reply = { ...bareReply(RCODE.SERVFAIL), records: large };
        earlier.push(new WeakRef(reply));
        query.fail({ failed: 'servfail', resolver: 'r1', transport: 'tcp', reply });
        query.settle(answerOf(name, 'r0'));
      },
    });
    let told = 0;
    for (let i = 0; i < 10; i++) asking.ask(`n${i}.example`, 1, { onAnswer: () => told++ });
    // A reference is strong until its turn of the event loop is over.
    await setImmediate();
    collect();
    expect(told).toBe(0);
    expect(earlier.filter((each) => each.deref() !== undefined)).toEqual([]);
    asking.close();
  });

  it('that wait for another resolver are bounded too', () => {
    const held = new HeldAnswers();
    const others: (() => void)[] = [];
    const { ask } = checkedAsk({
      ...checks(held),
      ask: gated((name, _type, listener, { resolver, not } = {}) => {
        // A check that brings nothing: what either says has to be said by the other too.
        if (!isListed(name)) listener.onAnswer({ failed: 'timeout', resolver: resolver as string });
        else if (not) others.push(() => listener.onAnswer(answerOf(name, 'r1')));
        else listener.onAnswer(answerOf(name, 'r0'));
      }),
    });
    let told = 0;
    const taken = fill(held, (name) => ask(name, 1, { onAnswer: () => told++ }));
    expect(taken).toBeLessThan(MANY);
    expect(held.bytes).toBeLessThanOrEqual(most);
    while (others.length > 0) others.shift()?.();
    expect([told, held.bytes]).toEqual([taken, 0]);
  });

  it('that wait for a sibling are bounded too', () => {
    const held = new HeldAnswers();
    const siblings: (() => void)[] = [];
    const asking = uncheckedAsk(
      (name, _type, listener) => void siblings.push(() => listener.onAnswer(answerOf(name, 'r0'))),
    );
    const wildcards = new WildcardSiblings({ ...asking, held });
    const finding = {
      outcome: 'found',
      records: large,
      rcode: 'NOERROR',
      resolver: 'r0',
      transport: 'tcp',
    } as const;
    const verdicts: unknown[] = [];
    const taken = fill(held, (name) =>
      wildcards.judge(name, finding, (verdict) => verdicts.push(verdict)),
    );
    expect(taken).toBeLessThan(MANY);
    expect(held.bytes).toBeLessThanOrEqual(most);
    while (siblings.length > 0) siblings.shift()?.();
    expect(verdicts).toEqual(Array.from({ length: taken }, () => false));
    expect(held.bytes).toBe(0);
  });

  /** When a question is answered: at once, or with all others of its kind, of which those for other resolvers come last. */
  type When = 'now' | 'first' | 'last';
  const nothing = (resolver: string): QueryResult => ({ failed: 'timeout', resolver });

  it.each<[what: string, check: When, isCheckAnswered: boolean]>([
    ['a check', 'last', true],
    ['what another says', 'now', false],
    ['comparisons of first answers', 'now', true],
  ])(
    'that were all asked for before are bounded where they wait for %s',
    (_, check, isCheckAnswered) => {
      const held = new HeldAnswers();
      const queues = { first: [] as (() => void)[], last: [] as (() => void)[] };
      const { ask, close } = checkedAsk({
        ...checks(held),
        ask: gated((name, _type, listener, { resolver = 'r0', not } = {}) => {
          const at = not ? 'r1' : resolver;
          const answer = () => {
            const isNothing = !isListed(name) && !isCheckAnswered;
            listener.onAnswer(isNothing ? nothing(at) : answerOf(name, at));
          };
          const when = !isListed(name) ? check : not ? 'last' : 'first';
          if (when === 'now') answer();
          else queues[when].push(answer);
        }),
      });
      let told = 0;
      let peak = 0;
      const listener: AnswerListener = { onAnswer: () => told++ };
      for (let i = 0; i < MANY; i++) ask(`n${i}.example`, 1, listener);
      const { first, last } = queues;
      while (first.length + last.length > 0) {
        (first.shift() ?? last.shift())?.();
        peak = Math.max(peak, held.bytes);
      }
      close();
      expect([told, held.bytes]).toEqual([MANY, 0]);
      expect(peak).toBeGreaterThan(MAX_ANSWER_BYTES_HELD - 1);
      // Of what is compared, little more is held than that it was found.
      expect(peak).toBeLessThanOrEqual(most + 100 * bytesOf(large.slice(0, 1)));
    },
  );
});
