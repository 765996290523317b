import { describe, expect, it } from 'vitest';
import { bareReply, RCODE, type Reply } from '../../src/dns/message.js';
import {
  type AttemptEnd,
  classify,
  type Decision,
  decide,
  type Situation,
} from '../../src/resolver/retry-policy.js';

const usual: Omit<Situation, 'end'> = {
  isStream: false,
  attempts: 1,
  maxAttempts: 5,
  begun: 1,
  hasOther: false,
  isProven: true,
  hasSteadier: false,
  limitedShare: 0,
  limitRefusals: 0,
  isOfName: false,
  hasStream: undefined,
};
const again = (afterMs: number, isExcused = false): Decision => ({
  kind: 'again',
  afterMs,
  isExcused,
});
const settle: Decision = { kind: 'settle' };
const giveUp: Decision = { kind: 'give-up' };

const records = [{ name: 'a.example', type: 'A', ttl: 60, data: '192.0.2.1' }];

describe('after an attempt', () => {
  it.each<[string, AttemptEnd, Partial<Situation>, Decision]>([
    ['an answer settles it', 'answer', {}, settle],
    [
      'truncated over datagrams: over a stream, free',
      'truncated',
      {},
      { ...again(0, true), change: 'stream' } as Decision,
    ],
    ['truncated where streams break is malformed', 'truncated', { hasStream: false }, again(50)],
    ['truncated over a stream is malformed', 'truncated', { isStream: true }, again(50)],
    [
      'EDNS not understood: without, free',
      'edns-rejected',
      {},
      { ...again(0, true), change: 'no-edns' } as Decision,
    ],
    ['a time-out: at once', 'timeout', {}, again(0)],
    [
      'a time-out before the last try: over a stream that is known to work',
      'timeout',
      { attempts: 4, hasStream: true },
      { ...again(0), change: 'stream' } as Decision,
    ],
    ['not over one that is not', 'timeout', { attempts: 4 }, again(0)],
    ['nor before', 'timeout', { attempts: 3, hasStream: true }, again(0)],
    ['nor where it was one', 'timeout', { attempts: 4, isStream: true, hasStream: true }, again(0)],
    ['the last time-out', 'timeout', { attempts: 5 }, giveUp],
    ['SERVFAIL: at another at once', 'servfail', { hasOther: true }, again(0)],
    [
      'SERVFAIL of one that never answered well is free',
      'servfail',
      { hasOther: true, isProven: false },
      again(0, true),
    ],
    ['SERVFAIL: at the same later', 'servfail', {}, again(50)],
    ['later and later', 'servfail', { attempts: 3 }, again(200)],
    ['but not much', 'servfail', { attempts: 9, maxAttempts: 10 }, again(400)],
    [
      'SERVFAIL where another fails less is free',
      'servfail',
      { attempts: 5, hasOther: true, hasSteadier: true },
      again(0, true),
    ],
    [
      'a time-out where another loses less, too',
      'timeout',
      { attempts: 5, hasSteadier: true },
      again(0, true),
    ],
    ['but not for ever', 'timeout', { attempts: 5, begun: 32, hasSteadier: true }, giveUp],
    ['the last SERVFAIL', 'servfail', { attempts: 5, hasOther: true }, giveUp],
    [
      'REFUSED: another is asked, free, however many there are',
      'refused',
      { attempts: 5, hasOther: true },
      again(0, true),
    ],
    [
      'REFUSED above a rate is free',
      'refused',
      { attempts: 5, limitedShare: 0.5, limitRefusals: 1 },
      again(400, true),
    ],
    [
      'and waits longer each time',
      'refused',
      { limitedShare: 0.5, limitRefusals: 2 },
      again(800, true),
    ],
    [
      'but not more often than chance allows: it is the name',
      'refused',
      { limitedShare: 0.5, limitRefusals: 14 },
      giveUp,
    ],
    [
      'that another resolver may answer',
      'refused',
      { limitedShare: 0.5, limitRefusals: 14, hasOther: true },
      again(0, true),
    ],
    [
      'where more is refused, more often',
      'refused',
      { limitedShare: 0.8, limitRefusals: 14 },
      again(1600, true),
    ],
    ['REFUSED by the only one', 'refused', {}, again(50)],
    ['the last REFUSED', 'refused', { attempts: 5 }, giveUp],
    ['REFUSED for its name: soon', 'refused', { attempts: 3, isOfName: true }, again(20)],
    ['no more often than others', 'refused', { attempts: 5, isOfName: true }, giveUp],
    [
      'REFUSED for its name where there is a limit as well waits as others do',
      'refused',
      { limitedShare: 0.5, limitRefusals: 1, isOfName: true },
      again(400, true),
    ],
    ['lame: another is asked, free', 'lame', { hasOther: true }, again(0, true)],
    ['contradicting: another is asked, free', 'contradiction', { hasOther: true }, again(0, true)],
    [
      'malformed: as long as there is one',
      'malformed',
      { begun: 31, hasOther: true },
      again(0, true),
    ],
    ['malformed: but not for ever', 'malformed', { begun: 32, hasOther: true }, again(0)],
    ['malformed: the same later', 'malformed', {}, again(50)],
  ])('%s', (_, end, more, decision) => {
    expect(decide({ ...usual, end, ...more })).toEqual(decision);
  });

  it.each<[number, boolean, AttemptEnd]>([
    [RCODE.FORMERR, true, 'edns-rejected'],
    [RCODE.NOTIMP, true, 'edns-rejected'],
    [RCODE.BADVERS, true, 'edns-rejected'],
    [RCODE.BADVERS, false, 'rcode'],
    [RCODE.FORMERR, false, 'rcode'],
    [RCODE.SERVFAIL, true, 'servfail'],
    [RCODE.REFUSED, true, 'refused'],
  ])('rcode %i, EDNS %s: %s', (rcode, hadEdns, end) => {
    expect(classify(bareReply(rcode), hadEdns, false)).toBe(end);
  });

  it.each<[what: string, reply: Partial<Reply>, end: AttemptEnd]>([
    ['nothing', {}, 'contradiction'],
    ['nothing of a server with the zone', { isAuthoritative: true }, 'contradiction'],
    ['records', { records }, 'answer'],
    ['an alias', { records, chain: 1 }, 'answer'],
    ['a SOA', { hasSoa: true }, 'answer'],
    ['NXDOMAIN', { rcode: RCODE.NXDOMAIN }, 'answer'],
    ['SERVFAIL', { rcode: RCODE.SERVFAIL }, 'servfail'],
  ])('over a stream, after a datagram that it did not fit: %s', (_, more, end) => {
    const reply = { ...bareReply(RCODE.NOERROR), isRecursive: true, ...more };
    expect(classify(reply, false, true, true)).toBe(end);
    expect(classify(reply, false, true)).toBe(end === 'contradiction' ? 'answer' : end);
  });

  it('believes records over a stream though the bit for truncation is set, and a denial only by its rcode', () => {
    const truncated = { ...bareReply(RCODE.NOERROR), isTruncated: true, isRecursive: true };
    expect(classify({ ...truncated, records }, false, true)).toBe('answer');
    expect(classify({ ...truncated, records }, false, false)).toBe('truncated');
    expect(classify({ ...truncated, records, chain: 1 }, false, true)).toBe('truncated');
    expect(classify({ ...truncated, hasSoa: true }, false, true)).toBe('truncated');
    const gone = { ...truncated, rcode: RCODE.NXDOMAIN };
    expect(classify({ ...gone, hasSoa: true }, false, true)).toBe('answer');
    expect(classify({ ...gone, hasSoa: true }, false, false)).toBe('truncated');
    expect(classify(gone, false, true)).toBe('truncated');
  });
});
