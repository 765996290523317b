import { describe, expect, it } from 'vitest';
import type { LookupFailure } from '../../src/core/model.js';
import { Attempt } from '../../src/resolver/attempt.js';
import { type AttemptRecord, PendingQuery } from '../../src/resolver/query.js';

/** A query whose first attempt was made faster than its resolver may take, and came to this. */
function queryAfter(failed: LookupFailure): PendingQuery {
  const query = new PendingQuery('a.example', 1, { onAnswer() {} }, false);
  const attempt: AttemptRecord = {
    upstream: 0,
    isInFlight: false,
    isExcused: true,
    isUnfair: false,
    isWithdrawn: false,
    older: undefined,
    cancel() {},
  };
  query.begin(attempt);
  query.end();
  query.fail({ failed });
  return query;
}

describe('a name that is asked again', () => {
  it('tells of the pace if it was lost to it, but not if it was refused: that may be at any pace', () => {
    expect(queryAfter('timeout').freshness).toBe('repeated');
    expect(queryAfter('refused').freshness).toBe('uninformative');
  });
});

it('a name knows how often each resolver has refused it', () => {
  const query = queryAfter('refused');
  expect(query.refusalsAt(0)).toBe(0);
  for (const upstream of [0, 1, 0]) query.noteRefused(upstream);
  expect([0, 1, 2].map((upstream) => query.refusalsAt(upstream))).toEqual([2, 1, 0]);
});

it('the clock of a name that a broken connection gave back runs on for one attempt', () => {
  const query = new PendingQuery('a.example', 1, { onAnswer() {} }, false);
  const attemptAt = (sentAt: number) => {
    const sent = { connection: { sent: 1 }, cohort: {}, freshness: 'fresh' };
    const attempt = new Attempt(query, { isStream: true } as never, sent as never, sentAt);
    query.begin(attempt);
    return attempt;
  };
  expect(attemptAt(5).startedAt).toBe(5);
  query.wait(5);
  expect(attemptAt(20).startedAt).toBe(5);
  // As all queues put it back.
  query.wait(query.clockStart);
  expect(attemptAt(30).startedAt).toBe(30);
});
