import { describe, expect, it } from 'vitest';
import { type AttemptRecord, PendingQuery } from '../../src/resolver/query.js';
import { QueryQueue } from '../../src/resolver/query-queue.js';

const listener = { onAnswer() {} };

/** A query whose attempt at this resolver was lost. */
function askedAt(upstream: number): PendingQuery {
  const query = new PendingQuery('a.example', 1, listener, false);
  const attempt: AttemptRecord = {
    upstream,
    isInFlight: false,
    isExcused: false,
    isWithdrawn: false,
    older: undefined,
    cancel() {},
  };
  query.begin(attempt);
  query.end();
  return query;
}

describe('queries that wait for room at a resolver', () => {
  it('are given to the first resolver that they were not asked of', () => {
    const queue = new QueryQueue(20);
    const [first, second] = [askedAt(0), askedAt(1)];
    queue.stall(first);
    queue.stall(second);
    expect([queue.size, queue.delayed, queue.needsRoom]).toEqual([0, 2, true]);
    expect(queue.takeStalled(0)).toBe(second);
    expect(queue.takeStalled(0)).toBeUndefined();
    expect(queue.takeStalled(2)).toBe(first);
    expect(queue.isEmpty).toBe(true);
  });

  it('are not given away once a late answer has come, nor where only a stream will do', () => {
    const queue = new QueryQueue(20);
    const [answered, truncated] = [askedAt(0), askedAt(0)];
    truncated.requireStream();
    queue.stall(answered);
    queue.stall(truncated);
    answered.settle({ failed: 'timeout' });
    expect(queue.takeStalled(1)).toBeUndefined();
    queue.requeueDue();
    expect([queue.size, queue.first]).toEqual([1, truncated]);
  });
});
