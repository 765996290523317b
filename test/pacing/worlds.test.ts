/**
 * The table of worlds: the product's own scheduler over simulated resolvers, on a virtual clock. The
 * bounds are those of a run that is known to be good, with some room; time is simulated, so that no
 * machine is too slow for them.
 */

import { describe, expect, it } from 'vitest';
import { type ResolverModel, simulate, type World } from './simulated-world.js';

const many = (count: number, make: (i: number) => ResolverModel) =>
  Array.from({ length: count }, (_, i) => make(i));
const spread = (i: number) => 8 + (i * 60) / 7;
const cost = { datagram: 0.04, frame: 0.02 };
const far: ResolverModel = { roundTrip: 50, jitter: 10 };

interface Bounds {
  /** Names a second at which the list is asked for the first time, at least: that takes no regard of slow names. */
  readonly asked?: number;
  /** Names a second, at least. */
  readonly rate?: number;
  /** Questions a name and the share of overrun, at the most. */
  readonly questions: number;
  readonly overrun?: number;
  /** Names that stay unknown though a resolver would have answered. */
  readonly lost?: number;
  /** Seconds from the last name sent to the last name settled, over the slowest name's own. */
  readonly over?: number;
}

/** Of 8,000 names, or more where it takes longer to find out how fast is too fast. */
type Row = readonly [
  title: string,
  world: Omit<World, 'names'> & Partial<Pick<World, 'names'>>,
  bounds: Bounds,
];

const rows: readonly Row[] = [
  [
    'one, 10 ms',
    { resolvers: [{ roundTrip: 10, jitter: 2 }], cost },
    { asked: 20_000, questions: 1.15 },
  ],
  ['one, 50 ms', { resolvers: [far], cost }, { asked: 14_000, questions: 1.15 }],
  [
    'one, 200 ms',
    { resolvers: [{ roundTrip: 200, jitter: 40 }], cost },
    { asked: 5500, questions: 1.15 },
  ],
  [
    'one, 200 ms, no jitter',
    { resolvers: [{ roundTrip: 200 }], cost },
    { asked: 6500, questions: 1.15 },
  ],
  ['1 % loss', { resolvers: [{ ...far, loss: 0.01 }], cost }, { asked: 14_000, questions: 1.2 }],
  [
    '5 % loss',
    { resolvers: [{ ...far, loss: 0.05 }], cost },
    { asked: 8000, questions: 1.35, lost: 2, over: 3 },
  ],
  [
    'UDP only',
    { resolvers: [{ ...far, hasTcp: false }], cost },
    { asked: 13_000, questions: 1.15 },
  ],
  [
    'eight, 8 to 68 ms',
    { resolvers: many(8, (i) => ({ roundTrip: spread(i), jitter: 5 })), cost },
    { asked: 17_000, questions: 1.15 },
  ],
  [
    'a slow CPU',
    {
      names: 20_000,
      resolvers: [{ roundTrip: 30, jitter: 5, cpu: { ms: 0.2, queue: 2000 } }],
      cost,
    },
    { rate: 1800, questions: 1.3, overrun: 0.2, over: 2.5 },
  ],
  [
    'a hundred, 20 to 250 ms, 1 to 3 % loss',
    {
      resolvers: many(100, (i) => ({
        roundTrip: 20 + i * 2.3,
        jitter: 10,
        loss: 0.01 + (i % 3) / 100,
      })),
      cost,
    },
    { asked: 7000, questions: 1.25, over: 2 },
  ],
  [
    'a hundred, a third of which drop above 100 a second, and less in flight than they have room for',
    {
      names: 30_000,
      concurrency: 1500,
      seed: 2,
      resolvers: many(100, (i) => ({
        roundTrip: 20 + i * 2.3,
        jitter: 5,
        ...(i % 3 === 0 && { limit: { rate: 100, by: 'drop' as const } }),
      })),
      cost,
    },
    { asked: 7800, questions: 1.12, overrun: 0.03 },
  ],
  ...(
    [
      ['drop', { rate: 1750, questions: 1.5, overrun: 0.3, over: 2 }],
      ['refuse', { rate: 1750, questions: 2, overrun: 0.5, over: 2 }],
    ] as const
  ).map(([by, bounds]): Row => {
    const limit = { rate: 750, by };
    const resolvers = many(8, (i) => ({ roundTrip: spread(i), limit }));
    return [`eight that ${by} above 750 a second`, { names: 10_000, resolvers, cost }, bounds];
  }),
];

