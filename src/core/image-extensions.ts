/** The kinds of images, by the extension of their files. */

export type ImageExtension =
  | 'gif'
  | 'png'
  | 'svg'
  | 'webp'
  | 'jpg'
  | 'avif'
  | 'heic'
  | 'jxl'
  | 'jp2'
  | 'bmp'
  | 'ico'
  | 'tif';

/** Media types (IANA), by extension; the usual extensions first. */
export const IMAGE_TYPES: Readonly<Record<ImageExtension, string>> = {
  gif: 'image/gif',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
  jpg: 'image/jpeg',
  avif: 'image/avif',
  heic: 'image/heic',
  jxl: 'image/jxl',
  jp2: 'image/jp2',
  bmp: 'image/bmp',
  ico: 'image/vnd.microsoft.icon',
  tif: 'image/tiff',
};

/** Other spellings that name the same kind of image. */
const SAME_EXTENSION: Readonly<Record<string, ImageExtension>> = {
  jpeg: 'jpg',
  jpe: 'jpg',
  jfif: 'jpg',
  tiff: 'tif',
  heif: 'heic',
  cur: 'ico',
  dib: 'bmp',
  jpf: 'jp2',
  jpx: 'jp2',
};

/** The usual spelling of an extension, in any case; undefined if it names no kind of image. */
export function normalizeExtension(extension: string): ImageExtension | undefined {
  const lower = extension.toLowerCase();
  if (Object.hasOwn(IMAGE_TYPES, lower)) return lower as ImageExtension;
  return Object.hasOwn(SAME_EXTENSION, lower) ? SAME_EXTENSION[lower] : undefined;
}
