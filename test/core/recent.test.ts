import { expect, it } from 'vitest';
import { Recent } from '../../src/core/recent.js';

it('knows the newest, and twice as many at the most', () => {
  const recent = new Recent<number>(10);
  for (let i = 0; i < 1000; i++) {
    recent.set(`k${i}`, i);
    const known = Array.from({ length: i + 1 }, (_, k) => k).filter(
      (k) => recent.get(`k${k}`) === k,
    );
    expect(known.slice(-10)).toEqual(Array.from({ length: i + 1 }, (_, k) => k).slice(-10));
    expect(known.length).toBeLessThanOrEqual(20);
  }
});

it('takes the newer of two values', () => {
  const recent = new Recent<number>(2);
  recent.set('a', 1);
  recent.set('b', 1);
  recent.set('c', 1);
  recent.set('a', 2);
  expect([recent.get('a'), recent.get('b'), recent.get('d')]).toEqual([2, 1, undefined]);
});
