import { describe, expect, it } from 'vitest';
import { Burst } from '../../src/resolver/burst.js';
import { SystemClock } from '../../src/resolver/clock.js';

/** Turns of the event loop that are over when they are told to be. */
class Turns extends SystemClock {
  #callbacks: (() => void)[] = [];

  override afterTurn(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  end(): void {
    for (const callback of this.#callbacks.splice(0)) callback();
  }
}

/** How many may begin before it is spent. */
function spendAll(burst: Burst): number {
  let count = 0;
  for (; !burst.isSpent; count++) burst.spend();
  return count;
}

describe('the attempts of one turn of the event loop', () => {
  it('are bounded, and go on in the next turn', () => {
    const turns = new Turns();
    let calls = 0;
    const burst = new Burst(turns, () => calls++);
    const size = spendAll(burst);
    expect(size).toBeLessThanOrEqual(1024);
    turns.end();
    expect([burst.isSpent, calls]).toEqual([false, 1]);
    expect(spendAll(burst)).toBe(size);
  });

  it('that were few enough have no sequel, and do not lessen those of the next', () => {
    const turns = new Turns();
    let calls = 0;
    const burst = new Burst(turns, () => calls++);
    burst.spend();
    turns.end();
    expect(calls).toBe(0);
    const size = spendAll(burst);
    turns.end();
    expect(spendAll(burst)).toBe(size);
  });
});