describe('a list', () => {
  it.each(rows)('%s', (_, more, bounds) => {
    const { asked = 0, rate = 0, questions, overrun = 0.01, lost = 0, over = 1 } = bounds;
    const world = { names: 8000, ...more };
    const outcome = simulate(world);
    expect(world.names / (outcome.seconds - outcome.tail)).toBeGreaterThan(asked);
    expect(outcome.rate).toBeGreaterThan(rate);
    expect(outcome.questions).toBeLessThan(questions);
    expect(outcome.overrun).toBeLessThanOrEqual(overrun);
    expect(outcome.lost).toBeLessThanOrEqual(lost);
    expect(outcome.over).toBeLessThan(over);
  });
});

describe('the last names of a list', () => {
  it('are asked again sooner than others, as the whole run waits for them', () => {
    const resolvers = [{ ...far, hasTcp: false, loss: 0.05 }];
    const { over, questions, lost } = simulate({ resolvers, names: 50_000, cost });
    expect(over).toBeLessThan(1);
    expect(questions).toBeLessThan(1.2);
    expect(lost).toBe(0);
  });
});

describe('dead names', () => {
  it.each([
    ['here and there', { names: 8000, dead: 0.05 }, 1.3],
    ['in a block', { names: 24_000, deadBlock: 4000 }, 1.75],
  ])('%s do not keep the run waiting long after the others, over a stream', (_, more, most) => {
    // Five attempts of three seconds each, one after the other, would take 12.5.
    const { over, questions, lost } = simulate({ resolvers: [far], cost, ...more });
    expect(over).toBeLessThan(5);
    expect(questions).toBeLessThan(most);
    expect(lost).toBe(0);
  });
});

describe('a stream that is silent for two seconds while the last names wait', () => {
  it('is not asked again for all of them until they have no attempt left', () => {
    const resolvers = [{ ...far, gone: [700, 2600] as const }];
    const { lost, questions } = simulate({ resolvers, names: 8000, cost });
    expect(lost).toBe(0);
    expect(questions).toBeLessThan(1.35);
  });
});

describe('names that a limit has dropped', () => {
  it('are asked again before new ones take all the room', () => {
    const limit = { rate: 250, by: 'drop' } as const;
    const resolvers = many(8, (i) => ({ roundTrip: spread(i), limit }));
    const { longest, seconds } = simulate({ resolvers, names: 12_000, cost });
    expect(longest).toBeLessThan(6);
    expect(seconds).toBeGreaterThan(8);
  });
});

describe('names that are refused whatever the pace', () => {
  it('are told from refusals above a rate, and cost no other name its answer', () => {
    const resolvers = many(2, (i) => ({
      roundTrip: 20 + 20 * i,
      limit: { rate: 2000, by: 'refuse' as const },
    }));
    const world = { resolvers, names: 4000, refusesHalf: true, cost, seed: 4 };
    const { lost, unknown, questions, rate } = simulate(world);
    expect(lost).toBeLessThanOrEqual(4);
    expect(unknown).toBeGreaterThanOrEqual(2000);
    expect(questions).toBeLessThan(5);
    expect(rate).toBeGreaterThan(400);
  });
});

describe('a resolver that refuses above a low rate', () => {
  it.each([
    ['2 a second, 5 at once', { rate: 2, burst: 5, names: 20 }, 12],
    ['10 a second, one at once', { rate: 10, burst: 1, names: 40 }, 16],
    ['100 a second, 10 at once', { rate: 100, burst: 10, names: 300 }, 8],
  ])('answers every name: %s', (_, { names, ...limit }, longest) => {
    const resolvers = [{ roundTrip: 10, jitter: 1, limit: { ...limit, by: 'refuse' as const } }];
    for (let seed = 1; seed <= 3; seed++) {
      const { lost, seconds } = simulate({ resolvers, names, seed });
      expect([lost, seconds < longest]).toEqual([0, true]);
    }
  });

  it('beside another such', () => {
    const limit = { rate: 100, burst: 10, by: 'refuse' as const };
    const resolvers = many(2, (i) => ({ roundTrip: 20 + 10 * i, jitter: 4, limit }));
    for (let seed = 1; seed <= 3; seed++) {
      expect(simulate({ resolvers, names: 300, seed }).lost).toBe(0);
    }
  });
});

describe('a forwarder that refuses what it cannot ask at once, and answers what it knows', () => {
  it.each([
    [5, 100, 7],
    [20, 200, 5],
    [150, 1500, 5],
  ])('answers every name: %i at once', (forwards, names, most) => {
    const resolvers = [{ roundTrip: 0.3, jitter: 0.03, forwards, hasTcp: false }];
    for (let seed = 1; seed <= 3; seed++) {
      const { lost, questions } = simulate({ resolvers, names, seed });
      expect(lost).toBe(0);
      expect(questions).toBeLessThan(most);
    }
  });
});

