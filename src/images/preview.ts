/** Images as text: two pixels in each character, one above the other. */

import { ImageDecoder } from './decoder.js';
import type { Picture } from './picture.js';

/** The bits of colour that a terminal has, as node's `getColorDepth` says it. */
export type ColorDepth = 1 | 4 | 8 | 24;

type Rgb = readonly [red: number, green: number, blue: number];

export interface PreviewOptions {
  /** Characters of the widest picture (16). */
  readonly columns?: number;
  /** Lines of the highest (24). */
  readonly lines?: number;
  /** 24 unless said. */
  readonly depth?: ColorDepth;
  /** Keeps its thread from one image to the next; left out, this image has one of its own. */
  readonly decoder?: ImageDecoder;
}

/**
 * An image as lines of characters in the terminal's colors; undefined for what cannot be decoded, and
 * for a terminal with fewer than 256 colors.
 *
 * @example
 * ```ts
 * const lines = await previewImage(await readFile('flags/BR.gif'), { columns: 20 });
 * console.log(lines?.join('\n') ?? 'cannot be drawn');
 * ```
 */
export async function previewImage(
  bytes: Uint8Array,
  options: PreviewOptions = {},
): Promise<string[] | undefined> {
  const { columns = 16, lines = 24, depth = 24, decoder } = options;
  if (depth < 8 || bytes.length === 0) return undefined;
  if (!decoder) {
    await using own = new ImageDecoder();
    return await previewImage(bytes, { ...options, decoder: own });
  }
  const picture = await decoder.decode({ bytes, columns, rows: 2 * lines });
  return picture && paintLines(picture, depth);
}

function paintLines(picture: Picture, depth: ColorDepth): string[] {
  const lines: string[] = [];
  for (let y = 0; y < picture.height; y += 2) {
    let line = '';
    for (let x = 0; x < picture.width; x++) {
      line += halves(colorAt(picture, x, y), colorAt(picture, x, y + 1), depth);
    }
    lines.push(`${line}\u001b[0m`);
  }
  return lines;
}

/** Undefined where the picture is mostly transparent, and below its last row. */
function colorAt({ width, data }: Picture, x: number, y: number): Rgb | undefined {
  const at = 4 * (y * width + x);
  const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
  return alpha < 64 ? undefined : [red, green, blue];
}

function halves(upper: Rgb | undefined, lower: Rgb | undefined, depth: ColorDepth): string {
  if (upper && lower) return `${paint(38, upper, depth)}${paint(48, lower, depth)}▀`;
  if (upper) return `\u001b[49m${paint(38, upper, depth)}▀`;
  if (lower) return `\u001b[49m${paint(38, lower, depth)}▄`;
  return '\u001b[49m ';
}

function paint(ground: number, [red, green, blue]: Rgb, depth: ColorDepth): string {
  if (depth === 24) return `\u001b[${ground};2;${red};${green};${blue}m`;
  const step = (value: number) => Math.round((value / 255) * 5);
  return `\u001b[${ground};5;${16 + 36 * step(red) + 6 * step(green) + step(blue)}m`;
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

/** A line filled up with spaces; its colors take no room. */
function padded(line = '', columns: number): string {
  const length = line.replace(/\u001b\[[\d;]*m/g, '').length;
  return line + ' '.repeat(Math.max(0, columns - length));
}
