import { describe, expect, it } from 'vitest';
import type { LookupFailure } from '../../src/core/model.js';
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
