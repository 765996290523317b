import { describe, expect, it } from 'vitest';
import { ComparisonDraw } from '../../src/resolver/comparison-draw.js';

/** How many of so many questions are drawn. */
function drawn(draw: ComparisonDraw, questions: number): number {
  return Array.from({ length: questions }, () => draw.next()).filter(Boolean).length;
}

describe('the draw of questions that another resolver is asked too', () => {
  it('takes one of the first few, about one in 64, and late in a long list one in 128', () => {
    expect(drawn(new ComparisonDraw(), 16)).toBe(1);
    const draw = new ComparisonDraw();
    const early = drawn(draw, 16_000);
    expect(early).toBeGreaterThan(210);
    expect(early).toBeLessThan(290);
    const late = drawn(draw, 64_000);
    expect(late).toBeGreaterThan(440);
    expect(late).toBeLessThan(560);
  });
});
