/** The smallest real GIF: one transparent pixel. */
export const gif = Buffer.from(
  'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
  'base64',
);

/** A GIF of exactly so many bytes: what comes after its end is ignored. */
export function gifOf(bytes: number): Buffer {
  return Buffer.concat([gif, Buffer.alloc(bytes - gif.length)]);
}
