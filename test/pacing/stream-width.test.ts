import { describe, expect, it } from 'vitest';
import { StreamWidth } from '../../src/pacing/stream-width.js';

const usual = 8;
const most = 24;

interface Period {
  readonly from: number;
  readonly until: number;
  readonly silentMs: number;
  readonly connections?: number;
}

/** Each of the connections is silent once in 100 ms, for so long. */
function run(width: StreamWidth, { from, until, silentMs, connections }: Period) {
  for (let now = from; now <= until; now += 20) {
    const count = connections ?? width.size;
    if (now % 100 === 0) for (let i = 0; i < count; i++) width.onRead(silentMs, 200);
    width.tick(now, count);
  }
}

describe('the number of connections', () => {
  it('doubles up to its most where connections are held up while others are served', () => {
    const width = new StreamWidth(usual, most);
    expect(width.size).toBe(usual);
    run(width, { from: 0, until: 200, silentMs: 50 });
    expect(width.size).toBe(2 * usual);
    run(width, { from: 220, until: 400, silentMs: 50 });
    expect(width.size).toBe(most);
  });

  it('stays where no connection is silent for long, or few queries wait on it', () => {
    const width = new StreamWidth(usual, most);
    run(width, { from: 0, until: 3000, silentMs: 49 });
    for (let now = 3000; now < 6000; now += 20) {
      width.onRead(1000, 31);
      width.tick(now, usual);
    }
    expect(width.size).toBe(usual);
  });

  it('stays where a connection is held up once in a while', () => {
    const width = new StreamWidth(usual, most);
    for (let now = 0; now < 6000; now += 20) {
      if (now % 400 === 0) width.onRead(150, 200);
      width.tick(now, usual);
    }
    expect(width.size).toBe(usual);
  });

  it('spreads the queries over more connections than they would fill', () => {
    const width = new StreamWidth(usual, most);
    expect(width.share).toBe(1);
    run(width, { from: 0, until: 200, silentMs: 50, connections: 2 });
    expect(width.share).toBe(1 / 2);
    width.found(1);
    expect(width.share).toBe(1);
  });

  it('is what the resolver serves, once that is known', () => {
    const width = new StreamWidth(usual, most);
    width.found(5);
    run(width, { from: 0, until: 3000, silentMs: 50 });
    expect(width.size).toBe(5);
    width.found(0);
    expect(width.size).toBe(1);
  });
});
