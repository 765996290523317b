import { describe, expect, it } from 'vitest';
import { RefusedShare } from '../../src/pacing/refused-share.js';

describe('the share of questions that a rate limit refuses', () => {
  it('is 0 until there is a sign of one, and three seconds after it', () => {
    const refused = new RefusedShare();
    expect(refused.at(0)).toBe(0);
    refused.noteLimit(1, 1000);
    expect(refused.at(3999)).toBeGreaterThan(0);
    expect(refused.at(4000)).toBe(0);
  });

  it('is the least that is believed while none of what was answered had been refused', () => {
    const refused = new RefusedShare();
    refused.noteLimit(0, 1000);
    expect([refused.at(3999), refused.at(4000)]).toEqual([0.3, 0]);
  });

  it('is measured by how often what was answered had been refused again, within bounds', () => {
    const refused = new RefusedShare();
    refused.noteLimit(10, 0);
    expect(refused.at(1)).toBe(0.9);
    for (let i = 0; i < 8; i++) refused.noteLimit(1, 0);
    expect(refused.at(1)).toBe(0.5);
    for (let i = 0; i < 100; i++) refused.noteLimit(1, 0);
    expect(refused.at(1)).toBe(0.3);
  });

  it('tells nothing more by what was answered and is refused', () => {
    const refused = new RefusedShare();
    refused.noteLimit(6, 0);
    for (let i = 0; i < 100; i++) refused.noteLimit(0, 0);
    expect(refused.at(1)).toBeCloseTo(5 / 6);
  });

  it('forgets what was long ago', () => {
    const refused = new RefusedShare();
    for (let i = 0; i < 200; i++) refused.noteLimit(10, 0);
    for (let i = 0; i < 2000; i++) refused.noteLimit(1, 0);
    expect(refused.at(1)).toBe(0.3);
    for (let i = 0; i < 200; i++) refused.noteLimit(5, 0);
    expect(refused.at(1)).toBeGreaterThan(0.4);
  });
});
