import { expect, it } from 'vitest';
import { HostPauses, retryAfter } from '../../src/download/host-pauses.js';

const noon = Date.parse('2024-05-01T12:00:00Z');
const date = new Date(noon).toUTCString();
const later = new Date(noon + 5000).toUTCString();

it.each([
  ['no header', undefined, date, undefined],
  ['seconds', '2', date, 2000],
  ['no seconds', '0', date, 0],
  [
    'a date, by the clock of the server',
    later,
    new Date(noon - 3_600_000).toUTCString(),
    3_605_000,
  ],
  ['a date without a clock, by ours', later, undefined, 5000],
  ['a date that is over', date, later, 0],
  ['words', 'soon', date, undefined],
  ['a negative number', '-1', date, undefined],
])('reads %s', (_name, value, served, ms) => {
  // Some of the words are dates to the engine: what it makes of them must not be a long wait.
  expect(retryAfter(value, served, noon) || undefined).toBe(ms || undefined);
});

it('keeps the longest of the pauses that a host asked for, and forgets one that is over', () => {
  const pauses = new HostPauses();
  expect(pauses.left('a')).toBeUndefined();
  pauses.pause('a', 60_000, 503);
  pauses.pause('a', 1000, 429);
  expect(pauses.left('a')?.status).toBe(503);
  expect(pauses.left('a')?.ms).toBeGreaterThan(59_000);
  expect(pauses.left('b')).toBeUndefined();
  pauses.pause('b', 0, 429);
  expect(pauses.left('b')).toBeUndefined();
});
