/** The worlds: resolvers as they are far away, and lists as they are asked. */

/**
 * @typedef {import('./simulated-resolver.js').ResolverPlan} ResolverPlan
 *
 * @typedef {object} World
 * @property {string} title for the table
 * @property {readonly ResolverPlan[]} resolvers
 * @property {number} names in the list, unless told otherwise
 * @property {import('./names.js').DeadNames} [dead]
 * @property {number} [forwards] a real dnsmasq stands before the only resolver and forwards so many
 *   questions at a time
 * @property {number} [runs] of each client, where one says little; the median counts
 */

const LIST = 300_000;

/** A resolver whose path adds up to a tenth of its round trip. @param {number} rtt @param {Partial<ResolverPlan>} [more] @returns {ResolverPlan} */
const at = (rtt, more) => ({ rtt, jitter: rtt / 10, ...more });

/**
 * `count` resolvers; `make` is given an index and a number from 0 to 1 that is spread evenly.
 * @param {number} count
 * @param {(index: number, spread: number) => ResolverPlan} make
 */
const many = (count, make) =>
  Array.from({ length: count }, (_, index) => make(index, (index * 0.618_033_988_749_895) % 1));

/** @param {Partial<ResolverPlan>} [more] */
const eight = (more) => many(8, (index) => at(8 + (60 / 7) * index, more));

/** @param {number} index @param {number} spread @returns {ResolverPlan} */
function openResolver(index, spread) {
  const resolver = at(20 + 230 * spread, { loss: 0.01 });
  if (index % 10 === 9) return { ...resolver, isDead: true };
  return index % 3 === 0 ? { ...resolver, limit: { rate: 50, over: 'drop' } } : resolver;
}

/** @type {Record<string, World>} */
const long = {
  '10ms': { title: 'one resolver, 10 ms', resolvers: [at(10)], names: LIST },
  '50ms': { title: 'one resolver, 50 ms', resolvers: [at(50)], names: LIST },
  '200ms': { title: 'one resolver, 200 ms', resolvers: [at(200)], names: LIST },
  '200ms-steady': { title: '200 ms, no jitter', resolvers: [{ rtt: 200 }], names: LIST },
  'loss-1': {
    title: '50 ms, 1 % loss each way',
    resolvers: [at(50, { loss: 0.01 })],
    names: LIST,
  },
  'loss-5': {
    title: '50 ms, 5 % loss each way',
    resolvers: [at(50, { loss: 0.05 })],
    names: 150_000,
  },
  'udp-only': { title: '50 ms, UDP only', resolvers: [at(50, { isUdpOnly: true })], names: LIST },
  eight: { title: 'eight resolvers, 8 to 68 ms', resolvers: eight(), names: LIST },
  'eight-drop': {
    title: 'the same, each drops above 1,500/s',
    resolvers: eight({ limit: { rate: 1500, over: 'drop' } }),
    names: LIST,
  },
  'eight-refuse': {
    title: 'the same, each refuses above 1,500/s',
    resolvers: eight({ limit: { rate: 1500, over: 'refuse' } }),
    names: LIST,
  },
  'slow-cpu': {
    title: '20 ms, slower when overrun: 8,000/s, and a queue of a second',
    resolvers: [at(20, { processor: { rate: 8000, queue: 8000 } })],
    names: 150_000,
  },
  dnsmasq: {
    title: 'dnsmasq that forwards 150 at a time to a resolver 40 ms away',
    resolvers: [at(40)],
    names: 20_000,
    forwards: 150,
  },
  hundred: {
    title: 'a hundred, 20 to 250 ms, 1 to 3 % loss',
    resolvers: many(100, (index, spread) =>
      at(20 + 230 * spread, { loss: 0.01 + (index % 3) / 100 }),
    ),
    names: LIST,
  },
  thousand: {
    title: 'a thousand, a tenth dead, a third drop above 50/s, 1 % loss',
    resolvers: many(1000, openResolver),
    names: LIST,
  },
  'dead-names': {
    title: '50 ms, 5 % of the names dead',
    resolvers: [at(50)],
    names: 60_000,
    dead: { share: 0.05 },
  },
  'dead-block': {
    title: '50 ms, 10,000 dead names in the middle',
    resolvers: [at(50)],
    names: 100_000,
    dead: { from: 45_000, count: 10_000 },
  },
  gone: {
    title: '50 ms, gone from second 3 to 23',
    resolvers: [at(50, { absence: { from: 3, until: 23 } })],
    names: LIST,
  },
};

/** @param {number} names @param {number} rtt @returns {[string, World]} */
const short = (names, rtt) => [
  `short-${names}-${rtt}ms`,
  {
    title: `${names.toLocaleString('en-US')} names, ${rtt} ms, 1 % loss each way`,
    resolvers: [at(rtt, { loss: 0.01 })],
    names,
    runs: 5,
  },
];

/** @type {Record<string, World>} */
export const worlds = {
  ...long,
  ...Object.fromEntries([20, 200, 2000].flatMap((names) => [short(names, 30), short(names, 200)])),
};

/** Questions a second that all resolvers together allow; NaN if one of them has no limit. @param {World} world */
export function allowedRate({ resolvers }) {
  return resolvers.reduce(
    (sum, { limit, processor }) => sum + (limit?.rate ?? processor?.rate ?? Number.NaN),
    0,
  );
}

/** Questions a name that are needed if nothing but the path loses any. @param {World} world @param {number} deadShare @param {number} tries that a dead name is given */
export function fewestQuestions({ resolvers }, deadShare, tries) {
  const alive = resolvers.filter(({ isDead }) => !isDead);
  const each = alive.map(({ loss = 0 }) => 1 / (1 - loss) ** 2);
  const mean = each.reduce((sum, one) => sum + one, 0) / each.length;
  return (1 - deadShare) * mean + deadShare * tries;
}
