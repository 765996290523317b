import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/core/nearest.js';

describe('the nearest word', () => {
  const words = ['timeout', 'tries', 'transport', 'types', 'ca'];

  it.each([
    ['timeOut', 'timeout'],
    ['type', 'types'],
    ['retries', 'tries'],
    ['transprot', 'transport'],
    ['tyeps', 'types'],
    ['tmieuot', 'timeout'],
    ['cd', 'ca'],
    ['xyz', undefined],
    ['ordered', undefined],
    ['', undefined],
  ])('%j: %j', (text, expected) => {
    expect(nearest(text, words)).toBe(expected);
  });
});
