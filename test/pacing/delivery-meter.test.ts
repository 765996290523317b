import { describe, expect, it } from 'vitest';
import { DeliveryMeter } from '../../src/pacing/delivery-meter.js';

const TICK_MS = 20;
const LEAST_MS = 200;

/** @param each what happens in each tick */
function meterOf(ticks: number, each: (meter: DeliveryMeter, tick: number) => void): DeliveryMeter {
  const meter = new DeliveryMeter();
  for (let tick = 0; tick < ticks; tick++) {
    each(meter, tick);
    meter.tick(tick * TICK_MS);
  }
  return meter;
}

function send(meter: DeliveryMeter, count: number): void {
  for (let i = 0; i < count; i++) meter.sent(true);
}

function answer(meter: DeliveryMeter, count: number, latency: number): void {
  for (let i = 0; i < count; i++) meter.answered(latency, true);
}

describe('the quickest answer of late', () => {
  it('tells of a queue while names are asked all the time', () => {
    const meter = meterOf(40, (now, tick) => {
      send(now, 10);
      if (tick > 10) answer(now, 10, tick < 30 ? LEAST_MS : 350);
    });
    expect(meter.quickest(100, 20, LEAST_MS)).toEqual({ ms: 350, usualMs: 350 });
  });

  it('is told with that of each tick on average, of those that brought any', () => {
    const meter = meterOf(40, (now, tick) => {
      send(now, 10);
      if (tick % 2 === 1) answer(now, 20, tick === 39 ? 250 : 350);
    });
    const quickest = meter.quickest(100, 20, LEAST_MS);
    expect(quickest?.ms).toBe(250);
    expect(quickest?.usualMs).toBeGreaterThan(290);
    expect(quickest?.usualMs).toBeLessThan(320);
  });

  it('tells nothing while only the slow names of a burst can be answered yet', () => {
    const meter = meterOf(16, (now, tick) => {
      if (tick === 0) send(now, 256);
      if (tick === 10) answer(now, 128, LEAST_MS);
      // The next burst has just gone out.
      if (tick === 12) send(now, 768);
      if (tick > 12) answer(now, 10, 320);
    });
    expect(meter.quickest(100, 20, LEAST_MS)).toBeUndefined();
  });
});
