import { describe, expect, it } from 'vitest';
import { ResendPace } from '../../src/pacing/resend-pace.js';

/** How many may be resent in one tick. */
function taken(pace: ResendPace): number {
  let count = 0;
  while (pace.take()) count++;
  return count;
}

/** So many answers in each of so many ticks. */
function go(pace: ResendPace, ticks: number, answers: number): void {
  for (let tick = 0; tick < ticks; tick++) {
    for (let i = 0; i < answers; i++) pace.answered();
    pace.tick();
  }
}

describe('the pace of resends', () => {
  it('is slow before anything was answered, and where hardly anything is', () => {
    const pace = new ResendPace(1 / 2);
    expect(taken(pace)).toBe(32);
    go(pace, 1, 0);
    expect(taken(pace)).toBe(1);
    go(pace, 8, 0);
    expect(taken(pace)).toBe(8);
    go(pace, 100, 0);
    expect(taken(pace)).toBe(32);
  });

  it('is four times what is answered', () => {
    const pace = new ResendPace(1 / 2);
    go(pace, 500, 50);
    expect(taken(pace)).toBe(199);
  });

  it('does not save up what was not used', () => {
    const pace = new ResendPace(1 / 2);
    go(pace, 500, 50);
    go(pace, 500, 50);
    expect(taken(pace)).toBe(199);
  });

  it('stays at half of the best when the answers end: the names may be dead', () => {
    const pace = new ResendPace(1 / 2);
    go(pace, 500, 50);
    go(pace, 500, 0);
    taken(pace);
    go(pace, 1, 0);
    expect(taken(pace)).toBe(24);
  });
});
