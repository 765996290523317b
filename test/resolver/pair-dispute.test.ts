import { describe, expect, it } from 'vitest';
import { PairDispute } from '../../src/resolver/pair-dispute.js';

const resolvers = ['r0', 'r1'] as const;

/** After so many names on which the two agree, and then so many on which they do not. */
function noted(agreed: number, contradicted: number): PairDispute {
  const pair = new PairDispute();
  for (let i = 0; i < agreed; i++) pair.note(true);
  for (let i = 0; i < contradicted; i++) pair.note(false);
  return pair;
}

describe('the dispute of two resolvers', () => {
  it('begins with a contradiction, and ends after 512 names in a row on which they agree', () => {
    const pair = noted(600, 0);
    expect(pair.isOpen).toBe(false);
    pair.note(false);
    for (let i = 0; i < 511; i++) pair.note(true);
    pair.note(false);
    for (let i = 0; i < 511; i++) pair.note(true);
    expect(pair.isOpen).toBe(true);
    pair.note(true);
    expect([pair.isOpen, pair.contradicted]).toEqual([false, 2]);
    pair.note(false);
    expect(pair.isOpen).toBe(true);
  });

  it.each([
    ['twice', 0, 2, undefined],
    ['three times', 0, 3, { resolvers, contradicted: 3, compared: 3 }],
    ['about one name in a hundred', 297, 3, undefined],
    ['about more', 296, 3, { resolvers, contradicted: 3, compared: 299 }],
  ])('is told of when they contradict each other %s', (_, agreed, contradicted, expected) => {
    expect(noted(agreed, contradicted).contradiction(resolvers)).toEqual(expected);
  });
});
