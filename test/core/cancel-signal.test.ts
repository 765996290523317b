import { expect, it, vi } from 'vitest';
import { Cancellation } from '../../src/core/cancel-signal.js';

it('tells its listeners once, and those that were taken away nothing', () => {
  const cancellation = new Cancellation();
  const [stays, leaves] = [vi.fn(), vi.fn()];
  cancellation.addEventListener('abort', stays);
  cancellation.addEventListener('abort', leaves);
  cancellation.removeEventListener('abort', leaves);
  expect(cancellation.aborted).toBe(false);
  cancellation.abort('enough');
  cancellation.abort('again');
  expect([stays.mock.calls.length, leaves.mock.calls.length]).toEqual([1, 0]);
  expect([cancellation.aborted, cancellation.reason]).toEqual([true, 'enough']);
});
