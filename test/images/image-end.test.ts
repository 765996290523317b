import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import type { ImageExtension } from '../../src/core/image-extensions.js';
import { isTruncated } from '../../src/images/image-end.js';
import { gif } from '../support/images.js';

const flags = createRequire(import.meta.url).resolve('famfamfam-flags/package.json');
const flag = (kind: 'gif' | 'png') =>
  readFileSync(flags.replace('package.json', `dist/${kind}/br.${kind}`));

/** A real JPEG with a whole JPEG inside its EXIF segment, as cameras write their thumbnails. */
function photo(): Buffer {
  const data = Buffer.alloc(4 * 64 * 64, 0x7f);
  for (let i = 0; i < data.length; i++) data[i] = (i * 31) & 0xff;
  const { data: whole } = jpeg.encode({ width: 64, height: 64, data }, 90);
  const { data: small } = jpeg.encode({ width: 8, height: 8, data: data.subarray(0, 256) }, 50);
  const app1 = Buffer.concat([Buffer.from('Exif\0\0'), small]);
  const head = Buffer.from([0xff, 0xe1, (app1.length + 2) >> 8, (app1.length + 2) & 0xff]);
  return Buffer.concat([whole.subarray(0, 2), head, app1, whole.subarray(2)]);
}

function webp(): Buffer {
  const body = Buffer.from('WEBPVP8L\x0e\0\0\0some picture..', 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from('RIFF'), length, body]);
}

const images: [name: string, extension: ImageExtension, bytes: Buffer][] = [
  ['GIF', 'gif', flag('gif')],
  ['GIF of one pixel', 'gif', gif],
  ['PNG', 'png', flag('png')],
  ['JPEG', 'jpg', photo()],
  ['WebP', 'webp', webp()],
];

describe.each(images)('%s', (_name, extension, bytes) => {
  it('is whole when it is, and with bytes behind its end', () => {
    expect(isTruncated(bytes, extension)).toBe(false);
    expect(isTruncated(Buffer.concat([bytes, Buffer.alloc(9)]), extension)).toBe(false);
  });

  it('is truncated wherever it is cut', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect([length, isTruncated(bytes.subarray(0, length), extension)]).toEqual([length, true]);
    }
  });
});

it('says nothing about formats that do not show it', () => {
  expect(isTruncated(Buffer.from('<svg>'), 'svg')).toBe(false);
  expect(isTruncated(Buffer.from('anything'), undefined)).toBe(false);
});

it('leaves a GIF alone that has an unknown block, as browsers do', () => {
  expect(isTruncated(Buffer.concat([gif.subarray(0, 19), Buffer.from([0, 0, 1])]), 'gif')).toBe(
    false,
  );
});
