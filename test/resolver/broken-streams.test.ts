/** Resolvers that break the streams they are asked over: how often names are asked, and what that costs. */

import { describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probe/options.js';
import { type Asked, a, type Behaviour, framed, scriptedDns } from '../support/scripted-dns.js';
import { manyNames, probeAll, verdict } from '../support/verdicts.js';

const names = manyNames(200);
const answerTo = (asked: Asked) => framed(asked.message({ answers: [a(asked.name)] }));

const closing: Behaviour = (asked) => asked.close();
/** Two halves look like one answer whose inside cannot be read. */
const halving: Behaviour = (asked) => {
  const answer = answerTo(asked);
  void asked.write(answer.subarray(0, answer.length / 2));
  asked.close();
};
/** Does that to one question in so many, and answers the others. */
const each = (share: number, breaking: Behaviour): Behaviour => {
  let questions = 0;
  return (asked) =>
    ++questions % share === 0 ? breaking(asked) : void asked.write(answerTo(asked));
};
/** Datagrams are truncated, so that a stream has to be asked. */
const behindDatagrams =
  (overStream: Behaviour): Behaviour =>
  (asked) =>
    asked.transport === 'udp' ? asked.reply({ flags: 0x0380 }) : overStream(asked);

async function asked(behave: Behaviour, options: ProbeOptions) {
  await using server = await scriptedDns(behindDatagrams(behave));
  const results = await probeAll(names, { resolvers: [server.resolver], timeout: 20, ...options });
  const verdicts = new Map<string, number>();
  for (const each of results.map(verdict)) verdicts.set(each, (verdicts.get(each) ?? 0) + 1);
  return { verdicts, questions: server.asked.length / names.length };
}

describe('a resolver that breaks every stream', () => {
  it.each([
    ['at each question', closing],
    ['in the middle of each answer', halving],
  ])('%s is asked little, and every name has its result', async (_, behave) => {
    const { verdicts, questions } = await asked(behave, { transport: 'tcp', outage: 0.3 });
    expect(verdicts).toEqual(new Map([['unknown timeout', names.length]]));
    expect(questions).toBeLessThan(4);
  });

  it.each([
    ['udp', 'at each question', closing],
    ['udp', 'in the middle of each answer', halving],
    ['auto', 'at each question', closing],
    ['auto', 'in the middle of each answer', halving],
  ] as const)('and truncates over datagrams, asked over %s: %s', async (transport, _, behave) => {
    const tries = 3;
    const { verdicts, questions } = await asked(behave, { transport, tries });
    const reasons = [...verdicts.keys()];
    expect(reasons.filter((each) => !/^unknown (malformed|network)$/.test(each))).toEqual([]);
    // A datagram that tells of the stream is free, as are a few questions over the stream.
    expect(questions).toBeLessThan(tries + 2);
  });
});

describe('a resolver that breaks a stream now and then', () => {
  it.each([
    ['tcp', 100, 1, closing],
    ['tcp', 100, 1, halving],
    ['auto', 100, 1, halving],
    ['tcp', 10, 5, closing],
    ['auto', 10, 5, halving],
  ] as const)(
    'over %s, one in %i, leaves no name unknown in %i tries',
    async (transport, share, tries, behave) => {
      const { verdicts, questions } = await asked(each(share, behave), { transport, tries });
      expect(verdicts).toEqual(new Map([['found', names.length]]));
      expect(questions).toBeLessThan(transport === 'tcp' ? 4 : 5);
    },
  );
});

describe('a resolver that serves few connections', () => {
  it('and lets the others stand unanswered: what went over those is asked over the ones it serves', async () => {
    const served = 1;
    const count = 4000;
    const held: Asked[] = [];
    await using server = await scriptedDns((asked) => {
      if (asked.connection > served) {
        for (const each of held.splice(0)) void each.write(answerTo(each));
      } else if (server.asked.length <= count / 4 || server.connections > served) {
        void asked.write(answerTo(asked));
      } else {
        // Were all answered at once, there might never be so many that another connection is opened.
        held.push(asked);
      }
    });
    const results = await probeAll(manyNames(count), {
      ...{ resolvers: [server.resolver], transport: 'tcp', concurrency: count },
      // Waiting for it to be over would take longer than this test may.
      timeout: 200,
    });
    expect(results.filter((each) => verdict(each) !== 'found')).toEqual([]);
    expect(server.connections).toBeGreaterThan(served);
    expect(server.asked.length).toBeLessThan(2 * count);
  });
});
