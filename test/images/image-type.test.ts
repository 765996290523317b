import { expect, it } from 'vitest';
import { imageExtension } from '../../src/images/image-type.js';
import { nonImageKind } from '../../src/images/non-image-kind.js';
import { gif } from '../support/images.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const ftyp = (...brands: string[]) =>
  latin1(
    `\0\0\0${String.fromCharCode(12 + 4 * brands.length)}ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`,
  );

const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const longDoctype = `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "a>b" [
  <!ENTITY ns_svg "]>"> <!-- ' ]> -->
  ${'<!ENTITY x "http://ns.adobe.com/Extensibility/1.0/">'.repeat(2000)}
]>`;

it.each([
  ['GIF', gif, 'gif'],
  ['an old GIF', latin1('GIF87a'), 'gif'],
  ['PNG', latin1('\x89PNG\r\n\x1a\n'), 'png'],
  ['JPEG', latin1('\xff\xd8\xff\xe0'), 'jpg'],
  ['WebP', latin1('RIFF\n\0\0\0WEBPVP8 '), 'webp'],
  ['AVIF', ftyp('avif', 'mif1', 'miaf'), 'avif'],
  ['an AVIF whose brand is generic', ftyp('mif1', 'miaf', 'avif'), 'avif'],
  ['an AVIF sequence', ftyp('avis'), 'avif'],
  ['HEIC', ftyp('heic', 'mif1'), 'heic'],
  ['a HEIF whose brand is generic', ftyp('mif1', 'heic'), 'heic'],
  ['a JPEG XL codestream', latin1('\xff\x0a\xfa\x1f'), 'jxl'],
  ['JPEG XL in a container', latin1('\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl '), 'jxl'],
  ['BMP', latin1(`BM\x9a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0`), 'bmp'],
  ['ICO', latin1(`\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0${'\0'.repeat(8)}`), 'ico'],
  ['JPEG 2000', latin1('\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 '), 'jp2'],
  ['BigTIFF with the bytes the other way round', latin1('MM\0+\0\x08\0\0'), 'tif'],
  ['TIFF', latin1('II*\0\x08\0\0\0'), 'tif'],
  ['TIFF with the bytes the other way round', latin1('MM\0*\0\0\0\x08'), 'tif'],
  ['SVG', Buffer.from(svg), 'svg'],
  [
    'an SVG as drawing programs write it',
    Buffer.from(
      `\ufeff<?xml version="1.0"?>\n<!-- <html> ${'x'.repeat(5000)} -->\n${longDoctype}\n\n${svg}`,
    ),
    'svg',
  ],
  ['an SVG with a namespace prefix', Buffer.from('<my-ns:svg xmlns:my-ns="x">'), 'svg'],
  ['an SVG whose DOCTYPE has a prefix', Buffer.from('<!DOCTYPE my-ns:svg><my-ns:svg>'), 'svg'],
  ['an SVG in UTF-16', utf16le(`\ufeff<?xml version="1.0" encoding="UTF-16"?>\r\n${svg}`), 'svg'],
  ['an SVG in UTF-16, the other way round', utf16le(`\ufeff${svg}`).swap16(), 'svg'],
  ['an SVG in UTF-16 without a mark', utf16le(svg), 'svg'],
  ['an SVG after much white space', Buffer.from(`${'\n'.repeat(100)}${svg}`), 'svg'],
])('knows %s', (_name, bytes, extension) => {
  expect(imageExtension(bytes)).toBe(extension);
});

const others: [name: string, bytes: Buffer, kind: string][] = [
  ['nothing', Buffer.alloc(0), 'nothing'],
  ['half a signature', latin1('GIF8'), 'text'],
  ['a page', latin1('<!DOCTYPE html><html><body><svg></svg></body></html>'), 'an HTML page'],
  ['a page that begins with its image', latin1('<!DOCTYPE html><svg></svg>'), 'an HTML page'],
  ['a page without a doctype', latin1('\n<html><svg></svg></html>'), 'an HTML page'],
  ['a page that begins with a comment', latin1('<!-- x --><HTML><svg></svg>'), 'an HTML page'],
  ['another XML', latin1('<?xml version="1.0"?><svgfont/>'), 'XML that is no SVG'],
  ['an element whose name ends like one', latin1('<not.svg />'), 'XML that is no SVG'],
  ['a comment without an end', latin1('<!-- <svg>'), 'XML that is no SVG'],
  ['a sound', latin1('RIFF\n\0\0\0WAVEfmt '), 'a sound'],
  ['a video', ftyp('isom', 'avc1', 'avif'), 'a video'],
  ['a video that is cut', latin1('\0\0\0\x20ftyp'), 'a video'],
  ['text', latin1('an svg: <svg>'), 'text'],
  ['a sentence that begins like a BMP', latin1('BM is short for bitmap, some say'), 'text'],
  ['white space', latin1(' '.repeat(100)), 'text'],
  ['JSON', latin1('{"error":"no such flag"}'), 'JSON'],
  ['a PDF document', latin1('%PDF-1.7'), 'a PDF document'],
  ['a ZIP archive', latin1('PK\x03\x04'), 'a ZIP archive'],
  ['gzip data', latin1('\x1f\x8b\x08'), 'gzip data'],
  [
    'a Git LFS pointer',
    latin1('version https://git-lfs.github.com/spec/v1\n'),
    'a Git LFS pointer',
  ],
  ['bytes', latin1('\x7fELF\x02\x01'), 'unknown bytes'],
  ['an empty icon', latin1('\0\0\x01\0\0\0'), 'unknown bytes'],
];

it.each(others)('takes no %s for an image, and says what came', (_name, bytes, kind) => {
  expect(imageExtension(bytes)).toBeUndefined();
  expect(nonImageKind(bytes)).toBe(kind);
});

it('takes no time for a prolog without an end', () => {
  for (const text of ['<!--', '<?', '<!DOCTYPE svg [', '<!DOCTYPE svg "', ' ', '<a']) {
    const bytes = Buffer.from(text + '<!-- '.repeat(500_000));
    expect(imageExtension(bytes)).toBeUndefined();
  }
});
