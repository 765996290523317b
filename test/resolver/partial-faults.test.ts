/**
 * Resolvers that stand the check and are wrong about a part of the names. Nothing is sent: which of
 * them answers what is settled beforehand, so that each run is like the other.
 */

import { describe, expect, it } from 'vitest';
import { fnv1a } from '../../src/core/shard.js';
import { bareReply, RCODE, type Reply } from '../../src/dns/message.js';
import { checkedAsk } from '../../src/resolver/checked-ask.js';
import type { DistrustNotice } from '../../src/resolver/distrust-text.js';
import { HeldAnswers } from '../../src/resolver/held-answers.js';
import type { AskOptions, QueryResult } from '../../src/resolver/query.js';
import { gated } from './gated-ask.js';

/** What a resolver says about a name when it is asked for the how-many-th time; undefined is the truth. */
type Fault = (name: string, time: number) => boolean | undefined;

const exists = (name: string) => /^n\d*[02468]\.zone\.example$/.test(name) || !name.includes('.');
/** About one name in so many, whichever. */
const oneIn = (share: number, name: string) => fnv1a(`fault ${name}`) % share === 0;

function replyTo(name: string, isFound: boolean): Reply {
  const rcode = isFound ? RCODE.NOERROR : RCODE.NXDOMAIN;
  const records = isFound ? [{ name, type: 'A', ttl: 60, data: '192.0.2.1' }] : [];
  return { ...bareReply(rcode), isRecursive: true, records };
}

interface World {
  readonly seed?: number;
  readonly resolvers?: number;
  readonly isThere?: (name: string) => boolean;
  /** All names are asked before the first answer comes, as a short list is. */
  readonly isAtOnce?: boolean;
  /** Resolvers that are in the list and never answer. */
  readonly silent?: readonly string[];
}

/** Asks one of three resolvers each time, of which `r1` has the fault, about so many names. */
function asked(fault: Fault, count: number, world: World = {}) {
  const { seed = 1, isThere = exists } = world;
  const resolvers = Array.from({ length: world.resolvers ?? 3 }, (_, i) => `r${i}`);
  const times = new Map<string, number>();
  let excluded: readonly string[] = [];
  // Drawn, as turns would keep step with the names of the list (Numerical Recipes, 7.1).
  let state = seed;
  let questions = 0;
  /** Names about which a second one was asked while they had no verdict. */
  const late: string[] = [];
  const open = new Set<string>();
  const choose = ({ resolver, not = [] }: AskOptions): string => {
    if (resolver !== undefined) return resolver;
    const inPlay = resolvers.filter((each) => !excluded.includes(each));
    const wanted = inPlay.filter((each) => !not.includes(each));
    const from = wanted.length > 0 ? wanted : inPlay;
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return from[Math.floor((state / 2 ** 32) * from.length)] as string;
  };
  const notices: DistrustNotice[] = [];
  /** Answers that are under way. */
  let replies: (() => void)[] = [];
  const checked = checkedAsk({
    resolvers: [...resolvers, ...(world.silent ?? [])],
    exclude: (labels) => {
      excluded = labels;
    },
    label: 'qwertyuiopasdfghjklz',
    held: new HeldAnswers(),
    onDistrust: (notice) => notices.push(notice),
    ask: gated((name, _type, listener, how = {}) => {
      questions++;
      if (open.has(name)) late.push(name);
      open.add(name);
      const resolver = choose(how);
      const time = (times.get(resolver) ?? 0) + 1;
      times.set(resolver, time);
      const isFound = (resolver === 'r1' ? fault(name, time) : undefined) ?? isThere(name);
      const reply = replyTo(name, isFound);
      replies.push(() => listener.onAnswer({ reply, resolver, transport: 'udp' }));
      if (!world.isAtOnce) answerAll();
    }),
  });
  function answerAll() {
    const all = replies;
    replies = [];
    for (const reply of all) reply();
  }
  const wrong: number[] = [];
  const unknown: number[] = [];
  /** Names that the one with the fault has, without a record in the end. */
  const missed: string[] = [];
  for (let i = 0; i < count; i++) {
    const name = `n${i}.zone.example`;
    const onAnswer = (result: QueryResult) => {
      open.delete(name);
      const isFound = (result.reply?.records.length ?? 0) > 0;
      if (!isFound && fault(name, 0)) missed.push(name);
      if ('failed' in result) unknown.push(i);
      else if (isFound !== isThere(name)) wrong.push(i);
    };
    checked.ask(name, 1, { onAnswer });
  }
  while (replies.length > 0) answerAll();
  return { wrong, unknown, missed, notices, questions, late };
}

const isShort = (name: string) => name.indexOf('.') < 16;
/** Names that are wrong until it is found out, of 10,000. */
const MOST_WRONG = 110;
const denyingHalf: Fault = (name) =>
  exists(name) && isShort(name) && name.includes('.') && oneIn(2, name) ? false : undefined;
