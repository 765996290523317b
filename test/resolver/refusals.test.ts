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
  /** A countercheck comes to this, and the next is asked. */
  const check = (now: number, result: QueryResult) => {
    refusals.countercheck(known, now)?.settle(result);
    refusals.countercheck(known, now + 10);
    return [refusals.areOfNames(now + 10), refusals.limitedShare(now)];
  };
  return { refusals, limits, check };
}

describe('a countercheck', () => {
  it('asks what was answered before, of that resolver alone, one at a time', () => {
    const { refusals } = refusalsAfter(10);
    const query = refusals.countercheck(known, 100);
    expect([query?.name, query?.type, query?.only]).toEqual(['a.example', TYPE.A, 3]);
    expect(query?.isForItAlone).toBe(true);
    // A cache answers it at once: taken for a name like others, that would make all of them late.
    expect(query?.freshness).toBe('uninformative');
    expect(refusals.countercheck(known, 110)).toBeUndefined();
    query?.settle(answered);
    expect(refusals.countercheck(known, 120)).toBeDefined();
  });

  it('is of no use before anything was answered, or long after', () => {
    const { refusals } = refusalsAfter(0);
    expect(refusals.countercheck(known, 100)).toBeUndefined();
    expect(refusals.areOfNames(10)).toBe(false);
    refusals.answered(other, 1000);
    expect(refusals.countercheck(known, 4000)).toBeUndefined();
    expect(refusals.countercheck(known, 3999)).toBeDefined();
  });

  it('speaks for names while it is under way, unless it is late', () => {
    const { refusals } = refusalsAfter(10);
    refusals.countercheck(known, 100);
    expect([refusals.areOfNames(149), refusals.areOfNames(150)]).toEqual([true, false]);
  });

  it.each<[string, QueryResult, boolean]>([
    ['was answered', answered, true],
    ['was lost', { failed: 'timeout', resolver: 'r0' }, false],
    ['was lost, and another has answered it', { ...answered, resolver: 'r1' }, false],
    ['was lost, and another has refused it', { ...refused, resolver: 'r1' }, false],
  ])('where the last one %s', (_, result, isOfNames) => {
    const { check, limits } = refusalsAfter(10);
    expect([check(100, result), limits]).toEqual([[isOfNames, 0], []]);
  });

  it('shows a limit if it is refused', () => {
    const { check, limits } = refusalsAfter(10);
    expect([check(500, refused), limits]).toEqual([[false, 0.3], [500]]);
  });

  it('is not asked anew in the first half of the time that a limit is believed', () => {
    const { refusals, check } = refusalsAfter(10);
    check(500, refused);
    expect(refusals.countercheck(known, 1999)).toBeUndefined();
    expect(refusals.limitedShare(3499)).toBe(0.3);
    expect(refusals.countercheck(known, 2000)).toBeDefined();
  });

  it('is no other name that was answered', () => {
    const { refusals } = refusalsAfter(10);
    const query = refusals.countercheck(known, 2000) as PendingQuery;
    refusals.answered(query, 2000);
    query.settle(answered);
    expect(refusals.countercheck(known, 3010)).toBeUndefined();
  });
});

it('what is answered after it was refused shows a limit, too, and a late countercheck does not end it', () => {
  const { refusals, limits } = refusalsAfter(10);
  const query = refusals.countercheck(known, 100);
  refusals.noteLimit(4, 2500);
  refusals.answered(other, 2500);
  expect([refusals.limitedShare(2500), limits]).toEqual([0.75, [2500]]);
  query?.settle(refused);
  expect([refusals.limitedShare(5499), refusals.limitedShare(5500)]).toEqual([0.75, 0]);
});
