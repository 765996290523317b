/** Pixels out of the two simplest of image formats: the first picture of a GIF, and PNG. */

import { inflateSync } from 'node:zlib';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha; row by row. */
  readonly data: Uint8Array;
}

/** What is larger is not drawn: nobody's flag needs it. */
const MAX_PIXELS = 16_000_000;

/** The pixels of a GIF or PNG; undefined for anything else, what is broken, and interlaced PNG. */
export function pixelsOf(bytes: Uint8Array): Pixels | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (buffer.toString('latin1', 0, 4) === 'GIF8') return gifPixels(buffer);
    if (buffer.toString('latin1', 1, 4) === 'PNG') return pngPixels(buffer);
  } catch {
    // It ends too early, or is no such image after all.
  }
  return undefined;
}

function gifPixels(bytes: Buffer): Pixels | undefined {
  const [width, height] = [bytes.readUInt16LE(6), bytes.readUInt16LE(8)];
  if (width * height > MAX_PIXELS) return undefined;
  let at = 13;
  const table = (packed: number): Buffer => {
    const length = packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
    at += length;
    return bytes.subarray(at - length, at);
  };
  const common = table(bytes.readUInt8(10));
  let transparent = -1;
  for (;;) {
    const kind = bytes.readUInt8(at++);
    if (kind === 0x21) {
      if (bytes[at] === 0xf9 && bytes.readUInt8(at + 2) & 1) transparent = bytes.readUInt8(at + 5);
      for (at++; bytes.readUInt8(at) > 0; at += bytes.readUInt8(at) + 1);
      at++;
    } else if (kind === 0x2c) {
      const [left, top, w, h] = [0, 2, 4, 6].map((i) => bytes.readUInt16LE(at + i)) as Four;
      const packed = bytes.readUInt8(at + 8);
      at += 9;
      const own = table(packed);
      const colours = own.length > 0 ? own : common;
      const smallest = bytes.readUInt8(at++);
      const blocks: Buffer[] = [];
      for (; bytes.readUInt8(at) > 0; at += bytes.readUInt8(at) + 1) {
        blocks.push(bytes.subarray(at + 1, at + 1 + bytes.readUInt8(at)));
      }
      const indexes = unpack(Buffer.concat(blocks), smallest, w * h);
      const data = new Uint8Array(4 * width * height);
      const rows = packed & 0x40 ? interlaced(h) : undefined;
      for (let i = 0; i < w * h; i++) {
        const index = indexes[i] as number;
        const y = top + (rows ? (rows[Math.floor(i / w)] as number) : Math.floor(i / w));
        const x = left + (i % w);
        if (index === transparent || x >= width || y >= height) continue;
        data.set([...colours.subarray(3 * index, 3 * index + 3), 255], 4 * (y * width + x));
      }
      return { width, height, data };
    } else {
      return undefined;
    }
  }
}

type Four = [number, number, number, number];

/** GIF's LZW: codes of growing length, each a known text and one colour more. */
function unpack(bytes: Buffer, smallest: number, count: number): Uint8Array {
  const clear = 1 << smallest;
  const out = new Uint8Array(count);
  const prefix = new Uint16Array(4096);
  const last = new Uint8Array(4096);
  const stack: number[] = [];
  let [length, next, before, first, filled, bits, held] = [smallest + 1, clear + 2, -1, 0, 0, 0, 0];
  for (let i = 0; filled < count; ) {
    for (; bits < length && i < bytes.length; bits += 8) held |= (bytes[i++] as number) << bits;
    if (bits < length) break;
    const code = held & ((1 << length) - 1);
    held >>>= length;
    bits -= length;
    if (code === clear) {
      [length, next, before] = [smallest + 1, clear + 2, -1];
      continue;
    }
    if (code === clear + 1) break;
    if (code > next || (before < 0 && code >= clear)) break;
    let at = code;
    if (code === next) {
      stack.push(first);
      at = before;
    }
    for (; at >= clear; at = prefix[at] as number) stack.push(last[at] as number);
    first = at;
    stack.push(first);
    while (stack.length > 0 && filled < count) out[filled++] = stack.pop() as number;
    stack.length = 0;
    if (before >= 0 && next < 4096) {
      prefix[next] = before;
      last[next++] = first;
      if (next === 1 << length && length < 12) length++;
    }
    before = code;
  }
  return out;
}

/** The order in which the rows of an interlaced GIF come. */
function interlaced(height: number): number[] {
  const passes = [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const;
  const rows: number[] = [];
  for (const [start, step] of passes) for (let y = start; y < height; y += step) rows.push(y);
  return rows;
}

/** Samples a pixel, by PNG's colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

function pngPixels(bytes: Buffer): Pixels | undefined {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const [depth, type, , , isInterlaced] = bytes.subarray(24, 29);
  const samples = SAMPLES[type as number];
  if (!depth || !samples || isInterlaced || width * height > MAX_PIXELS) return undefined;
  let palette: Uint8Array = new Uint8Array(0);
  let alphas: Uint8Array = palette;
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const chunk = bytes.subarray(at + 8, at + 8 + length);
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (name === 'PLTE') palette = chunk;
    else if (name === 'tRNS' && type === 3) alphas = chunk;
    else if (name === 'IDAT') parts.push(chunk);
    at += length + 12;
  }
  const rowLength = Math.ceil((width * samples * depth) / 8);
  const limit = (rowLength + 1) * height;
  const raw = inflateSync(Buffer.concat(parts), { maxOutputLength: limit });
  unfilter(raw, rowLength, height, Math.max(1, (samples * depth) >> 3));
  const sample = (y: number, i: number): number => {
    const row = y * (rowLength + 1) + 1;
    if (depth === 8) return raw[row + i] as number;
    if (depth === 16) return raw[row + 2 * i] as number;
    const bit = i * depth;
    const byte = raw[row + (bit >> 3)] as number;
    return (byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const s = (n: number) => sample(y, x * samples + n);
      if (type === 3) {
        const index = s(0);
        data.set(palette.subarray(3 * index, 3 * index + 3), at);
        data[at + 3] = alphas[index] ?? 255;
      } else if (samples >= 3) {
        data.set([s(0), s(1), s(2), samples === 4 ? s(3) : 255], at);
      } else {
        const grey = depth < 8 ? (s(0) * 255) / ((1 << depth) - 1) : s(0);
        data.set([grey, grey, grey, samples === 2 ? s(1) : 255], at);
      }
    }
  }
  return { width, height, data };
}

/** Undoes the filter of each row, in place (PNG, 9.2). */
function unfilter(raw: Buffer, rowLength: number, height: number, step: number): void {
  for (let y = 0; y < height; y++) {
    const row = y * (rowLength + 1) + 1;
    const filter = raw[row - 1];
    for (let i = 0; i < rowLength; i++) {
      const left = i >= step ? (raw[row + i - step] as number) : 0;
      const up = y > 0 ? (raw[row + i - rowLength - 1] as number) : 0;
      const corner = y > 0 && i >= step ? (raw[row + i - rowLength - 1 - step] as number) : 0;
      const added = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter as number] ?? 0;
      raw[row + i] = (raw[row + i] as number) + added;
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value)) as Three;
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

type Three = [number, number, number];
