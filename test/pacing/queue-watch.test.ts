import { describe, expect, it } from 'vitest';
import { DeliveryMeter } from '../../src/pacing/delivery-meter.js';
import { QueueWatch } from '../../src/pacing/queue-watch.js';

const TICK_MS = 20;
const BASE_MS = 200;

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
});
