/** Whether an image is whole, where its format tells: a connection may end early without an error. */

import type { ImageExtension } from '../core/image-extensions.js';

/** Whether the bytes end before the image does. False for formats that do not show it. */
export function isTruncated(bytes: Uint8Array, extension: ImageExtension | undefined): boolean {
  switch (extension) {
    case 'png':
      return !reachesIend(bytes);
    case 'gif':
      return !reachesTrailer(bytes);
    case 'jpg':
      return !reachesEndOfImage(bytes);
    case 'webp':
      return bytes.length < 12 || viewOf(bytes).getUint32(4, true) + 8 > bytes.length;
    default:
      return false;
  }
}

const IEND = 0x49454e44;

/** Follows the chunks (PNG, 5.3): length, type, data, CRC. */
function reachesIend(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (view.getUint32(at + 4) === IEND) return end <= bytes.length;
    at = end;
  }
  return false;
}

/** Follows the blocks (GIF89a, appendix B). An unknown block ends the search: browsers do as much. */
function reachesTrailer(bytes: Uint8Array): boolean {
  if (bytes.length < 13) return false;
  let at = 13 + colorTableLength(bytes[10]);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === 0x21) {
      at = endOfSubBlocks(bytes, at + 2);
    } else if (kind === 0x2c) {
      if (at + 10 > bytes.length) return false;
      at = endOfSubBlocks(bytes, at + 10 + colorTableLength(bytes[at + 9]) + 1);
    } else {
      return true;
    }
  }
  return false;
}

function colorTableLength(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function endOfSubBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let length = bytes[at]; length; length = bytes[at]) at += length + 1;
  return at + 1;
}

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** Follows the segments (JPEG, B.1.1): a thumbnail in one of them has an end of its own. */
function reachesEndOfImage(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  for (let at = 2; at + 2 <= bytes.length; ) {
    if (bytes[at] !== 0xff) {
      at = nextMarker(bytes, at);
      continue;
    }
    const marker = bytes[at + 1] as number;
    if (marker === END_OF_IMAGE) return true;
    if (marker === 0xff) {
      at++;
    } else if (isStandalone(marker)) {
      at += 2;
    } else {
      if (at + 4 > bytes.length) return false;
      at += 2 + view.getUint16(at + 2);
      if (marker === START_OF_SCAN) at = nextMarker(bytes, at);
    }
  }
  return false;
}

/** The place of the next marker in entropy-coded data, or the end. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1];
    if (marker !== undefined && marker !== 0 && marker !== 0xff && !isRestart(marker)) return at;
  }
  return bytes.length;
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

function isStandalone(marker: number): boolean {
  return marker === 0x00 || marker === 0x01 || marker === 0xd8 || isRestart(marker);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
