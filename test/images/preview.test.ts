import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { countries } from '../../src/flags/codes.js';
import { pixelsOf } from '../../src/images/pixels.js';
import { previewImage, previewSheet } from '../../src/images/preview.js';
import { gif } from '../support/images.js';

const require = createRequire(import.meta.url);
const flags = join(dirname(require.resolve('famfamfam-flags/package.json')), 'dist');
const flag = (kind: 'gif' | 'png', cc: string) => readFileSync(join(flags, kind, `${cc}.${kind}`));

/** The colour of a pixel; undefined where nothing is. */
function pixel(bytes: Uint8Array, x: number, y: number): number[] | undefined {
  const { width, data } = pixelsOf(bytes)!;
  const [red, green, blue, alpha] = data.subarray(4 * (y * width + x));
  return alpha ? ([red, green, blue] as number[]) : undefined;
}

/** A PNG of one kind, of rows as they are before they are filtered. */
function png(type: number, depth: number, width: number, rows: number[][], more: Buffer[] = []) {
  const chunk = (name: string, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length);
    head.write(name, 4);
    return Buffer.concat([head, body, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(rows.length, 4);
  header.set([depth, type], 8);
  const [palette, alphas] = more;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', palette)] : []),
    ...(alphas ? [chunk('tRNS', alphas)] : []),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('pixelsOf', () => {
  it('reads every flag that is there, GIF and PNG', () => {
    for (const cc of [...countries.keys()].map((code) => code.toLowerCase())) {
      for (const kind of ['gif', 'png'] as const) {
        let bytes: Buffer;
        try {
          bytes = flag(kind, cc);
        } catch {
          continue;
        }
        const pixels = pixelsOf(bytes)!;
        expect([pixels.width, pixels.height]).toEqual(
          kind === 'gif'
            ? [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]
            : [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
        );
      }
    }
  });

  it('sees the same in both formats of a flag', () => {
    // Blue, white and red from left to right.
    for (const kind of ['gif', 'png'] as const) {
      const [left, middle, right] = [3, 8, 13].map((x) =>
        pixel(flag(kind, 'fr'), x, 5),
      ) as number[][];
      expect((left?.[2] as number) - (left?.[0] as number)).toBeGreaterThan(50);
      expect(Math.min(...(middle as number[]))).toBeGreaterThan(200);
      expect((right?.[0] as number) - (right?.[2] as number)).toBeGreaterThan(50);
    }
  });

  it('sees through what is transparent', () => {
    expect(pixel(gif, 0, 0)).toBeUndefined();
  });

  it.each([
    [
      'grey',
      png(0, 8, 2, [[0, 10, 200]]),
      [
        [10, 10, 10],
        [200, 200, 200],
      ],
    ],
    [
      'one bit',
      png(0, 1, 2, [[0, 0b01000000]]),
      [
        [0, 0, 0],
        [255, 255, 255],
      ],
    ],
    ['16 bits', png(2, 16, 1, [[0, 1, 9, 2, 9, 3, 9]]), [[1, 2, 3]]],
    [
      'the left one taken off',
      png(0, 8, 3, [[1, 10, 5, 5]]),
      [
        [10, 10, 10],
        [15, 15, 15],
        [20, 20, 20],
      ],
    ],
    [
      'a palette',
      png(3, 4, 2, [[0, 0x10]], [Buffer.from([1, 2, 3, 4, 5, 6]), Buffer.from([255, 0])]),
      [undefined, [1, 2, 3]],
    ],
    ['grey and alpha', png(4, 8, 2, [[0, 7, 255, 8, 0]]), [[7, 7, 7], undefined]],
  ])('reads a PNG of %s', (_kind, bytes, colours) => {
    expect(colours.map((_, x) => pixel(bytes, x, 0))).toEqual(colours);
  });

  it('undoes the filters that look at the row above', () => {
    const rows = [
      [0, 10, 20, 30],
      [2, 1, 1, 1],
      [3, 0, 0, 0],
      [4, 1, 1, 1],
    ];
    const bytes = png(0, 8, 3, rows);
    const greys = [1, 2, 3].map((y) => [0, 1, 2].map((x) => pixel(bytes, x, y)?.[0]));
    expect(greys).toEqual([
      [11, 21, 31],
      [5, 13, 22],
      [6, 14, 23],
    ]);
  });

  it.each([
    ['SVG', Buffer.from('<svg/>')],
    ['nothing', Buffer.alloc(0)],
    ['a cut GIF', flag('gif', 'br').subarray(0, 40)],
    ['a cut PNG', flag('png', 'br').subarray(0, 60)],
    ['a GIF that is too large', Buffer.from('GIF89a\xff\xff\xff\xff\0\0\0', 'latin1')],
  ])('gives nothing for %s', (_name, bytes) => {
    expect(pixelsOf(bytes)).toBeUndefined();
  });
});

describe('previewImage', () => {
  it('draws two pixels in each character', () => {
    const lines = previewImage(
      png(2, 8, 1, [
        [0, 255, 0, 0],
        [0, 0, 0, 255],
      ]),
    ) as string[];
    expect(lines).toEqual(['\u001b[38;2;255;0;0m\u001b[48;2;0;0;255m▀\u001b[0m']);
    expect(
      previewImage(
        png(2, 8, 1, [
          [0, 255, 0, 0],
          [0, 0, 0, 255],
        ]),
        { depth: 8 },
      ),
    ).toEqual(['\u001b[38;5;196m\u001b[48;5;21m▀\u001b[0m']);
  });

  it('keeps to its columns and to the shape of the flag', () => {
    const lines = previewImage(flag('gif', 'br'), { columns: 8 }) as string[];
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.replace(/\u001b\[[\d;]*m/g, '')).toMatch(/^[▀▄ ]{8}$/);
  });

  it('draws nothing without colours', () => {
    expect(previewImage(flag('gif', 'br'), { depth: 4 })).toBeUndefined();
  });
});

describe('previewSheet', () => {
  it('puts pictures side by side, names under them, and the rest by name', () => {
    const picture = (letter: string) => [letter.repeat(3), letter.repeat(3)];
    const previews = [
      { name: 'BR', lines: picture('b') },
      { name: 'SVG', lines: undefined },
      { name: 'US', lines: picture('u') },
      { name: 'A long name', lines: picture('l') },
    ];
    expect(previewSheet(previews, 10, 4)).toBe(
      'bbb   uuu \nbbb   uuu \nBR    US\n\nlll \nlll \nA lo\n\nSVG\n',
    );
  });
});

it('the command draws what it downloaded, with colours only where they are wanted', () => {
  const bin = new URL('../../bin/flagprobe.cjs', import.meta.url).pathname;
  const run = (env: Record<string, string>) => {
    const dir = join('/tmp', `flagprobe-preview-${process.pid}`);
    const script = `"$0" "$1" download br -s local -d "$2" --preview 2>&1 >/dev/null; rm -r "$2"`;
    const { FORCE_COLOR, NO_COLOR, ...rest } = process.env;
    return execFileSync('sh', ['-c', script, process.execPath, bin, dir], {
      encoding: 'utf8',
      env: { ...rest, ...env },
    });
  };
  expect(run({ FORCE_COLOR: '3' })).toMatch(/▀.*\n.*BR/s);
  expect(run({})).toMatch(/\n\nBR\n/);
});
