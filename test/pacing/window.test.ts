import { describe, expect, it } from 'vitest';
import { type Outcome, Window } from '../../src/pacing/window.js';

/** Sends as many as fit and ends them all, at one moment. */
function round(window: Window, outcome: (i: number) => Outcome, now: number): void {
  const count = window.room;
  for (let i = 0; i < count; i++) window.sent();
  for (let i = 0; i < count; i++) {
    window.ended(outcome(i), now);
    window.left();
  }
}
const answered = () => 'answered' as const;

describe('a window', () => {
  it('starts small and grows with the answers, up to its ceiling', () => {
    const window = new Window(100, 3000);
    expect(window.room).toBe(32);
    round(window, answered, 0);
    expect(window.size).toBeGreaterThan(32);
    for (let i = 1; i < 10; i++) round(window, answered, i);
    expect(window.size).toBe(100);
  });

  it('does not grow while it is not used', () => {
    const window = new Window(100, 3000);
    for (let i = 0; i < 50; i++) {
      window.sent();
      window.ended('answered', i);
      window.left();
    }
    expect(window.size).toBe(32);
  });

  it.each<[string, Outcome, number, boolean]>([
    ['one loss in nine', 'lost', 9, false],
    ['one loss in six', 'lost', 6, true],
    ['one REFUSED in six', 'refused', 6, true],
    ['one SERVFAIL in two', 'servfail', 2, false],
    ['nothing but SERVFAIL', 'servfail', 1, true],
  ])('halves for a burst: %s', (_, outcome, each, halves) => {
    const window = new Window(1000, 3000, 64);
    round(window, (i) => (i % each === each - 1 ? outcome : 'answered'), 5000);
    const before = window.size;
    round(window, (i) => (i % each === each - 1 ? outcome : 'answered'), 9000);
    expect(window.size < before).toBe(halves);
  });

  it('halves at most once in an RTO', () => {
    const window = new Window(1000, 3000, 512);
    for (let i = 0; i < 20; i++) round(window, () => 'lost', 5000 + i);
    expect(window.size).toBe(256);
  });

  it('never closes altogether', () => {
    const window = new Window(1000, 3000, 16);
    for (let i = 1; i < 400; i++) {
      window.sent();
      window.ended('lost', i * 1000);
      window.left();
    }
    expect(window.room).toBe(1);
  });

  it('begins anew at the size it is told, within its bounds', () => {
    const window = new Window(100, 3000);
    for (const [size, is] of [
      [7, 7],
      [0, 1],
      [1000, 100],
    ] as const) {
      window.restart(size);
      expect(window.size).toBe(is);
    }
  });
});

describe('the RTO', () => {
  it('is a second before anything was measured, and never above the time for a try', () => {
    expect(new Window(10, 3000).rto).toBe(1000);
    expect(new Window(10, 500).rto).toBe(500);
    const window = new Window(10, 500);
    window.measured(10_000);
    expect(window.rto).toBe(500);
  });

  it('follows the round trips (RFC 6298, 2.2 and 2.3), and is never below 200 ms', () => {
    const window = new Window(10, 3000);
    window.measured(100);
    expect([window.roundTrip, window.rto]).toEqual([100, 300]);
    window.measured(180);
    // Variation 50 + (80 - 50) / 4, then smoothed 100 + 80 / 8.
    expect([window.roundTrip, window.rto]).toEqual([110, 110 + 4 * 57.5]);
    for (let i = 0; i < 100; i++) window.measured(1);
    expect(window.rto).toBe(200);
  });
});
