/** Holds what a client has written against the zone. */

import { createReadStream } from 'node:fs';
import { addressOf, exists, numberOf } from './knot-zone.js';

/**
 * @typedef {object} Line what one line of output says
 * @property {string} name
 * @property {'found' | 'missing' | 'unknown'} status
 * @property {string} [address] of a name that was found, where the client prints it
 *
 * @typedef {object} Truth
 * @property {number} wrong lines that say what is not so: the verdict, or the address
 * @property {number} missing names without a line
 * @property {number} extra lines more than one for a name, or for a name that was not asked
 * @property {number} unknown lines without a verdict
 */

/**
 * @param {string} path
 * @param {(line: string) => Line | undefined} read undefined for a line that is no result
 * @param {{ count: number, zone: number, order: (index: number) => number }} list
 * @returns {Promise<Truth>}
 */
export async function judge(path, read, { count, zone, order }) {
  const isAsked = new Uint8Array(10_000_000);
  for (let index = 0; index < count; index++) isAsked[order(index)] = 1;
  const truth = { wrong: 0, missing: count, extra: 0, unknown: 0 };
  for await (const text of lines(path)) {
    const line = read(text);
    if (!line) continue;
    const number = numberOf(line.name);
    if (isAsked[number] !== 1) {
      truth.extra++;
      continue;
    }
    isAsked[number] = 2;
    truth.missing--;
    if (line.status === 'unknown') {
      truth.unknown++;
    } else {
      const isFound = line.status === 'found';
      const isRight = !isFound || line.address === undefined || line.address === addressOf(number);
      if (isFound !== exists(number, zone) || !isRight) truth.wrong++;
    }
  }
  return truth;
}

/** @param {string} path */
async function* lines(path) {
  let rest = '';
  for await (const chunk of createReadStream(path, {
    encoding: 'latin1',
    highWaterMark: 1 << 20,
  })) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}
