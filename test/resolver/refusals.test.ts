import { describe, expect, it } from 'vitest';
import { bareReply, RCODE } from '../../src/dns/message.js';
import { TYPE } from '../../src/dns/types.js';
import { PendingQuery, type QueryResult } from '../../src/resolver/query.js';
import { Refusals } from '../../src/resolver/refusals.js';

const known = { name: 'a.example', type: TYPE.A };
const other = new PendingQuery('b.example', TYPE.A, { onAnswer() {} }, false);
const answered = { reply: bareReply(RCODE.NOERROR), resolver: 'r0', transport: 'udp' };
const refused = { failed: 'refused' as const, resolver: 'r0' };

function refusalsAfter(goodAt: number) {
  const limits: number[] = [];
  const refusals = new Refusals({ label: 'r0', number: 3, onLimit: (now) => limits.push(now) });
  refusals.answered(other, goodAt);
  /** A countercheck comes to this. */
  const check = (now: number, result: QueryResult) => {
    refusals.countercheck(known, now)?.settle(result);
    return [refusals.areOfNames(now), refusals.limitedShare(now)];
  };
  return { refusals, limits, check };
}

describe('a countercheck', () => {
  it('asks what was answered before, of that resolver alone, one at a time', () => {
    const { refusals } = refusalsAfter(10);
    const query = refusals.countercheck(known, 100);
    expect([query?.name, query?.type, query?.only]).toEqual(['a.example', TYPE.A, 3]);
    expect(query?.isForItAlone).toBe(true);
    expect(refusals.countercheck(known, 110)).toBeUndefined();
    query?.settle(answered);
    expect(refusals.countercheck(known, 120)).toBeDefined();
  });

  it('is of no use before anything was answered', () => {
    const refusals = new Refusals({ label: 'r0', number: 3, onLimit() {} });
    expect(refusals.countercheck(known, 100)).toBeUndefined();
    expect(refusals.areOfNames(100)).toBe(false);
  });

  it('says that names are refused once it is answered, as long as the next is not late', () => {
    const { refusals } = refusalsAfter(10);
    const query = refusals.countercheck(known, 100);
    expect(refusals.areOfNames(100)).toBeUndefined();
    query?.settle(answered);
    expect(refusals.areOfNames(100)).toBe(true);
    refusals.countercheck(known, 200);
    expect(refusals.areOfNames(219)).toBe(true);
    // A name that was asked long after it is refused already.
    expect(refusals.areOfNames(220)).toBe(false);
  });

  it('says that there is a limit if it is refused, and nothing if it is lost', () => {
    const { check, limits } = refusalsAfter(10);
    expect(check(100, answered)).toEqual([true, 0]);
    expect(check(200, { failed: 'timeout', resolver: 'r0' })).toEqual([false, 0]);
    // Another was asked in its place.
    expect(check(300, { ...answered, resolver: 'r1' })).toEqual([false, 0]);
    expect(check(400, { ...refused, resolver: 'r1' })).toEqual([false, 0]);
    expect([check(500, refused), limits]).toEqual([[false, 0.3], [500]]);
  });

  it('is not asked anew in the first half of the time that a limit is believed', () => {
    const { refusals, check } = refusalsAfter(10);
    check(500, refused);
    expect(refusals.countercheck(known, 1999)).toBeUndefined();
    expect(refusals.limitedShare(3499)).toBe(0.3);
    expect(refusals.countercheck(known, 2000)).toBeDefined();
  });

  it('says nothing of a limit where nothing else was answered of late', () => {
    const { refusals, check, limits } = refusalsAfter(10);
    const query = refusals.countercheck(known, 2000) as PendingQuery;
    refusals.answered(query, 2000);
    query.settle(answered);
    expect(check(3010, refused)).toEqual([false, 0]);
    refusals.answered(other, 3020);
    expect([check(3030, refused), limits]).toEqual([[false, 0.3], [3030]]);
  });
});

it('what is answered after it was refused shows a limit, too', () => {
  const { refusals, limits } = refusalsAfter(10);
  refusals.noteLimit(3, 100);
  refusals.answered(other, 100);
  expect([refusals.limitedShare(100), limits]).toEqual([0.75, [100]]);
});
