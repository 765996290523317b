import { expect, it } from 'vitest';
import { SimulatedResolver } from '../../bench/probe/worlds/simulated-resolver.js';

it('a limit of a simulated resolver lets as much through in each run', () => {
  const resolver = new SimulatedResolver({ rtt: 10, limit: { rate: 100, over: 'drop' } });
  const answeredAt = (...times: readonly number[]) =>
    times.map((now) => resolver.answer(now, 0, false) >= 0).filter(Boolean).length;
  const asks = Array.from({ length: 100 }, () => 10_000);
  expect(answeredAt(...asks)).toBe(20);
  // The clock of a run begins at 0.
  resolver.reset();
  expect(answeredAt(...asks.map(() => 0))).toBe(20);
  expect(resolver.dropped).toBe(80);
});
