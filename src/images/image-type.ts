/** What kind of image some bytes are, from their beginning. */

export type ImageExtension = 'gif' | 'png' | 'svg' | 'webp' | 'jpg';

/** How far into a text the `<svg` of an SVG may be: drawing programs put long comments before it. */
const MAX_PROLOG = 65_536;

/** The usual extension for an image; undefined if the bytes do not begin like one that we know. */
export function imageExtension(bytes: Uint8Array): ImageExtension | undefined {
  if (begins(bytes, 'GIF87a') || begins(bytes, 'GIF89a')) return 'gif';
  if (begins(bytes, '\x89PNG\r\n\x1a\n')) return 'png';
  if (begins(bytes, '\xff\xd8\xff')) return 'jpg';
  if (begins(bytes, 'RIFF') && begins(bytes, 'WEBP', 8)) return 'webp';
  // Only a text that begins with `<`, after a byte order mark and white space, is worth reading on.
  return /^(?:\xef\xbb\xbf)?\s*(?:<|$)/.test(latin1(bytes, 0, 16)) &&
    beginsWithSvg(latin1(bytes, 0, MAX_PROLOG))
    ? 'svg'
    : undefined;
}

/** Whether the root element is `svg`: a page that merely holds one is no image (XML 1.0, 2.8). */
function beginsWithSvg(text: string): boolean {
  const misc =
    /(?:^\xef\xbb\xbf|\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+(?:\w+:)?svg\b[^>[]*(?:\[[^\]]*\]\s*)?>)/sy;
  for (let at = 0; ; at = misc.lastIndex) {
    misc.lastIndex = at;
    if (!misc.test(text)) return /<(?:\w+:)?svg[\s/>]/y.test(text.slice(at, at + 64));
  }
}

function begins(bytes: Uint8Array, signature: string, at = 0): boolean {
  for (let i = 0; i < signature.length; i++) {
    if (bytes[at + i] !== signature.charCodeAt(i)) return false;
  }
  return true;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
    start,
    end,
  );
}
