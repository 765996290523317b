import { describe, expect, it } from 'vitest';
import { DeliveryMeter } from '../../src/pacing/delivery-meter.js';
import { QueueWatch } from '../../src/pacing/queue-watch.js';

const TICK_MS = 20;
const BASE_MS = 200;

/** A resolver that answers 40 questions a tick, each tick's quickest answer later than that by up to 39 ms. */
function watched(baseMs: number) {
  const meter = new DeliveryMeter();
  const watch = new QueueWatch();
  let now = 0;
  watch.answered(baseMs);
  /** @returns the queue that is seen first in so many ticks */
  const look = (ticks: number, quickestMs: number, single = quickestMs) => {
    for (let tick = 0; tick < ticks; tick++) {
      now += TICK_MS;
      for (let i = 0; i < 40; i++) {
        meter.sent(true);
        meter.answered(i === 20 && tick === 0 ? single : quickestMs + i, true);
      }
      if (tick === 0) watch.answered(single);
      meter.tick(now);
      const queue = watch.look(meter, quickestMs + 20, now);
      if (queue) return queue;
    }
    return undefined;
  };
  /** Nothing is asked for so many ticks. */
  const rest = (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      now += TICK_MS;
      meter.tick(now);
      watch.look(meter, 0, now);
    }
  };
  return { look, rest, watch };
}

/** What is seen of a queue after 20 ticks in which the quickest answer took so long. */
function queueAfter(quickestOf: (tick: number) => number) {
  const meter = new DeliveryMeter();
  const watch = new QueueWatch();
  watch.answered(BASE_MS);
  for (let tick = 0; tick < 20; tick++) {
    for (let i = 0; i < 40; i++) {
      meter.sent(true);
      meter.answered(quickestOf(tick) + i, true);
    }
    meter.tick(tick * TICK_MS);
  }
  return watch.look(meter, BASE_MS, 20 * TICK_MS);
}

describe('a queue before a resolver', () => {
  it('is seen by quickest answers that are all late', () => {
    expect(queueAfter(() => 350)).toBeDefined();
  });

  it('is not seen where the quickest answers differ as much as they are late', () => {
    expect(queueAfter((tick) => (tick % 4 === 0 ? 350 : 500))).toBeUndefined();
  });

  it('is not made shorter again before that shows', () => {
    const { look } = watched(10);
    expect(look(20, 100)).toBeDefined();
    // 90 ms late, 120 ms in the middle, and 100 ms to look.
    expect(look(15, 100)).toBeUndefined();
  });

  it('is one if it gets shorter, and is made still shorter', () => {
    const { look } = watched(10);
    const first = look(20, 200)?.waiting as number;
    const second = look(40, 90)?.waiting as number;
    expect(first).toBeGreaterThan(second);
    expect(second).toBeGreaterThan(0);
  });

  it('is one if it gets longer by what was sent before', () => {
    const { look } = watched(10);
    look(20, 100);
    expect(look(40, 160)).toBeDefined();
  });

  it('is one again long after another of that length was', () => {
    const { look } = watched(10);
    look(20, 100);
    expect(look(40, 20)).toBeUndefined();
    expect(look(40, 100)).toBeDefined();
  });

  it('is one again that is as long after nothing was asked for a second', () => {
    const { look, rest } = watched(10);
    look(20, 100);
    // 90 and 120 ms, 100 ms to look, and a second.
    rest(66);
    expect(look(20, 100)).toBeDefined();
  });

  it('is one if it stays as it is because no less was asked', () => {
    const { look, watch } = watched(0.3);
    look(20, 40);
    watch.noteKept();
    expect(look(200, 40)).toBeDefined();
  });

  it('is none if it stays as it is: what came sooner was in a cache close by', () => {
    const { look } = watched(0.3);
    expect(look(20, 40)).toBeDefined();
    expect(look(200, 40)).toBeUndefined();
    // What is late by comparison with the others still is.
    expect(look(40, 120)).toBeDefined();
  });

  it('is none again because a single answer comes from there', () => {
    const { look } = watched(0.3);
    look(20, 40);
    look(200, 40);
    expect(look(40, 40, 0.3)).toBeUndefined();
  });

  it('is measured by what was quicker since then, all alike', () => {
    const { look } = watched(0.3);
    look(20, 40);
    look(200, 40);
    expect(look(40, 10)).toBeUndefined();
    expect(look(40, 70)).toBeDefined();
  });
});
