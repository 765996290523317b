import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/core/nearest.js';

describe('the edits between two words', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['resolver', 'resolvers', 1],
    ['concurency', 'concurrency', 1],
    ['tyep', 'type', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j, %j: %i', (from, to, edits) => {
    expect([editDistance(from, to), editDistance(to, from)]).toEqual([edits, edits]);
  });
});

describe('the nearest word', () => {
  const words = ['timeout', 'tries', 'transport', 'types', 'ca'];

  it.each([
    ['timeOut', 'timeout'],
    ['type', 'types'],
    ['retries', 'tries'],
    ['transprot', 'transport'],
    ['cd', 'ca'],
    ['xyz', undefined],
    ['ordered', undefined],
    ['', undefined],
  ])('%j: %j', (text, expected) => {
    expect(nearest(text, words)).toBe(expected);
  });
});
