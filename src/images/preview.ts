/** Flags as text: two pixels in each character, one above the other. */

import { type Pixels, pixelsOf } from './pixels.js';

/** The bits of colour that a terminal has, as node's `getColorDepth` says it. */
export type ColourDepth = 1 | 4 | 8 | 24;

type Rgb = readonly [red: number, green: number, blue: number];

/**
 * A GIF or PNG as lines of at most `columns` characters, with the terminal's colours; undefined for
 * what cannot be drawn, and for a terminal with fewer than 256 colours.
 */
export function previewImage(
  bytes: Uint8Array,
  { columns = 16, depth = 24 }: { readonly columns?: number; readonly depth?: ColourDepth } = {},
): string[] | undefined {
  const pixels = depth >= 8 ? pixelsOf(bytes) : undefined;
  if (!pixels || pixels.width === 0 || pixels.height === 0) return undefined;
  const width = Math.min(columns, pixels.width);
  const height = Math.max(2, Math.round((pixels.height * width) / pixels.width / 2) * 2);
  const colour = (x: number, y: number) => average(pixels, x, y, width, height);
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++) line += halves(colour(x, y), colour(x, y + 1), depth);
    lines.push(`${line}\u001b[0m`);
  }
  return lines;
}

function halves(upper: Rgb | undefined, lower: Rgb | undefined, depth: ColourDepth): string {
  const [front, back] = [38, 48].map((ground) => (colour: Rgb) => paint(ground, colour, depth)) as [
    (colour: Rgb) => string,
    (colour: Rgb) => string,
  ];
  if (upper && lower) return `${front(upper)}${back(lower)}▀`;
  if (upper) return `\u001b[49m${front(upper)}▀`;
  if (lower) return `\u001b[49m${front(lower)}▄`;
  return '\u001b[49m ';
}

function paint(ground: number, [red, green, blue]: Rgb, depth: ColourDepth): string {
  if (depth === 24) return `\u001b[${ground};2;${red};${green};${blue}m`;
  const step = (value: number) => Math.round((value / 255) * 5);
  return `\u001b[${ground};5;${16 + 36 * step(red) + 6 * step(green) + step(blue)}m`;
}

/** The mean colour of the pixels that one half of a character stands for; undefined where none shows. */
function average(
  { width, height, data }: Pixels,
  x: number,
  y: number,
  columns: number,
  rows: number,
): Rgb | undefined {
  const [left, right] = span(x, columns, width);
  const [top, bottom] = span(y, rows, height);
  const sum = [0, 0, 0];
  let alpha = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = 4 * (row * width + column);
      const weight = data[at + 3] as number;
      for (let i = 0; i < 3; i++) sum[i] = (sum[i] as number) + (data[at + i] as number) * weight;
      alpha += weight;
    }
  }
  if (alpha < (128 * (right - left) * (bottom - top)) / 2) return undefined;
  return sum.map((value) => Math.round(value / alpha)) as unknown as Rgb;
}

function span(place: number, places: number, length: number): [from: number, to: number] {
  const from = Math.min(length - 1, Math.floor((place * length) / places));
  return [from, Math.max(from + 1, Math.floor(((place + 1) * length) / places))];
}

/** One picture, or none, with what stands under it. */
export interface Preview {
  readonly name: string;
  readonly lines: readonly string[] | undefined;
}

/**
 * Pictures side by side with their names under them, as many in a row as the terminal has room for;
 * then, one a line, the names of what could not be drawn.
 *
 * @param width characters of the terminal
 * @param columns characters of the widest picture
 */
export function previewSheet(previews: readonly Preview[], width: number, columns = 16): string {
  const drawn = previews.filter(({ lines }) => lines !== undefined);
  const others = previews.filter(({ lines }) => lines === undefined).map(({ name }) => name);
  const perRow = Math.max(1, Math.floor((width + 2) / (columns + 2)));
  let text = '';
  for (let i = 0; i < drawn.length; i += perRow) {
    const row = drawn.slice(i, i + perRow);
    const height = Math.max(...row.map(({ lines }) => lines?.length ?? 0));
    for (let y = 0; y < height; y++) {
      text += `${row.map(({ lines }) => padded(lines?.[y], columns)).join('  ')}\n`;
    }
    text += `${row.map(({ name }) => name.slice(0, columns).padEnd(columns)).join('  ')}`.trimEnd();
    text += '\n\n';
  }
  return text + others.map((name) => `${name}\n`).join('');
}

/** A line filled up with spaces; its colours take no room. */
function padded(line = '', columns: number): string {
  const length = line.replace(/\u001b\[[\d;]*m/g, '').length;
  return line + ' '.repeat(Math.max(0, columns - length));
}
