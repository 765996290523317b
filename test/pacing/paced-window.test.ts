import { describe, expect, it } from 'vitest';
import { PacedWindow } from '../../src/pacing/paced-window.js';

/** A window of 1,024 attempts, all of them in flight. */
function full(): PacedWindow {
  const window = new PacedWindow({ ceiling: 10_000, start: 1024, growth: 4, soonRate: 0 });
  for (let i = 0; i < 1024; i++) window.sent('fresh', 1);
  return window;
}

describe('a window that has filled a queue', () => {
  it('gives back what waits there', () => {
    const window = full();
    expect(window.shrink({ waiting: 300, needed: 100 }, 2)).toBe(300);
    expect(window.size).toBe(724);
  });

  it('keeps what the resolver is busy with, though more seems to wait than is in flight', () => {
    const window = full();
    window.shrink({ waiting: 2000, needed: 200 }, 2);
    expect(window.size).toBe(200);
    expect(window.shrink({ waiting: 2000, needed: 5000 }, 3)).toBe(0);
    expect(window.size).toBe(200);
  });

  it('feels its way up from there', () => {
    const window = full();
    window.grow(2);
    expect(window.size).toBe(4096);
    window.shrink({ waiting: 24, needed: 0 }, 3);
    expect(window.size).toBe(1000);
    window.grow(4);
    expect(window.size).toBe(1250);
  });
});

describe('a window that grows for the first time', () => {
  const first = () => new PacedWindow({ ceiling: 10_000, start: 256, growth: 4, soonRate: 16_000 });

  it.each([
    ['near, by its factor', 10, 1024],
    ['far away, to the rate that a near one is asked at by then', 200, 3200],
    ['very far away or slow, to what is not large yet', 900, 4096],
  ])('grows %s', (_, median, size) => {
    const window = first();
    window.grow(1, median);
    expect(window.size).toBe(size);
  });

  it('goes by its factor after the resolver was gone', () => {
    const window = first();
    window.restart(1);
    window.grow(2, 200);
    expect(window.size).toBe(1024);
  });

  it.each([
    ['nothing was found out about the resolver', (_: PacedWindow) => {}, 3200],
    ['it was gone', (datagrams: PacedWindow) => datagrams.restart(1), 1024],
  ])('does as the one before it, over another transport, where %s', (_, befall, size) => {
    const datagrams = first();
    befall(datagrams);
    const stream = first();
    stream.adopt(datagrams, 2);
    stream.grow(3, 200);
    expect(stream.size).toBe(size);
  });

  it('goes to no rate where a queue was filled', () => {
    const window = first();
    for (let i = 0; i < 256; i++) window.sent('fresh', 1);
    window.shrink({ waiting: 56, needed: 0 }, 2);
    window.grow(3, 200);
    expect(window.size).toBe(250);
  });
});
