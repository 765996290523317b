/** What came where an image was expected, in words for a message. */

const SIGNATURES: readonly (readonly [bytes: RegExp, kind: string])[] = [
  [/^$/, 'nothing'],
  [/^%PDF/, 'a PDF document'],
  [/^PK\x03\x04/, 'a ZIP archive'],
  [/^\x1f\x8b/, 'gzip data'],
  [/^....ftyp/s, 'a video'],
  [/^\x1a\x45\xdf\xa3/, 'a video'],
  [/^OggS|^ID3|^RIFF....WAVE/s, 'a sound'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer'],
  [
    /^(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|script)\b/is,
    'an HTML page',
  ],
  [/^(?:\xef\xbb\xbf)?\s*</, 'XML that is no SVG'],
  [/^(?:\xef\xbb\xbf)?\s*(?:\{\s*["}]|\[\s*["{[\d\]])/, 'JSON'],
];

/** Bytes that are looked at. */
const LOOKED_AT = 1024;

/** `an HTML page`, `JSON`, `text`, …: what bytes are that are no image. */
export function nonImageKind(bytes: Uint8Array): string {
  const { buffer, byteOffset } = bytes;
  const length = Math.min(bytes.byteLength, LOOKED_AT);
  const text = Buffer.from(buffer, byteOffset, length).toString('latin1');
  const known = SIGNATURES.find(([signature]) => signature.test(text));
  if (known) return known[1];
  return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? 'unknown bytes' : 'text';
}
