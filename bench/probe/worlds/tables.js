/** The tables of the worlds, in Markdown. */

import { median } from '../../shared/measure.js';
import { decimal, table, whole } from '../../shared/report.js';
import { expect } from './names.js';
import { allowedRate, fewestQuestions } from './worlds.js';

/**
 * @typedef {import('./compare-world.js').Score} Score
 *
 * @typedef {object} Row
 * @property {import('./worlds.js').World} world
 * @property {number} count names
 * @property {Score} flagprobe
 * @property {Score | undefined} massdns
 */

/** Tries that flagprobe gives a name by default. */
const TRIES = 5;
/** Lists up to here are told by their seconds: a rate says nothing about them. */
const SHORT = 2000;

/** @param {readonly Row[]} rows */
export function tables(rows) {
  const long = rows.filter(({ count }) => count > SHORT);
  const short = rows.filter(({ count }) => count <= SHORT);
  const parts = [];
  if (long.length > 0) parts.push(table(longHead, long.map(longRow)));
  if (short.length > 0) parts.push(table(shortHead, short.map(shortRow)));
  const ratios = rows.map(ratio).filter((each) => !Number.isNaN(each));
  if (ratios.length > 0) {
    parts.push(
      `Median of ${ratios.length} ratios: ${decimal(median(ratios))}, the least ${decimal(Math.min(...ratios))}.\n`,
    );
  }
  if (rows.some((row) => row.flagprobe.isServerBusy || row.massdns?.isServerBusy)) {
    process.stdout.write('\\* The simulated resolvers were the bottleneck, or were held up.\n');
  }
  return parts.join('');
}

/** @param {Row} row */
const ratio = ({ flagprobe, massdns }) => flagprobe.rate / (massdns?.rate ?? Number.NaN);

/** A rate, marked where it says more about the resolvers. @param {Score | undefined} score */
const rate = (score) => (score ? whole(score.rate) + (score.isServerBusy ? '\\*' : '') : '–');

/** Both clients' figures in one cell. @param {Row} row @param {(score: Score) => string} show */
const both = ({ flagprobe, massdns }, show) =>
  massdns ? `${show(flagprobe)} / ${show(massdns)}` : show(flagprobe);

const costHead = ['unknown', 'wrong', 'absent', 'peak MB', 'CPU s'];

/** @param {Row} row */
const costs = (row) => [
  both(row, ({ unknown }) => whole(unknown)),
  both(row, ({ wrong }) => whole(wrong)),
  both(row, ({ absent }) => whole(absent)),
  both(row, ({ megabytes }) => whole(megabytes)),
  both(row, ({ cpu }) => decimal(cpu, 1)),
];

const longHead = [
  'world',
  'names',
  'flagprobe, names/s',
  'massdns, names/s',
  'ratio',
  'questions a name',
  'fewest',
  'share of what limits allow',
  ...costHead,
];

/** @param {Row} row */
function longRow(row) {
  const { world, count, flagprobe, massdns } = row;
  const { deadNames } = expect(count, world.dead);
  const allowed = allowedRate(world);
  return [
    world.title,
    whole(count),
    rate(flagprobe),
    rate(massdns),
    decimal(ratio(row)),
    both(row, ({ questions }) => decimal(questions)),
    decimal(fewestQuestions(world, deadNames / count, TRIES)),
    Number.isNaN(allowed) ? '–' : both(row, (score) => decimal(score.rate / allowed)),
    ...costs(row),
  ];
}

const shortHead = [
  'list',
  'flagprobe, s',
  'massdns, s',
  'ratio',
  'the slowest name alone, s',
  'flagprobe over it, s',
  'questions a name',
  ...costHead,
];

/** @param {Row} row */
function shortRow(row) {
  const { world, count, flagprobe, massdns } = row;
  const [resolver] = world.resolvers;
  const alone = (expect(count, world.dead).slowest + (resolver?.rtt ?? 0)) / 1000;
  return [
    world.title,
    decimal(flagprobe.seconds),
    decimal(massdns?.seconds ?? Number.NaN),
    decimal(ratio(row)),
    decimal(alone),
    decimal(flagprobe.seconds - alone),
    both(row, ({ questions }) => decimal(questions)),
    ...costs(row),
  ];
}
