import { expect, it } from 'vitest';
import { retryAfter } from '../../src/http/retry-after.js';

const now = Date.parse('2026-01-01T00:00:00Z');
const later = 'Thu, 01 Jan 2026 00:00:30 GMT';

it.each([
  ['seconds', '2', undefined, 2000],
  ['a fraction', ' 1.5 ', undefined, 1500],
  ['a date', later, undefined, 30_000],
  ['a date by the clock of its server', later, 'Thu, 01 Jan 2026 00:00:20 GMT', 10_000],
  ['a date by our clock where the server has no date', later, 'today', 30_000],
  ['a date that has passed', 'Wed, 21 Oct 2015 07:28:00 GMT', undefined, 0],
  ['seconds of a thousand years', '31556952000', undefined, undefined],
  ['a word', 'soon', undefined, undefined],
  ['nothing', undefined, undefined, undefined],
])('reads %s', (_name, value, date, ms) => {
  expect(retryAfter(value, date, now)).toBe(ms);
});
