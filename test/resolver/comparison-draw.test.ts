import { describe, expect, it } from 'vitest';
import { ComparisonDraw } from '../../src/resolver/comparison-draw.js';

/** How many of so many questions are drawn. */
function drawn(draw: ComparisonDraw, questions: number): number {
  return Array.from({ length: questions }, () => draw.next()).filter(Boolean).length;
}

describe('the draw of questions that another resolver is asked too', () => {
  it('takes one of the first few, and about one in 64', () => {
    expect(drawn(new ComparisonDraw(), 16)).toBe(1);
    const all = drawn(new ComparisonDraw(), 64_000);
    expect(all).toBeGreaterThan(900);
    expect(all).toBeLessThan(1100);
  });
});
