/** The text of a progress bar, in the room that the terminal has. */

import type { RegistryQueue } from '../probe/prober.js';
import {
  type ProgressFigures,
  rateOf,
  secondsLeft,
  shareOf,
  type Total,
} from './progress-figures.js';

/** What a bar or a line shows. */
export interface BarState extends ProgressFigures {
  /** What is counted: `names`, `flags`. */
  readonly noun: string;
  /** `12 found, 3 missing`. */
  readonly counts: string;
  /** What waits for registries. */
  readonly queue?: RegistryQueue | undefined;
}

const BAR_SIZES = [20, 10] as const;

/** As much as fits into so many characters: the counts go first, the share and the time left stay. */
export function barText(state: BarState, width: number): string {
  const { done, total, noun, queue } = state;
  const rate = `${rateOf(state)}/s`;
  const all = countsText(state);
  const waiting = queue ? [`${queue.names} wait for registry`] : [];
  if (total === undefined) {
    const start = [`${done} ${noun}`, rate];
    return fitting([[...start, all], [...start, ...waiting], start], width);
  }
  const share = shareOf(done, total);
  const percent = percentOf(share);
  const left = `ETA ${duration(secondsLeft(state))}`;
  const number = `${done}/${totalText(total)}`;
  const bars = BAR_SIZES.map((size) => `${bar(share, size)} ${percent}`);
  return fitting(
    [
      ...bars.map((drawn) => [drawn, `${number} ${noun}`, rate, left, all]),
      [percent, `${number} ${noun}`, rate, left, all],
      ...[...bars, percent].map((drawn) => [drawn, number, rate, left, ...waiting]),
      ...[...bars, percent].map((drawn) => [drawn, number, rate, left]),
      [percent, number, left],
      [percent, left],
    ],
    width,
  );
}

/** The first of some rows that fits; what is wider than all is cut. */
function fitting(rows: readonly (readonly string[])[], width: number): string {
  const texts = rows.map((parts) => parts.join(' | '));
  return (texts.find((text) => text.length <= width) ?? texts.at(-1) ?? '').slice(0, width);
}

function bar(share: number, size: number): string {
  const full = Math.floor(share * size);
  return `[${'\u2588'.repeat(full)}${'\u2591'.repeat(size - full)}]`;
}

/** `120 of 5000 names (2%), 40 a second, 2:02 left: 118 found, 2 missing` */
export function plainText(state: BarState): string {
  const { done, total, noun } = state;
  const left = secondsLeft(state);
  const of = total ? ` of ${totalText(total)}` : '';
  const share = total ? ` (${percentOf(shareOf(done, total))})` : '';
  const time = left === undefined ? '' : `, ${duration(left)} left`;
  return `${done}${of} ${noun}${share}, ${rateOf(state)} a second${time}: ${countsText(state)}`;
}

/** `12 found, 3 missing, 412 wait for rdap.verisign.com, about 7 min` */
function countsText({ counts, queue }: BarState): string {
  if (!queue) return counts;
  const { names, host, seconds } = queue;
  return `${counts}, ${names} wait for ${host}, about ${roughTime(seconds)}`;
}

/** `80 s`, `7 min` */
export function roughTime(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function percentOf(share: number): string {
  return `${Math.floor(share * 100)}%`;
}

/** `~` stands for about. */
function totalText({ count, isExact }: Total): string {
  return `${isExact ? '' : '~'}${count}`;
}

/** `1:02:03`, `2:03`, `3 s`, `?` */
function duration(seconds: number | undefined): string {
  if (seconds === undefined) return '?';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}
