import { expect, it } from 'vitest';
import { Gathering } from '../../src/http/body-buffer.js';

it.each([0, 10, 1_000_000])('puts pieces together, %i bytes promised', (promised) => {
  const gathering = new Gathering(promised);
  const read = Buffer.alloc(50_000);
  const expected: Buffer[] = [];
  for (let i = 0; i < 30; i++) {
    read.fill(i);
    expected.push(Buffer.from(read.subarray(i, i * 1000)));
    gathering.add(read, i, Math.max(i, i * 1000));
  }
  // Without a picture of the difference, which takes a minute to draw.
  expect(gathering.bytes.equals(Buffer.concat(expected))).toBe(true);
  expect(gathering.size).toBe(gathering.bytes.length);
});

it('is empty before anything has come', () => {
  expect(new Gathering(0).bytes).toHaveLength(0);
  expect(new Gathering(7).bytes).toHaveLength(0);
});

it('shares its memory with nobody', () => {
  const [one, other] = [new Gathering(3), new Gathering(3)];
  one.add(Buffer.from('abc'), 0, 3);
  other.add(Buffer.from('def'), 0, 3);
  expect(one.bytes.buffer).not.toBe(other.bytes.buffer);
  expect(one.bytes.toString()).toBe('abc');
});
