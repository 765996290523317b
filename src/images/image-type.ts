/**
 * What kind of image some bytes are, by their signature. An own table, because the libraries that know
 * the same formats are asynchronous, cost more than the rest of a small file's download, and leave SVG
 * and JPEG XL out (CONTRIBUTING.md has the figures).
 */

import type { ImageExtension } from '../core/image-extensions.js';
import { hasSvgRoot } from './svg-root.js';

/** The usual extension for an image; undefined if the bytes do not begin like one that we know. */
export function imageExtension(bytes: Uint8Array): ImageExtension | undefined {
  if (begins(bytes, 'GIF87a') || begins(bytes, 'GIF89a')) return 'gif';
  if (begins(bytes, '\x89PNG\r\n\x1a\n')) return 'png';
  if (begins(bytes, '\xff\xd8\xff')) return 'jpg';
  if (begins(bytes, 'RIFF') && begins(bytes, 'WEBP', 8)) return 'webp';
  if (begins(bytes, 'ftyp', 4)) return isoMediaImage(bytes);
  if (begins(bytes, '\xff\x0a') || begins(bytes, '\0\0\0\x0cJXL \r\n\x87\n')) return 'jxl';
  if (begins(bytes, '\0\0\0\x0cjP  \r\n\x87\n')) return 'jp2';
  if (TIFF.some((signature) => begins(bytes, signature))) return 'tif';
  if (begins(bytes, 'BM') && DIB_HEADERS.has(bytes[14] ?? 0) && begins(bytes, '\0\0\0', 15)) {
    return 'bmp';
  }
  if (isIcon(bytes)) return 'ico';
  return hasSvgRoot(bytes) ? 'svg' : undefined;
}

/** TIFF and BigTIFF, of either byte order. */
const TIFF = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];

/** Lengths of the header after a BMP's first 14 bytes: two letters alone begin many a text. */
const DIB_HEADERS = new Set([12, 40, 52, 56, 64, 108, 124]);

/** Brands of still images and image sequences (ISO/IEC 23008-12, AVIF 1.1). */
const BRANDS: Readonly<Record<string, ImageExtension>> = {
  ...{ avif: 'avif', avis: 'avif' },
  ...{ heic: 'heic', heix: 'heic', heim: 'heic', heis: 'heic', hevc: 'heic', hevx: 'heic' },
  ...{ mif1: 'heic', msf1: 'heic' },
};

/** Brands that are looked at: real files have fewer than ten. */
const MAX_BRANDS = 32;

/** The `ftyp` box of AVIF, HEIC and of videos. A generic brand gives way to one that says the codec. */
function isoMediaImage(bytes: Uint8Array): ImageExtension | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(view.getUint32(0), bytes.length, 16 + 4 * MAX_BRANDS);
  const brands = [textAt(bytes, 8)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(textAt(bytes, at));
  const major = BRANDS[brands[0] as string];
  if (major === undefined) return undefined;
  return brands.some((brand) => BRANDS[brand] === 'avif') ? 'avif' : major;
}

/** A directory of at least one picture, whose first entry has its reserved byte at zero. */
function isIcon(bytes: Uint8Array): boolean {
  const isDirectory = begins(bytes, '\0\0\x01\0') || begins(bytes, '\0\0\x02\0');
  return isDirectory && bytes.length >= 22 && (bytes[4] ?? 0) > 0 && bytes[9] === 0;
}

function begins(bytes: Uint8Array, signature: string, at = 0): boolean {
  for (let i = 0; i < signature.length; i++) {
    if (bytes[at + i] !== signature.charCodeAt(i)) return false;
  }
  return true;
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