describe('a forwarder whose cache is warm', () => {
  const behind = (upstream: Omit<NonNullable<ResolverModel['upstream']>, 'ms'>, more = {}) => [
    { roundTrip: 0.3, jitter: 0.1, upstream: { ms: 40, ...upstream }, ...more },
  ];

  it.each([
    ['for the first names', { first: 200 }],
    ['for one name in 10,000', { share: 0.0001 }],
  ])('%s is not asked ever slower for the others', (_, upstream) => {
    const { rate, questions } = simulate({ resolvers: behind(upstream), names: 20_000, cost });
    expect(rate).toBeGreaterThan(4000);
    expect(questions).toBeLessThan(1.1);
  });

  it.each([
    ['for the first names', { first: 2000 }],
    ['for every second name', { share: 0.5 }],
  ])('%s, and that refuses others, is asked for them until it answers', (_, upstream) => {
    const resolvers = behind(upstream, { forwards: 150 });
    for (let seed = 1; seed <= 2; seed++) {
      const { lost, rate } = simulate({ resolvers, names: 8000, cost, seed });
      expect(lost).toBe(0);
      expect(rate).toBeGreaterThan(600);
    }
  });
});

describe('a list that a first burst could hold', () => {
  it('is asked again at the rate that is answered', () => {
    const resolvers = many(4, (i) => ({
      roundTrip: 20 + 10 * i,
      jitter: 4,
      limit: { rate: 100, by: 'drop' as const, burst: 10 },
    }));
    const { lost, questions, over } = simulate({ resolvers, names: 300 });
    expect(lost).toBe(0);
    expect(questions).toBeLessThan(2.5);
    expect(over).toBeLessThan(4);
  });
});

describe('a resolver whose buffer takes 150 questions at once', () => {
  it('is not sent again at once all that it lost at once', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const resolvers = [
        { roundTrip: 0.3, jitter: 0.1, hasTcp: false, cpu: { ms: 0.5, queue: 150 } },
      ];
      const { lost, questions } = simulate({ resolvers, names: 5000, seed });
      expect(lost).toBe(0);
      expect(questions).toBeLessThan(2);
    }
  });
});

describe('a resolver whose answers vary in latency by more than they take', () => {
  it('is not taken for one with a queue before it', () => {
    const resolvers = [
      { roundTrip: 20, jitter: 400, loss: 0.01, limit: { rate: 3000, by: 'drop' as const } },
    ];
    const { rate, lost } = simulate({ resolvers, names: 8000, cost });
    expect(rate).toBeGreaterThan(800);
    expect(lost).toBe(0);
  });
});

describe('a name', () => {
  it.each([
    ['at once', 10, 1, 500],
    ['after a burst', 10, 5, 500],
    ['by the only resolver', 1, 5, 100],
  ])('is asked again where five a second are answered, %s', (_, count, burst, names) => {
    for (let seed = 1; seed <= 2; seed++) {
      const limit = { rate: 5, by: 'drop' as const, burst };
      const resolvers = many(count, (i) => ({ roundTrip: 20 + 10 * i, jitter: 4, limit }));
      const { lost, questions } = simulate({ resolvers, names, seed });
      expect(lost).toBe(0);
      expect(questions).toBeLessThan(3);
    }
  });

  it('is found by resolvers that charge for what they drop, without end', () => {
    const limit = { rate: 10, by: 'drop' as const, burst: 10, debt: 1e9 };
    const resolvers = many(10, (i) => ({ roundTrip: 20 + 10 * i, jitter: 4, limit }));
    const { lost, questions, rate } = simulate({ resolvers, names: 1000 });
    expect(lost).toBe(0);
    expect(questions).toBeLessThan(4);
    expect(rate).toBeGreaterThan(15);
  });

  it('costs no try what its resolver lost while it was away', () => {
    const resolvers = many(4, (i) => ({
      roundTrip: 20 + 10 * i,
      jitter: 4,
      limit: { rate: 1500, by: 'drop' as const },
      goneAgain: [6000, 2000, 1500 * i] as const,
    }));
    const { lost, questions } = simulate({ resolvers, names: 40_000, cost });
    expect(lost).toBeLessThan(20);
    expect(questions).toBeLessThan(2);
  });
});

