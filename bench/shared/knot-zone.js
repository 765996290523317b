/** A zone of which everything is known, and a Knot DNS on loopback that serves it. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { startKnot } from '../../test/support/knot.js';
import { cpuSeconds } from './measure.js';

const ORIGIN = 'bench.test';
/** Every name has as many digits, so that every name costs the same. */
const DIGITS = 8;
/** How many numbers {@link scattered} spreads a list over: at most ten million. */
const NUMBERS = 10_000_000;

/**
 * What a number is called.
 * @param {number} number
 */
export const nameOf = (number) => `host${String(number).padStart(DIGITS, '0')}.${ORIGIN}`;

/**
 * The number of a name; -1 if it is not one of the zone; a dot at its end is ignored.
 * @param {string} name
 */
export function numberOf(name) {
  const found = /^host(\d{8})\.bench\.test\.?$/i.exec(name);
  return found ? Number(found[1]) : -1;
}

/**
 * The even ones exist, up to the end of the zone.
 * @param {number} number
 * @param {number} zone names in it, existing or not
 */
export const exists = (number, zone) => number < zone && number % 2 === 0;

/**
 * The only address that is right for a name.
 * @param {number} number
 */
export const addressOf = (number) =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

/**
 * The numbers of a list: one after the other.
 * @param {number} index
 */
export const inOrder = (index) => index;

/**
 * The same, scattered over ten million, so that each part of the list has its share of what exists.
 * @param {number} index
 */
export const scattered = (index) => (index * 7_654_321) % NUMBERS;

/**
 * Writes a list of names, one a line.
 * @param {string} path
 * @param {number} count
 * @param {(index: number) => number} [order]
 * @param {string} [suffix] after each name
 */
export function writeNames(path, count, order = inOrder, suffix = '') {
  const file = openSync(path, 'w');
  try {
    for (let index = 0; index < count; ) {
      let text = '';
      for (const end = Math.min(count, index + 10_000); index < end; index++) {
        text += `${nameOf(order(index))}${suffix}\n`;
      }
      writeSync(file, text);
    }
  } finally {
    closeSync(file);
  }
}

/**
 * @typedef {object} KnotPlan
 * @property {number} zone names in the zone, of which half exist
 * @property {readonly string[]} [hosts] addresses of loopback to listen on
 * @property {readonly string[]} [also] `address@port` to listen on as well
 *
 * @typedef {Awaited<ReturnType<typeof startZone>>} Knot
 */

/**
 * Starts Knot DNS with as many workers as there are cores, and waits until it answers. `cpu` is the
 * seconds that it has used so far.
 * @param {KnotPlan} plan
 */
export async function startZone({ zone, ...listen }) {
  const lines = [`$ORIGIN ${ORIGIN}.`, '$TTL 300'];
  lines.push('@ SOA ns hostmaster 1 3600 900 86400 300', '@ NS ns', 'ns A 127.0.0.1');
  for (let number = 0; number < zone; number++) {
    if (exists(number, zone)) lines.push(`${nameOf(number)}. A ${addressOf(number)}`);
  }
  const workers = availableParallelism();
  const knot = await startKnot(ORIGIN, `${lines.join('\n')}\n`, { workers, ...listen });
  return Object.assign(knot, { cpu: () => cpuSeconds(knot.pid) });
}
