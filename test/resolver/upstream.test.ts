import { expect, it } from 'vitest';
import { TYPE } from '../../src/dns/types.js';
import type { Attempt } from '../../src/resolver/attempt.js';
import type { Channel } from '../../src/resolver/channel.js';
import { PendingQuery } from '../../src/resolver/query.js';
import { Upstream } from '../../src/resolver/upstream.js';

const listener = { onAnswer() {} };

function upstreamOf(rate?: number): Upstream {
  const pacer = { inTimeMs: 600, roomRate: 800 };
  const first = { isUsed: true, silentFor: () => 0, pacer } as unknown as Channel;
  return new Upstream({
    ...{ number: 0, address: { label: 'r0', endpoint: { host: '192.0.2.1', port: 53 } } },
    ...{ first, stream: undefined, selector: undefined, rate, now: 0 },
  });
}

it('a resolver that refuses is asked beside it what it was quick to answer', () => {
  const upstream = upstreamOf();
  const question = new PendingQuery('a.example', TYPE.A, listener, false);
  upstream.onGoodAnswer({ question, sentAt: 0 } as unknown as Attempt, 20);
  expect(upstream.countercheck(100)?.name).toBe('a.example');
});

it('a resolver is asked whether it is there by a name that it was quick to answer', () => {
  const upstream = upstreamOf();
  const asked = (name: string, tookMs: number) => {
    const question = new PendingQuery(name, TYPE.A, listener, false);
    upstream.onGoodAnswer({ question, sentAt: 0 } as unknown as Attempt, tookMs);
    return upstream.healthQuestion(listener).name;
  };
  expect(asked('far.example', 500)).toBe('far.example');
  expect(asked('quick.example', 20)).toBe('quick.example');
  // A check of two names that take half a second would have called the resolver silent, again and again.
  expect(asked('slow.example', 400)).toBe('quick.example');
  expect(asked('later.example', 30)).toBe('later.example');
});

it('a resolver has no more room than the user lets it be asked', () => {
  const roomRate = (rate?: number) =>
    upstreamOf(rate).selectorFacts(20, { mayDial: true, isFavourite: false }).datagram.roomRate;
  expect([roomRate(), roomRate(100)]).toEqual([800, 100]);
});
