import { expect, it } from 'vitest';
import { ByteBudget } from '../../src/storage/byte-budget.js';

/** Notes in `order` when the bytes are granted; what needs no wait is granted at once. */
function track(order: string[], name: string, waiting: Promise<void> | undefined): void {
  if (waiting) waiting.then(() => order.push(name));
  else order.push(`${name} at once`);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('gives bytes at once while there are some, then first come, first served', async () => {
  const budget = new ByteBudget(100);
  const order: string[] = [];
  const [a, b, c, d] = [budget.open(), budget.open(), budget.open(), budget.open()];
  track(order, 'a', a?.grow(60));
  track(order, 'b', b?.grow(40));
  track(order, 'c', c?.grow(50));
  track(order, 'd', d?.grow(1));
  await turn();
  expect(order).toEqual(['a at once', 'b at once']);
  b?.release();
  await turn();
  // One byte would fit, but it came after the fifty.
  expect(order).toHaveLength(2);
  a?.release();
  await turn();
  expect(order).toEqual(['a at once', 'b at once', 'c', 'd']);
});

it('lets a file larger than all of it pass when it is the oldest', async () => {
  const budget = new ByteBudget(100);
  const order: string[] = [];
  const [small, large, next] = [budget.open(), budget.open(), budget.open()];
  track(order, 'small', small.grow(10));
  track(order, 'large', large.grow(1000));
  track(order, 'next', next.grow(10));
  await turn();
  expect(order).toEqual(['small at once']);
  small.release();
  await turn();
  expect(order).toEqual(['small at once', 'large']);
  large.release();
  await turn();
  expect(order).toEqual(['small at once', 'large', 'next']);
});

it('never lets files of unknown length wait for each other for ever', async () => {
  const budget = new ByteBudget(100);
  const order: string[] = [];
  const [first, second] = [budget.open(), budget.open()];
  track(order, 'first', first.grow(50));
  track(order, 'second', second.grow(50));
  track(order, 'second more', second.grow(50));
  track(order, 'first more', first.grow(50));
  await turn();
  expect(order).toEqual(['first at once', 'second at once', 'first more at once']);
  first.release();
  await turn();
  expect(order).toHaveLength(4);
});

it('forgets what is waited for when it is released', async () => {
  const budget = new ByteBudget(100);
  const order: string[] = [];
  const [a, b, c] = [budget.open(), budget.open(), budget.open()];
  track(order, 'a', a.grow(100));
  track(order, 'b', b.grow(100));
  track(order, 'c', c.grow(100));
  b.release();
  a.release();
  await turn();
  expect(order).toEqual(['a at once', 'c']);
  c.release();
  track(order, 'd', budget.open().grow(50));
  track(order, 'e', budget.open().grow(50));
  expect(order.slice(2)).toEqual(['d at once', 'e at once']);
});
