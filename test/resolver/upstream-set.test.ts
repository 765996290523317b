import { describe, expect, it } from 'vitest';
import { TYPE } from '../../src/dns/types.js';
import type { Attempt } from '../../src/resolver/attempt.js';
import type { Channel } from '../../src/resolver/channel.js';
import { PendingQuery } from '../../src/resolver/query.js';
import { Upstream } from '../../src/resolver/upstream.js';
import { UpstreamSet } from '../../src/resolver/upstream-set.js';

const channel = (upstream: number, room: boolean) =>
  ({ upstream, hasRoom: () => room, pacer: { inFlight: 0, medianMs: 1 } }) as unknown as Channel;

/** A resolver with room for datagrams, and none on its stream. */
const upstream = (number: number) =>
  new Upstream({
    number,
    address: { label: `192.0.2.${number}`, endpoint: { host: `192.0.2.${number}`, port: 53 } },
    ...{ first: channel(number, true), stream: channel(number, false) },
    ...{ selector: undefined, rate: undefined, now: 0 },
  });

describe('the choice of a resolver', () => {
  it('waits with what needs a stream where those that are left have no room on theirs', () => {
    const upstreams = [upstream(0), upstream(1)] as const;
    const set = new UpstreamSet(upstreams, 0);
    const query = new PendingQuery('a.example', TYPE.A, { onAnswer() {} }, false);
    // Both have truncated it, and the one that did so last is not believed any more.
    for (const number of [1, 0]) {
      query.begin({ upstream: number, isInFlight: false, older: query.latest } as Attempt);
    }
    query.requireStream();
    upstreams[0].exclude(true);
    set.update(upstreams[0], 0);
    expect(set.choose(query, 0)).toBe('wait');
  });

  it('falls on 128 of many at first, and on 8 more each tick', () => {
    const set = new UpstreamSet(
      Array.from({ length: 138 }, (_, i) => upstream(i)),
      0,
    );
    const chosen = () => {
      const numbers = new Set<number>();
      for (let i = 0; i < 500; i++) {
        const query = new PendingQuery('a.example', TYPE.A, { onAnswer() {} }, false);
        numbers.add((set.choose(query, 0) as Channel).upstream);
      }
      return numbers;
    };
    expect(chosen()).toEqual(new Set(Array.from({ length: 128 }, (_, i) => i)));
    set.tick(20, false);
    expect(chosen().size).toBe(136);
    set.tick(40, false);
    expect(chosen().size).toBe(138);
  });
});