describe('a resolver that is more than a second away', () => {
  it.each([true, false])('is asked again after it was gone, with TCP: %s', (hasTcp) => {
    const resolvers = [{ roundTrip: 1200, jitter: 50, hasTcp, gone: [5000, 9000] as const }];
    const { lost } = simulate({ resolvers, names: 5000, cost });
    expect(lost).toBeLessThan(50);
  });
});

describe('bursts in which much is lost, where no limit is', () => {
  it('leave no limit behind that is felt lower and lower', () => {
    const resolvers = [{ ...far, hasTcp: false, lossAgain: [1500, 150, 0.8] as const }];
    for (const seed of [4, 6]) {
      const { rate, lost } = simulate({ resolvers, names: 20_000, cost, seed });
      expect(rate).toBeGreaterThan(700);
      expect(lost).toBe(0);
    }
  });

  it('do not let their names wait for the slowest of those that were not asked for them', () => {
    const resolvers = many(4, (i) => ({
      roundTrip: 20 + 20 * i,
      jitter: 5,
      hasTcp: false,
      lossAgain: [4000, 1000, 0.4] as const,
    }));
    const { over, lost } = simulate({ resolvers, names: 20_000, cost });
    expect(over).toBeLessThan(1.5);
    expect(lost).toBe(0);
  });
});

describe('a limit that is felt late', () => {
  it('after a burst that was let through costs few names their answer', () => {
    const limit = { rate: 2000, by: 'drop' as const, burst: 10_000 };
    const { lost, questions } = simulate({
      resolvers: [{ roundTrip: 30, jitter: 3, limit }],
      names: 30_000,
      cost,
    });
    expect(lost).toBeLessThan(20);
    expect(questions).toBeLessThan(1.9);
  });

  it('is not overrun the more because a stream holds back what comes after a loss', () => {
    const limit = { rate: 1000, by: 'drop' as const };
    const { lost, questions } = simulate({
      resolvers: [{ roundTrip: 40, jitter: 4, loss: 0.03, limit }],
      names: 20_000,
      dead: 0.05,
      cost,
    });
    expect(lost).toBeLessThan(40);
    expect(questions).toBeLessThan(1.6);
  });

  it('by each of many resolvers from the start costs few names their answer', () => {
    const limit = { rate: 20, by: 'drop' as const, burst: 3 };
    const { lost, questions } = simulate({
      resolvers: many(100, (i) => ({
        roundTrip: 30 + 2.7 * i,
        jitter: 5 + i / 5,
        loss: 0.02,
        limit,
      })),
      names: 12_000,
      cost,
    });
    expect(lost).toBeLessThan(24);
    expect(questions).toBeLessThan(1.9);
  });
});

describe('a resolver that breaks its streams, whatever it is asked', () => {
  it.each([2, 3, 10])(
    'under each question by %i is asked until every name is found',
    (breaksAt) => {
      const { lost, questions } = simulate({
        resolvers: [{ roundTrip: 10, breaksAt }],
        names: 400,
        transport: 'tcp',
      });
      expect(lost).toBe(0);
      expect(questions).toBeLessThan(4);
    },
  );
});

describe('short lists', () => {
  it.each([20, 200, 2000])(
    'of %i names at 200 ms and 1 % loss end soon after the slowest',
    (names) => {
      for (let seed = 1; seed <= 5; seed++) {
        const resolvers = [{ roundTrip: 200, jitter: 20, loss: 0.01 }];
        const outcome = simulate({ resolvers, names, seed });
        expect(outcome.over).toBeLessThan(0.8);
        expect(outcome.lost).toBe(0);
      }
    },
  );

  it.each(['refused', 'servfail'] as const)(
    'with nine resolvers that answer %s and one that is good find every name',
    (always) => {
      const resolvers = many(10, (i) => ({ roundTrip: 20, ...(i !== 4 && { always }) }));
      for (const names of [20, 2000]) expect(simulate({ resolvers, names }).unknown).toBe(0);
    },
  );

  it('of 20 names that are answered and 20 that are refused end as soon as 40 that are answered', () => {
    for (const roundTrip of [0.3, 10, 60]) {
      const world = { resolvers: [{ roundTrip }], names: 40, seed: 2 };
      const answered = simulate(world);
      const { unknown, seconds } = simulate({ ...world, refusesHalf: true });
      expect([unknown, seconds <= answered.seconds + 0.1]).toEqual([20, true]);
    }
  });

  it('of which half is refused end soon after the others', () => {
    const resolvers = [{ roundTrip: 10 }];
    // The slowest of the others takes 0.09 s.
    const { unknown, seconds } = simulate({ resolvers, names: 8, refusesHalf: true, seed: 13 });
    expect([unknown, seconds < 0.15]).toEqual([4, true]);
  });
});
