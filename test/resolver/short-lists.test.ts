/**
 * Short lists over several resolvers, some names of which are slow everywhere, in virtual time: what the check of
 * resolvers adds to the time and to the questions, and that no answer of a liar is let out for it.
 */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bareReply, RCODE } from '../../src/dns/message.js';
import { checkedAsk } from '../../src/resolver/checked-ask.js';
import { HeldAnswers } from '../../src/resolver/held-answers.js';
import { uncheckedAsk } from '../../src/resolver/unchecked-ask.js';
import { gated } from './gated-ask.js';

const records = [{ name: 'n.example', type: 'A', ttl: 60, data: '192.0.2.1' }];
const found = { ...bareReply(RCODE.NOERROR), isRecursive: true, records };
const denied = { ...bareReply(RCODE.NXDOMAIN), isRecursive: true, hasSoa: true };

const SLOW_MS = 1000;
/** The last is slow, so that it is seen how long what depends on it takes. */
const latencyOf = (number: number) => (number % 10 === 9 ? SLOW_MS : 20 * (number % 4));
/** So that names of each kind are slow, and names of each kind are asked of every resolver. */
const exists = (number: number) => Math.floor(number / 3) % 2 === 0;
const numberOf = (name: string) => (/^n\d+\./.test(name) ? Number.parseInt(name.slice(1), 10) : -1);

interface List {
  readonly names: number;
  readonly resolvers: number;
  /** The resolver that is asked first. */
  readonly first: number;
  /** About what the first resolver says the opposite of the truth. */
  readonly lies?: (number: number) => boolean;
  readonly isChecked?: boolean;
}

/** Resolvers that are asked in turn, each further away than the one before it. */
function run({ names, resolvers, first, lies = () => false, isChecked = true }: List) {
  const labels = Array.from({ length: resolvers }, (_, i) => `r${i}`);
  const start = Date.now();
  let questions = 0;
  let turn = first;
  const ask = gated((name, type, listener, { resolver, not = [] } = {}) => {
    questions++;
    const others = labels.filter((label) => !not.includes(label));
    const choice = others.length > 0 ? others : labels;
    const asked = resolver ?? (choice[turn++ % choice.length] as string);
    const number = numberOf(name);
    const isThere = number < 0 ? type === 2 : exists(number);
    const isFound = asked === 'r0' && number >= 0 && lies(number) ? !isThere : isThere;
    const answer = { reply: isFound ? found : denied, resolver: asked, transport: 'udp' };
    const ms = 8 + 8 * labels.indexOf(asked) + Math.max(0, latencyOf(number));
    setTimeout(() => listener.onAnswer(answer), ms);
  });
  const label = 'qwertyuiopasdfghjklz';
  const options = { ask, resolvers: labels, label, held: new HeldAnswers(), exclude() {} };
  const asking = isChecked ? checkedAsk(options) : uncheckedAsk(ask);
  let open = names;
  const wrong: string[] = [];
  for (let number = 0; number < names; number++) {
    const name = `n${number}.example`;
    asking.ask(name, 1, {
      onAnswer(result) {
        open--;
        const isFound = !('failed' in result) && result.reply.records.length > 0;
        if (isFound !== exists(number)) wrong.push(name);
      },
    });
  }
  while (open > 0) vi.advanceTimersToNextTimer();
  asking.close();
  return { ms: Date.now() - start, questions: questions / names, wrong };
}

const firsts = [0, 2, 5, 7];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a list with slow names', () => {
  it.each([
    { names: 20, resolvers: 8, most: 4.5 },
    { names: 50, resolvers: 8, most: 2.6 },
    { names: 200, resolvers: 8, most: 1.8 },
    { names: 200, resolvers: 30, most: 3 },
  ])('of $names over $resolvers waits for no second slow answer', ({ names, resolvers, most }) => {
    const lists = firsts.map((first) => ({ names, resolvers, first }));
    const checked = lists.map(run);
    const late = lists.map((list, i) => {
      const { ms } = run({ ...list, isChecked: false });
      return (checked[i]?.ms ?? 0) - ms;
    });
    expect(Math.max(...late)).toBeLessThan(SLOW_MS / 2);
    expect(Math.max(...checked.map(({ questions }) => questions))).toBeLessThan(most);
  });
});

describe('of one that lies among eight, no answer is let out', () => {
  it.each<[string, (number: number) => boolean]>([
    ['that denies what exists', exists],
    ['that denies every second name that exists', (number) => exists(number) && number % 2 === 0],
    ['that says the opposite about every name', () => true],
  ])('%s', (_, lies) => {
    for (const names of [20, 50]) {
      const wrong = firsts.flatMap((first) => run({ names, resolvers: 8, first, lies }).wrong);
      expect(wrong).toEqual([]);
    }
  });
});

describe('a resolver that has found nothing yet, and denies a name', () => {
  /** The first two of three resolvers have agreed about names. */
  function third(isRight = true) {
    const asked: string[] = [];
    const later: (() => void)[] = [];
    const told: string[] = [];
    const held = new HeldAnswers();
    let isThird = false;
    const asking = checkedAsk({
      ...{ resolvers: ['r0', 'r1', 'r2'], label: 'qwertyuiopasdfghjklz', held },
      exclude() {},
      ask: gated((name, type, listener, { resolver, not = [] } = {}) => {
        const first = isThird ? 'r2' : 'r0';
        const at = resolver ?? (not.includes(first) ? 'r1' : first);
        const number = numberOf(name);
        const isThere = number < 0 ? type === 2 : exists(number);
        const reply = isThere && (at !== 'r2' || isRight || number < 0) ? found : denied;
        const answer = () => listener.onAnswer({ reply, resolver: at, transport: 'udp' });
        if (number >= 0 && isThird) asked.push(`${name} ${at}`);
        if (number >= 0 && at === 'r2' && resolver) later.push(answer);
        else answer();
      }),
    });
    const ask = (...numbers: readonly number[]) => {
      for (const number of numbers) {
        const name = `n${number}.example`;
        asking.ask(name, 1, { onAnswer: () => told.push(name) });
      }
    };
    ask(0, 1, 3, 4);
    expect(told.splice(0)).toHaveLength(4);
    isThird = true;
    return { ask, asked, told, later, held, close: () => asking.close() };
  }

  it('is asked once about names that others agree about, and other names of it wait for that', () => {
    const { ask, asked, told, later, held, close } = third();
    ask(9, 10, 11);
    expect(asked).toEqual([
      'n9.example r2',
      'n0.example r2',
      'n3.example r2',
      'n10.example r2',
      'n11.example r2',
    ]);
    expect(told).toEqual([]);
    expect(held.bytes).toBeGreaterThan(0);
    while (later.length > 0) later.shift()?.();
    close();
    expect(told).toEqual(['n9.example', 'n10.example', 'n11.example']);
    expect(held.bytes).toBe(0);
  });

  it('counts no more than before if it denies those too', () => {
    const { ask, asked, told, later, close } = third(false);
    ask(9);
    while (later.length > 0) later.shift()?.();
    close();
    expect(asked).toContain('n9.example r1');
    expect(told).toEqual(['n9.example']);
  });
});
