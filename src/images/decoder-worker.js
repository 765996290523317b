/**
 * The thread that decodes images: decoders may loop for ever on damaged data, and omggif prints
 * warnings. Plain JavaScript: a thread needs a file that node can run as it is.
 */

/** @import { DecodeRequest, Picture } from './picture.js' */

import { parentPort, workerData } from 'node:worker_threads';
import { inflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import { GifReader } from 'omggif';
import { PNG } from 'pngjs';

/** What makes a thread the decoder: threads of others that load this file have a parent port too. */
export const DECODER = 'flagprobe-decoder';

/** Pixels of the largest image that is decoded: 32 MB as RGBA. */
const MAX_PIXELS = 8_000_000;

/** Pixels of the longest side: decoders take their time for millions of rows of one pixel. */
const MAX_SIDE = 16_384;

/**
 * The first picture of a GIF, PNG or JPEG; undefined for other formats and for what is too large.
 * Throws for a damaged one.
 *
 * @param {Uint8Array} bytes
 * @returns {Picture | undefined}
 */
export function decodeImage(bytes) {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(4, bytes.byteLength));
  switch (start.toString('latin1')) {
    case 'GIF8':
      return decodeGif(bytes);
    case '\x89PNG':
      return decodePng(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    default:
      return start[0] === 0xff && start[1] === 0xd8 ? decodeJpeg(bytes) : undefined;
  }
}

/**
 * @param {number} width
 * @param {number} height
 */
function isDrawable(width, height) {
  const isShort = Math.max(width, height) <= MAX_SIDE;
  return width > 0 && height > 0 && isShort && width * height <= MAX_PIXELS;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Picture | undefined}
 */
function decodeGif(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
  if (!isDrawable(width, height)) return undefined;
  const reader = new GifReader(bytes);
  // The decoder reserves what the frame says, whatever the screen's size.
  const frame = reader.frameInfo(0);
  if (frame.x + frame.width > width || frame.y + frame.height > height) return undefined;
  const data = new Uint8Array(4 * width * height);
  reader.decodeAndBlitFrameRGBA(0, data);
  return { width, height, data };
}

/**
 * @param {Buffer} bytes
 * @returns {Picture | undefined}
 */
function decodePng(bytes) {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (!isDrawable(width, height)) return undefined;
  const isInterlaced = bytes[28] === 1;
  if (isInterlaced) assertBounded(bytes, width * height);
  const { data } = PNG.sync.read(bytes, { checkCRC: false });
  return { width, height, data };
}

/**
 * pngjs inflates an interlaced PNG without a bound. Throws if that would give more than the picture
 * can hold: 8 bytes a pixel, and a filter byte for each row of the seven passes.
 *
 * @param {Buffer} bytes
 * @param {number} pixels
 */
function assertBounded(bytes, pixels) {
  /** @type {Buffer[]} */
  const parts = [];
  for (let at = 8; at + 8 <= bytes.length; at += bytes.readUInt32BE(at) + 12) {
    if (bytes.toString('latin1', at + 4, at + 8) !== 'IDAT') continue;
    parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
  inflateSync(Buffer.concat(parts), { maxOutputLength: 10 * pixels + 1024 });
}

/**
 * @param {Uint8Array} bytes
 * @returns {Picture}
 */
function decodeJpeg(bytes) {
  return jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    maxResolutionInMP: MAX_PIXELS / 1e6,
    maxMemoryUsageInMB: 256,
  });
}

/**
 * A picture made to fit into a box, its shape kept; one that fits is left as it is. Each pixel is the
 * mean of those it stands for.
 *
 * @param {Picture} picture
 * @param {number} columns
 * @param {number} rows
 * @returns {Picture}
 */
export function shrink(picture, columns, rows) {
  const scale = Math.min(1, columns / picture.width, rows / picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set(
        mean(picture, span(x, width, picture.width), span(y, height, picture.height)),
        4 * (y * width + x),
      );
    }
  }
  return { width, height, data };
}

/**
 * @param {number} place
 * @param {number} places
 * @param {number} length
 * @returns {[from: number, to: number]}
 */
function span(place, places, length) {
  const from = Math.min(length - 1, Math.floor((place * length) / places));
  return [from, Math.max(from + 1, Math.floor(((place + 1) * length) / places))];
}

/**
 * Red, green, blue and alpha of a rectangle; what is transparent does not colour the rest.
 *
 * @param {Picture} picture
 * @param {[from: number, to: number]} horizontal
 * @param {[from: number, to: number]} vertical
 */
function mean({ width, data }, [left, right], [top, bottom]) {
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let row = top; row < bottom; row++) {
    for (let at = 4 * (row * width + left); at < 4 * (row * width + right); at += 4) {
      const weight = data[at + 3] ?? 0;
      red += (data[at] ?? 0) * weight;
      green += (data[at + 1] ?? 0) * weight;
      blue += (data[at + 2] ?? 0) * weight;
      alpha += weight;
    }
  }
  if (alpha === 0) return [0, 0, 0, 0];
  const area = (right - left) * (bottom - top);
  return [red / alpha, green / alpha, blue / alpha, alpha / area].map(Math.round);
}

if (workerData?.role === DECODER) {
  parentPort?.on('message', (/** @type {DecodeRequest} */ { bytes, columns, rows }) => {
    /** @type {Picture | undefined} */
    let picture;
    try {
      const whole = decodeImage(bytes);
      picture = whole && shrink(whole, columns, rows);
    } catch {
      // Damaged: there is nothing to show.
    }
    parentPort?.postMessage(picture);
  });
}
