/** One resolver that is wrong about half of the names, and stands the check, over whole probes in virtual time with slow names. */

import { expect, it } from 'vitest';
import { fnv1a } from '../../src/core/shard.js';
import { randomFrom } from '../pacing/simulated-world.js';
import { denied, found, probe, type SimulatedResolver, truth } from './simulated-resolvers.js';

const exists = (name: string) => /^n\d*[02468]\.example$/.test(name);
const right = truth(exists);

/** Half of the names are in the cache everywhere, the others take their time at each resolver once. */
function delaysOf(names: readonly string[], chance: () => number): Map<string, number> {
  return new Map(
    names.map((name) => {
      const [kind, value] = [chance(), chance()];
      if (kind < 0.5) return [name, 0];
      return [name, kind < 0.9 ? -80 * Math.log(1 - value) : 200 + 800 * value];
    }),
  );
}

function wrongOf(count: number, resolvers: number, seed: number): number {
  const names = Array.from({ length: count }, (_, i) => `n${i}.example`);
  const delays = delaysOf(names, randomFrom(seed * 7919 + count));
  const isMeant = (name: string) => names.includes(name) && fnv1a(`${seed} ${name}`) % 2 === 0;
  const lying: SimulatedResolver['says'] = (asked) => {
    const { name } = asked;
    if (!isMeant(name)) return right(asked);
    return exists(name) ? denied : found(name);
  };
  const all = Array.from({ length: resolvers }, (_, i): SimulatedResolver => {
    const seen = new Set<string>();
    const takes = ({ name }: { name: string }) => {
      if (seen.has(name)) return 0;
      seen.add(name);
      return delays.get(name) ?? 0;
    };
    return { says: i === seed % resolvers ? lying : right, roundTrip: 10, takes };
  });
  const { verdicts } = probe({ resolvers: all, names, seed });
  const wrong = names.filter(
    (name) => verdicts.get(name)?.status !== (exists(name) ? 'found' : 'missing'),
  );
  return wrong.length;
}

it.each([
  { count: 500, resolvers: 3 },
  { count: 2000, resolvers: 8 },
  { count: 2000, resolvers: 20 },
])(
  'of $count names over $resolvers resolvers few verdicts are wrong, and mostly none',
  ({ count, resolvers }) => {
    const wrong = Array.from({ length: 12 }, (_, i) => wrongOf(count, resolvers, i + 1));
    expect(Math.max(...wrong)).toBeLessThan(10);
    expect(wrong.filter((each) => each > 0).length).toBeLessThanOrEqual(2);
  },
);
