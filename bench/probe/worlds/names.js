/** What a name of the benchmark's zone costs a resolver: each has its own latency, told by its number. */

/** Names that the simulated resolvers know, of which every second exists. */
export const ZONE = 10_000_000;

/**
 * @typedef {object} DeadNames names whose own servers never answer, so that no resolver does
 * @property {number} [share] of all names, scattered over the list
 * @property {number} [from] the first of a block of them
 * @property {number} [count] names in the block
 */

/**
 * 32 well mixed bits of a number (the finalizer of MurmurHash3).
 * @param {number} number
 */
function mix(number) {
  let bits = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** @param {number} number @param {number} salt @returns {number} from 0 up to, not including, 1 */
const fraction = (number, salt) => mix(number + Math.imul(salt, 0x9e3779b1)) / 2 ** 32;

/**
 * Milliseconds that a resolver takes to find out about a name. Half of the names are in its cache;
 * 40 % take an exponential time of 80 ms in the mean, 9 % 200 to 1,000 ms, 1 % 1 to 2.5 s.
 * @param {number} number
 */
export function latencyOf(number) {
  const kind = fraction(number, 1);
  if (kind < 0.5) return 0;
  const within = fraction(number, 2);
  if (kind < 0.9) return -80 * Math.log(1 - within);
  return kind < 0.99 ? 200 + 800 * within : 1000 + 1500 * within;
}

/**
 * @param {number} number
 * @param {DeadNames | undefined} dead
 */
export function isDead(number, dead) {
  if (!dead) return false;
  const { share = 0, from = 0, count = 0 } = dead;
  return (number >= from && number < from + count) || fraction(number, 3) < share;
}

/**
 * What is to be expected of the names from 0 to `count`.
 * @param {number} count
 * @param {DeadNames} [dead]
 */
export function expect(count, dead) {
  let deadNames = 0;
  let slowest = 0;
  for (let number = 0; number < count; number++) {
    if (isDead(number, dead)) deadNames++;
    else slowest = Math.max(slowest, latencyOf(number));
  }
  return { deadNames, slowest };
}
