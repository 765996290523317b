import { expect, it } from 'vitest';
import { imageExtension } from '../../src/images/image-type.js';
import { gif } from '../support/images.js';

it.each([
  ['GIF', gif, 'gif'],
  ['an old GIF', Buffer.from('GIF87a'), 'gif'],
  ['PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'png'],
  ['JPEG', Buffer.from('\xff\xd8\xff\xe0', 'latin1'), 'jpg'],
  ['WebP', Buffer.from('RIFF\n\0\0\0WEBPVP8 '), 'webp'],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'svg'],
  [
    'an SVG as drawing programs write it',
    Buffer.from(`\ufeff<?xml version="1.0"?>\n<!-- <html> ${'x'.repeat(5000)} -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x" [ <!ENTITY ns "y"> ]>\n\n<svg\nwidth="1">`),
    'svg',
  ],
  ['an SVG with a namespace prefix', Buffer.from('<svg:svg xmlns:svg="x">'), 'svg'],
])('knows %s', (_name, bytes, extension) => {
  expect(imageExtension(bytes)).toBe(extension);
});

it.each([
  ['nothing', ''],
  ['half a signature', 'GIF8'],
  ['a page', '<!DOCTYPE html><html><body><svg></svg></body></html>'],
  ['a page without a doctype', '<html><svg></svg></html>'],
  ['another XML', '<?xml version="1.0"?><svgfont/>'],
  ['a comment without an end', '<!-- <svg>'],
  ['a sound', 'RIFF\n\0\0\0WAVEfmt '],
  ['text', 'an svg: <svg>'],
  ['white space', ' '.repeat(100)],
])('takes no %s for an image', (_name, text) => {
  expect(imageExtension(Buffer.from(text, 'latin1'))).toBeUndefined();
});
