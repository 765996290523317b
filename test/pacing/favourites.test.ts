import { describe, expect, it } from 'vitest';
import { type Candidate, Favourites } from '../../src/pacing/favourites.js';

/** One that takes what it is asked, its latency its number, unless told otherwise. */
class Resolver implements Candidate {
  isSteady = true;
  isLimited = false;
  isThere = true;
  room = Number.POSITIVE_INFINITY;

  constructor(public medianMs: number) {}

  isInPlay() {
    return this.isThere;
  }

  hasRoom() {
    return this.room > 0;
  }
}

/** The slowest first, 24 of which may be favourites. */
const hundred = () => Array.from({ length: 100 }, (_, i) => new Resolver(100 - i));

/** Those that are asked for so many questions, in turn. */
function asked(favourites: Favourites<Resolver>, count = 240): Map<Resolver, number> {
  const counts = new Map<Resolver, number>();
  for (let i = 0; i < count; i++) {
    const next = favourites.next(1000);
    if (!next) break;
    next.room--;
    counts.set(next, (counts.get(next) ?? 0) + 1);
  }
  return counts;
}

/** Medians of those that are asked. */
const medians = (favourites: Favourites<Resolver>) =>
  [...asked(favourites).keys()].map(({ medianMs }) => medianMs).sort((a, b) => a - b);

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('favourites', () => {
  it('are the quickest of many, and are asked in turn', () => {
    const favourites = new Favourites(hundred());
    favourites.tick(100, true, 1000);
    const counts = asked(favourites);
    expect(new Set(counts.values())).toEqual(new Set([10]));
    expect(medians(favourites)).toEqual(upTo(24));
  });

  it.each([
    ['there are few resolvers', hundred().slice(0, 24), 100, true],
    ['few have room', hundred(), 24, true],
    ['no question waits', hundred(), 100, false],
  ])('are none where %s', (_, resolvers, withRoom, isWanted) => {
    const favourites = new Favourites(resolvers);
    favourites.tick(withRoom, isWanted, 1000);
    expect(favourites.next(1000)).toBeUndefined();
    expect(resolvers.some((each) => favourites.has(each))).toBe(false);
  });

  it('are chosen of those that serve well, without a limit that is known', () => {
    const resolvers = hundred();
    for (const each of resolvers) {
      if (each.medianMs === 1) each.isSteady = false;
      if (each.medianMs === 2) each.isLimited = true;
      if (each.medianMs === 3) each.isThere = false;
      if (each.medianMs === 4) each.medianMs = 0;
    }
    const favourites = new Favourites(resolvers);
    favourites.tick(100, true, 1000);
    expect(medians(favourites)).toEqual(upTo(28, 5));
  });

  it('stay what they are, but for those that fail, for which others come', () => {
    const resolvers = hundred();
    const favourites = new Favourites(resolvers);
    favourites.tick(100, true, 1000);
    for (const each of resolvers) {
      if (each.medianMs <= 2) each.isLimited = true;
      else if (each.medianMs <= 24) each.medianMs += 200;
    }
    favourites.tick(100, true, 1240);
    expect(medians(favourites)).toEqual([1, 2, ...upTo(224, 203)]);
    favourites.tick(100, true, 1250);
    expect(medians(favourites)).toEqual([25, 26, ...upTo(224, 203)]);
  });

  it('end where most of them turn out to have a limit: the others will have one, too', () => {
    const resolvers = hundred();
    const favourites = new Favourites(resolvers);
    favourites.tick(100, true, 1000);
    for (const each of resolvers) each.isLimited = each.medianMs <= 12;
    favourites.tick(100, true, 2000);
    expect(medians(favourites)).toEqual(upTo(36, 13));
    for (const each of resolvers) each.isLimited = each.medianMs <= 19;
    favourites.tick(100, true, 3000);
    expect(favourites.next(3000)).toBeUndefined();
    favourites.tick(100, true, 4000);
    expect(favourites.next(4000)).toBeUndefined();
  });

  it('are passed over when full, until one has room again', () => {
    const resolvers = hundred();
    const favourites = new Favourites(resolvers);
    favourites.tick(100, true, 1000);
    for (const each of resolvers) each.room = each.medianMs === 7 ? 1 : 0;
    expect(medians(favourites)).toEqual([7]);
    const eighth = resolvers.find(({ medianMs }) => medianMs === 8) as Resolver;
    eighth.room = 2;
    expect(favourites.next(1000)).toBeUndefined();
    favourites.noteRoom();
    expect(favourites.next(1000)).toBe(eighth);
    eighth.isThere = false;
    expect(favourites.next(1000)).toBeUndefined();
  });
});
