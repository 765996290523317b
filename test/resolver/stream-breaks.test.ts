/** Breaks of streams: by chance, or not. */

import { describe, expect, it } from 'vitest';
import { StreamBreaks } from '../../src/resolver/stream-breaks.js';

/** The record of streams that each brought so many answers and then broke under a question. */
function afterStreams(...answers: readonly number[]): StreamBreaks {
  const breaks = new StreamBreaks();
  for (const each of answers) {
    if (each > 0) breaks.onAnswer();
    breaks.onEnd(each, 1);
  }
  return breaks;
}

describe('streams that break', () => {
  it.each([
    ['after 99 answers', [99, 99], 2],
    ['after nine', [9, 9], 4],
    ['after one', [1, 1], 13],
    ['after none or one, no more than is believed', [0, 0, 0, 1], 18],
  ] as const)('%s', (_, answers, run) => {
    expect(afterStreams(...answers).likelyRun).toBe(run);
  });

  it('one that was closed when nothing waited did not break', () => {
    const breaks = new StreamBreaks();
    breaks.onEnd(1, 0);
    expect(breaks.likelyRun).toBe(0);
  });

  it('what lies far back is forgotten', () => {
    const now = afterStreams(1_000_000, ...Array.from({ length: 2000 }, () => 1));
    expect(now.likelyRun).toBeGreaterThan(10);
  });
});

describe('a resolver whose streams are broken', () => {
  it.each([
    ['none of three brought anything', [0, 0, 0], true],
    ['two did not', [0, 0], false],
    ['three in a row, after one that served well', [500, 0, 0, 0], true],
    ['three in a row, where every second one serves', [1, 0, 1, 0, 1, 0, 0, 0], false],
    ['twenty in a row there', [1, 0, 1, 0, ...Array.from({ length: 20 }, () => 0)], true],
    ['the last one served', [0, 0, 0, 0, 1], false],
  ])('%s: %j is %s', (_, answers, isBroken) => {
    expect(afterStreams(...answers).isBroken).toBe(isBroken);
  });
});
