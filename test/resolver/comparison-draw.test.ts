import { describe, expect, it } from 'vitest';
import { ComparisonDraw } from '../../src/resolver/comparison-draw.js';

/** How many of so many questions are drawn. */
function drawn(draw: ComparisonDraw, questions: number): number {
  return Array.from({ length: questions }, () => draw.next()).filter(Boolean).length;
}

describe('the draw of questions that two resolvers are asked', () => {
  it('takes one of the first few, and about one in 64', () => {
    expect(drawn(new ComparisonDraw(), 16)).toBe(1);
    const all = drawn(new ComparisonDraw(), 64_000);
    expect(all).toBeGreaterThan(900);
    expect(all).toBeLessThan(1100);
  });

  it('takes the next question in the place of one whose name is slow, four times running', () => {
    const draw = new ComparisonDraw();
    drawn(draw, 16);
    for (let time = 0; time < 4; time++)
      expect([draw.postpone(), draw.next()]).toEqual([true, true]);
    expect(draw.postpone()).toBe(false);
    draw.keep();
    expect(draw.postpone()).toBe(true);
  });

  it('gives up all slow names while no question comes: at the end of a list nothing waits for them', () => {
    const draw = new ComparisonDraw();
    drawn(draw, 16);
    expect(Array.from({ length: 100 }, () => draw.postpone())).not.toContain(false);
    expect([draw.next(), draw.next()]).toEqual([true, false]);
  });
});
