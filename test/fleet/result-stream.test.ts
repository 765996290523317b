import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { RedisLink } from '../../src/fleet/redis-link.js';
import { ResultStream } from '../../src/fleet/result-stream.js';

const link = { run: (operation: () => Promise<unknown>) => operation() } as RedisLink;

it('a read takes fewer results where they are large: it passes through memory as a whole', async () => {
  const asked: unknown[] = [];
  let [length, id] = [0, 0];
  const reader = {
    xread: async (_: string, count: number) => {
      asked.push(count);
      const fields = ['chunk', '0', 'names', '1', 'lines', 'x'.repeat(length)];
      return [['key', Array.from({ length: count }, () => [`${++id}-0`, fields])]];
    },
  } as unknown as Redis;
  const results = new ResultStream('run', link, reader);
  for (length of [10, 3_000_000, 90_000_000, 10, 10]) await results.read();
  expect(asked).toEqual([8, 8, 2, 1, 8]);
});
