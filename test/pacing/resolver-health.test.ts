import { describe, expect, it } from 'vitest';
import {
  type Health,
  type HealthEvent,
  healthy,
  needsCheck,
  nextHealth,
} from '../../src/pacing/resolver-health.js';

const away = (kind: 'quarantined' | 'unverified', forMs: number, until: number): Health => ({
  kind,
  forMs,
  until,
});
const silent = (forMs: number, checkedForMs?: number): HealthEvent & { kind: 'silent' } => ({
  kind: 'silent',
  forMs,
  checkedForMs,
  checkAfterMs: 500,
  patienceMs: 500,
});
const suspect: Health = { kind: 'suspect' };
const NOW = 10_000;

describe('the health of a resolver', () => {
  it.each<[string, Health, HealthEvent, Health]>([
    ['a silence not yet checked changes nothing', healthy, silent(5000), healthy],
    ['a check that may still be answered changes nothing', healthy, silent(900, 400), healthy],
    ['an unanswered check makes it suspect', healthy, silent(1000, 500), suspect],
    [
      'three seconds take it out of play',
      suspect,
      silent(3000, 2500),
      away('quarantined', 1000, 11_000),
    ],
    ['an answer brings it back', away('quarantined', 8000, 0), { kind: 'answered' }, healthy],
    ['an answer clears suspicion', suspect, { kind: 'answered' }, healthy],
    [
      'a refusing socket takes it out at once',
      healthy,
      { kind: 'unreachable' },
      away('quarantined', 1000, 11_000),
    ],
    [
      'so does a wrong certificate',
      healthy,
      { kind: 'unverified' },
      away('unverified', 1000, 11_000),
    ],
    [
      'each quarantine is twice as long',
      away('quarantined', 4000, 0),
      silent(0, 1000),
      away('quarantined', 8000, 18_000),
    ],
    [
      'the check of one that is far away has its time',
      away('quarantined', 4000, 0),
      { ...silent(0, 2000), patienceMs: 2400 },
      away('quarantined', 4000, 0),
    ],
    [
      'but at most 30 s',
      away('unverified', 20_000, 0),
      { kind: 'unverified' },
      away('unverified', 30_000, 40_000),
    ],
    [
      'a check from quarantine has a second',
      away('quarantined', 4000, 0),
      silent(0, 999),
      away('quarantined', 4000, 0),
    ],
  ])('%s', (_, before, event, after) => {
    expect(nextHealth(before, event, NOW)).toEqual(after);
  });

  it('comes back sooner where no other resolver answers', () => {
    const health = nextHealth(away('quarantined', 8000, 0), silent(0, 1000), NOW, 2000);
    expect(health).toMatchObject({ until: 12_000, forMs: 16_000 });
  });

  it.each<[string, Health, HealthEvent & { kind: 'silent' }, boolean]>([
    ['not before it is suspicious', healthy, silent(499), false],
    ['then', healthy, silent(500), true],
    ['not while one is under way', healthy, silent(900, 100), false],
    ['not in quarantine', away('quarantined', 1000, NOW + 1), silent(0), false],
    ['at its end', away('quarantined', 1000, NOW), silent(0), true],
    ['once its check has ended with its connection', { kind: 'suspect' }, silent(0), true],
    ['not while suspect with one under way', { kind: 'suspect' }, silent(0, 100), false],
  ])('it is checked: %s', (_, health, silence, is) => {
    expect(needsCheck(health, silence, NOW)).toBe(is);
  });
});