const inventingHalf: Fault = (name) => (isShort(name) && oneIn(2, name)) || undefined;
const rows: [fault: string, Fault][] = [
  [
    'denies a tenth of the names that exist',
    (name) => (exists(name) && oneIn(10, name) && isShort(name) ? false : undefined),
  ],
  [
    'denies half of the names that exist',
    (name) => (exists(name) && oneIn(2, name) && name.includes('.') ? false : undefined),
  ],
  [
    'makes up a tenth of those that do not',
    (name) => (!exists(name) && oneIn(10, name) && isShort(name) ? true : undefined),
  ],
  ['makes up all names but those that look random', (name) => (isShort(name) ? true : undefined)],
  ['makes up everything after 500 answers', (_, time) => (time > 500 ? true : undefined)],
  ['denies everything after 500 answers', (_, time) => (time > 500 ? false : undefined)],
];

describe('one of three that', () => {
  it.each(rows)('%s is found out by what it contradicts', (_, fault) => {
    const { wrong, notices } = asked(fault, 10_000);
    expect(notices).toEqual([{ resolver: 'r1', standing: 'contradicting' }]);
    expect(wrong.length).toBeLessThanOrEqual(MOST_WRONG);
  });

  it.each([1, 2, 3, 6, 7, 10])(
    'makes up names is found out, and not an honest one before it has found any (%i)',
    (seed) => {
      const { notices } = asked((name) => isShort(name) || undefined, 10_000, { seed });
      expect(notices).toEqual([{ resolver: 'r1', standing: 'contradicting' }]);
    },
  );

  it.each<[string, Fault]>([
    ['makes up all', (name) => isShort(name) || undefined],
    ['makes up every second', (name) => (isShort(name) && oneIn(2, name)) || undefined],
    ['denies all', (name) => (isShort(name) && name.includes('.') ? false : undefined)],
    [
      'denies every second',
      (name) => (exists(name) && isShort(name) && oneIn(2, name) ? false : undefined),
    ],
    ['denies, after 120 answers, the rest', (_, time) => (time > 120 ? false : undefined)],
    ['makes up, after 400 answers, the rest', (_, time) => (time > 400 ? true : undefined)],
  ])('%s of a list that is asked at once makes no verdict wrong', (_, fault) => {
    const wrong = [1, 2, 3].map((seed) => asked(fault, 3000, { seed, isAtOnce: true }).wrong);
    expect(wrong).toEqual([[], [], []]);
  });

  it('is right like the others costs one question in 64, and for each four and 36 at first', () => {
    const { wrong, notices, questions } = asked(() => undefined, 6400);
    expect([wrong, notices]).toEqual([[], []]);
    expect(questions).toBeLessThanOrEqual(6400 + 100 + 3 * (4 + 36));
  });

  it('is right holds up no name behind its first 256: each has its verdict before another is asked', () => {
    const { late } = asked(() => undefined, 6400);
    expect(late.filter((name) => /^n\d{4}/.test(name))).toEqual([]);
  });
});

describe('one of two that', () => {
  const two = { resolvers: 2 };

  it.each<[string, Fault, wrong: number]>([
    ['denies half of the names that exist', denyingHalf, 8],
    ['makes up half of those that do not', inventingHalf, 8],
    ['denies a tenth of the names that exist', rows[0]?.[1] as Fault, MOST_WRONG],
    ['makes up a tenth of those that do not', rows[2]?.[1] as Fault, MOST_WRONG],
    ['makes up everything after 500 answers', rows[4]?.[1] as Fault, MOST_WRONG],
    ['denies everything after 500 answers', rows[5]?.[1] as Fault, MOST_WRONG],
  ])('%s is seen, and what they contradict each other about is unknown', (_, fault, most) => {
    const { wrong, unknown, notices } = asked(fault, 10_000, two);
    expect(wrong.length).toBeLessThanOrEqual(most);
    expect(unknown.length).toBeGreaterThan(0);
    expect(notices).toMatchObject([{ contradiction: { resolvers: ['r0', 'r1'] } }]);
  });

  it.each<[string, Fault]>([
    ['denies half', denyingHalf],
    ['makes up half', inventingHalf],
  ])('%s of a list that is asked at once makes no verdict wrong', (_, fault) => {
    const wrong = [1, 2, 3].map(
      (seed) => asked(fault, 3000, { ...two, seed, isAtOnce: true }).wrong,
    );
    expect(wrong).toEqual([[], [], []]);
  });

  it('changes its mind about one name is believed again', () => {
    const { notices, unknown, questions } = asked(
      (name) => (name === 'n500.zone.example' ? false : undefined),
      20_000,
      two,
    );
    expect([notices, unknown.length <= 1]).toEqual([[], true]);
    expect(questions).toBeLessThanOrEqual(20_000 + 2 * (4 + 36) + 512 + 400);
  });
});

it('one of five that alone knows a few names, as of an inside network, is asked for each of them', () => {
  const inside = (name: string) => name.includes('.') && oneIn(200, name) && isShort(name);
  const wrong = [1, 2, 3].map((seed) => {
    const world = { seed, resolvers: 5, isThere: () => false };
    return asked((name) => inside(name) || undefined, 4000, world).missed;
  });
  expect(wrong).toEqual([[], [], []]);
});
