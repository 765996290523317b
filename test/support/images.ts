/** The smallest real GIF: one transparent pixel. */
export const gif = Buffer.from(
  'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
  'base64',
);

/** The smallest real PNG. */
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=',
  'base64',
);

/** A GIF of exactly so many bytes: what comes after its end is ignored. */
export function gifOf(bytes: number): Buffer {
  return Buffer.concat([gif, Buffer.alloc(bytes - gif.length)]);
}
