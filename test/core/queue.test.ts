import { describe, expect, it } from 'vitest';
import { Queue } from '../../src/core/queue.js';

function drain<T>(queue: Queue<T>): T[] {
  const all: T[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) all.push(item);
  return all;
}

describe('a queue', () => {
  it('gives first what came first', () => {
    const queue = new Queue<number>();
    for (let i = 1; i <= 3; i++) queue.push(i);
    expect([queue.size, queue.first]).toEqual([3, 1]);
    expect(drain(queue)).toEqual([1, 2, 3]);
    expect([queue.size, queue.first, queue.shift()]).toEqual([0, undefined, undefined]);
  });

  it.each([0, 1, 2, 5])('gives before all what was put back, with %i taken before', (taken) => {
    const queue = new Queue<string>();
    for (let i = 0; i < taken; i++) queue.push('taken');
    queue.push('next');
    for (let i = 0; i < taken; i++) queue.shift();
    queue.putBack(['first', 'second']);
    expect(queue.size).toBe(3);
    expect(drain(queue)).toEqual(['first', 'second', 'next']);
  });

  it('gives what was put back last first, one by one and between what is taken', () => {
    const queue = new Queue<number>();
    queue.push(-1);
    for (let i = 0; i < 5000; i++) queue.putBack([i]);
    expect([queue.size, queue.first]).toEqual([5001, 4999]);
    expect(queue.shift()).toBe(4999);
    queue.putBack([5001, 5000]);
    queue.push(-2);
    const rest = Array.from({ length: 4999 }, (_, i) => 4998 - i);
    expect(drain(queue)).toEqual([5001, 5000, ...rest, -1, -2]);
    expect([queue.size, queue.first]).toEqual([0, undefined]);
  });

  it('keeps its order over many, whatever is put back on the way', () => {
    const queue = new Queue<number>();
    const given: number[] = [];
    for (let i = 0; i < 10_000; i++) queue.push(i);
    for (let i = 0; queue.size > 0; i++) {
      const item = queue.shift() as number;
      if (i % 7 === 0) queue.putBack([item]);
      else given.push(item);
    }
    expect(given).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
  });
});
