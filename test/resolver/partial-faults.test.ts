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

/**
 * Asks three resolvers in turn, of which `r1` has the fault, about so many names.
 *
 * @param msOf how long an answer about a name takes
 */
function asked(fault: Fault, count: number, msOf: (name: string) => number = () => 0) {
  const resolvers = ['r0', 'r1', 'r2'];
  const times = new Map<string, number>();
  let excluded: readonly string[] = [];
  let turn = 0;
  let questions = 0;
  let now = 0;
  const doubled: string[] = [];
  const known = new Set<string>();
  const choose = ({ resolver, not = [] }: AskOptions): string => {
    if (resolver !== undefined) return resolver;
    const inPlay = resolvers.filter((each) => !excluded.includes(each));
    const wanted = inPlay.filter((each) => !not.includes(each));
    const from = wanted.length > 0 ? wanted : inPlay;
    return from[turn++ % from.length] as string;
  };
  const notices: DistrustNotice[] = [];
  const checked = checkedAsk({
    resolvers,
    now: () => now,
    exclude: (labels) => {
      excluded = labels;
    },
    label: 'qwertyuiopasdfghjklz',
    held: new HeldAnswers(),
    onDistrust: (notice) => notices.push(notice),
    ask(name, _type, listener, how = {}) {
      questions++;
      now += msOf(name);
      if (known.has(name)) doubled.push(name);
      known.add(name);
      const resolver = choose(how);
      const time = (times.get(resolver) ?? 0) + 1;
      times.set(resolver, time);
      const isFound = (resolver === 'r1' ? fault(name, time) : undefined) ?? exists(name);
      listener.onAnswer({ reply: replyTo(name, isFound), resolver, transport: 'udp' });
    },
  });
  const wrong: number[] = [];
  for (let i = 0; i < count; i++) {
    const name = `n${i}.zone.example`;
    const onAnswer = (result: QueryResult) => {
      const isFound = (result.reply?.records.length ?? 0) > 0;
      if (isFound !== exists(name)) wrong.push(i);
    };
    checked.ask(name, 1, { onAnswer });
  }
  return { wrong, notices, questions, doubled };
}

const isShort = (name: string) => name.indexOf('.') < 16;
/** Names that are wrong until it is found out, of 10,000. */
const MOST_WRONG = 110;
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

  it('is right like the others costs one question in 64, and four for the check of each', () => {
    const { wrong, notices, questions } = asked(() => undefined, 6400);
    expect([wrong, notices]).toEqual([[], []]);
    expect(questions).toBeLessThanOrEqual(6400 + 100 + 3 * 4 + 32);
  });

  it('is right is not compared by names that take long, if others are at hand', () => {
    const isSlow = (name: string) => oneIn(10, name);
    const { doubled } = asked(
      () => undefined,
      6400,
      (name) => (isSlow(name) ? 300 : 10),
    );
    // The first denials are asked of others until they have found something.
    const inList = doubled.filter((name) => /^n\d{3}/.test(name));
    expect(inList.length).toBeGreaterThan(80);
    expect(inList.filter(isSlow)).toEqual([]);
  });

  it('makes up names after 500 answers is found out though every answer is slow', () => {
    const fault: Fault = (_, time) => (time > 500 ? true : undefined);
    const { notices } = asked(fault, 10_000, () => 300);
    expect(notices).toEqual([{ resolver: 'r1', standing: 'contradicting' }]);
  });
});
