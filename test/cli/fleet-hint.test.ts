/** What a run that waits for workers says. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hintAtWorkers } from '../../src/cli/fleet-pipeline.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const said = (workers: number, run?: string) => {
  const texts: string[] = [];
  const redis = 'redis://me:secret@127.0.0.1:6379';
  const end = hintAtWorkers({ workers }, { redis, run }, (text) => texts.push(text));
  return { texts, end };
};

it('names the command that starts a worker, once, if there is none after a while', () => {
  const { texts } = said(0, 'night');
  vi.advanceTimersByTime(2900);
  expect(texts).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(texts).toEqual([
    'no worker is there yet: `flagprobe worker --redis redis://127.0.0.1:6379 --run night` starts one',
  ]);
});

it('says nothing where a worker is there, or the run has ended', () => {
  const { texts } = said(1);
  const { texts: others, end } = said(0);
  end();
  vi.advanceTimersByTime(60_000);
  expect([...texts, ...others]).toEqual([]);
});
