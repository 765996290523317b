import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { deflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { countries } from '../../src/flags/codes.js';
import { ImageDecoder } from '../../src/images/decoder.js';
import { decodeImage, shrink } from '../../src/images/decoder-worker.js';
import { type PreviewOptions, previewImage, previewSheet } from '../../src/images/preview.js';
import { gif } from '../support/images.js';
import { runInProcess } from '../support/in-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const require = createRequire(import.meta.url);
const flags = join(dirname(require.resolve('famfamfam-flags/package.json')), 'dist');
const flag = (kind: 'gif' | 'png', cc: string) => readFileSync(join(flags, kind, `${cc}.${kind}`));

/** The color of a pixel; undefined where nothing is. */
function pixel(bytes: Uint8Array, x: number, y: number): number[] | undefined {
  const { width, data } = decodeImage(bytes)!;
  const [red, green, blue, alpha] = data.subarray(4 * (y * width + x));
  return alpha ? ([red, green, blue] as number[]) : undefined;
}

/** A PNG of one kind, of rows as they are before they are filtered. */
function png(
  type: number,
  depth: number,
  width: number,
  rows: number[][],
  more: Buffer[] = [],
  raw = Buffer.from(rows.flat()),
) {
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
    chunk('IDAT', deflateSync(raw, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Few bytes that promise 4 billion pixels. */
function bomb(where: 'screen' | 'frame'): Buffer {
  const bytes = Buffer.from(gif);
  bytes.writeUInt32LE(0xffffffff, where === 'screen' ? 6 : 32);
  return bytes;
}

function pngBomb(width: number, height: number, inflated = 1000, interlace = 1): Buffer {
  const bytes = png(0, 8, width, [], [], Buffer.alloc(inflated));
  bytes.writeUInt32BE(height, 20);
  bytes[28] = interlace;
  return bytes;
}

function jpegBomb(): Buffer {
  const data = Buffer.alloc(4 * 8 * 8);
  const { data: bytes } = jpeg.encode({ width: 8, height: 8, data }, 50);
  bytes.writeUInt32BE(0xffffffff, bytes.indexOf(Buffer.of(0xff, 0xc0)) + 5);
  return bytes;
}

describe('decodeImage', () => {
  it('reads every flag that is there, GIF and PNG', () => {
    for (const cc of [...countries.keys()].map((code) => code.toLowerCase())) {
      for (const kind of ['gif', 'png'] as const) {
        let bytes: Buffer;
        try {
          bytes = flag(kind, cc);
        } catch {
          continue;
        }
        const pixels = decodeImage(bytes)!;
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
  ])('reads a PNG of %s', (_kind, bytes, colors) => {
    expect(colors.map((_, x) => pixel(bytes, x, 0))).toEqual(colors);
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

  it('refuses few bytes that promise much before there is room for it', () => {
    expect(decodeImage(bomb('screen'))).toBeUndefined();
    expect(decodeImage(bomb('frame'))).toBeUndefined();
    expect(decodeImage(pngBomb(65_535, 65_535))).toBeUndefined();
    const inflating = () => decodeImage(pngBomb(10, 10, 10_000_000));
    expect(inflating).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }));
  });

  it('reads JPEG', () => {
    const data = Buffer.alloc(4 * 16 * 16, 200);
    const { data: bytes } = jpeg.encode({ width: 16, height: 16, data }, 100);
    const { width, height, data: pixels } = decodeImage(bytes)!;
    expect([width, height]).toEqual([16, 16]);
    expect(Math.abs((pixels[0] as number) - 200)).toBeLessThan(8);
  });
});

describe('shrink', () => {
  it('keeps the shape of a picture and leaves a small one alone', () => {
    const picture = (width: number, height: number) => ({
      width,
      height,
      data: new Uint8Array(4 * width * height),
    });
    const sizeOf = (width: number, height: number) => {
      const small = shrink(picture(width, height), 16, 20);
      return [small.width, small.height, small.data.length];
    };
    expect(sizeOf(32, 22)).toEqual([16, 11, 704]);
    expect(sizeOf(8, 8)).toEqual([8, 8, 256]);
    expect(sizeOf(100, 1000)).toEqual([2, 20, 160]);
    expect(sizeOf(1, 100_000)).toEqual([1, 20, 80]);
  });

  it('takes the mean of the pixels that show', () => {
    const data = Uint8Array.from([100, 0, 0, 255, 200, 0, 0, 255, 0, 0, 0, 0, 0, 50, 0, 255]);
    expect([...shrink({ width: 4, height: 1, data }, 2, 1).data]).toEqual([
      150, 0, 0, 255, 0, 50, 0, 128,
    ]);
  });
});

const decoder = new ImageDecoder();
afterAll(() => decoder[Symbol.asyncDispose]());

describe('ImageDecoder', () => {
  const box = { columns: 16, rows: 40 };

  it.each([
    ['SVG', Buffer.from('<svg/>')],
    ['nothing', Buffer.alloc(0)],
    ['a cut GIF', flag('gif', 'br').subarray(0, 40)],
    ['a cut PNG', flag('png', 'br').subarray(0, 60)],
    ['a GIF that says 65,535 × 65,535', bomb('screen')],
    ['a GIF whose frame says 65,535 × 65,535', bomb('frame')],
    ['a PNG that says 65,535 × 65,535', pngBomb(65_535, 65_535)],
    ['an interlaced PNG whose pixels inflate to 10 MB', pngBomb(10, 10, 10_000_000)],
    ['a PNG whose 8 KB hold two million rows', pngBomb(1, 2_000_000, 4_000_000, 0)],
    ['a JPEG that says 65,535 × 65,535', jpegBomb()],
  ])('gives nothing for %s', async (_name, bytes) => {
    expect(await decoder.decode({ bytes, ...box })).toBeUndefined();
    // The same thread goes on with the next.
    expect(await decoder.decode({ bytes: flag('gif', 'br'), ...box })).toMatchObject({
      width: 16,
      height: 11,
    });
  });

  it('draws thousands of rows no higher than they may be', async () => {
    const bytes = pngBomb(1, 16_000, 32_000, 0);
    expect(await decoder.decode({ bytes, ...box })).toMatchObject({ width: 1, height: 40 });
  });

  it('listens no more to its thread after many images than after one', async () => {
    const answer = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => parentPort.postMessage({ width: 1 }));`;
    const thread = new Worker(answer, { eval: true });
    await using decoder = new ImageDecoder(60_000, () => thread);
    const listeners = async () => {
      await decoder.decode({ bytes: gif, ...box });
      return thread.eventNames().map((name) => thread.listenerCount(name));
    };
    const before = await listeners();
    for (let i = 0; i < 12; i++) expect(await listeners()).toEqual(before);
  });

  it('gives nothing when its thread dies', async () => {
    await using decoder = new ImageDecoder(
      60_000,
      () => new Worker('process.exit()', { eval: true }),
    );
    expect(await decoder.decode({ bytes: gif, ...box })).toBeUndefined();
  });

  it('gives up an image that takes too long, and decodes the next in a new thread', async () => {
    const answer = `require('node:worker_threads').parentPort.on('message', () => {
      require('node:worker_threads').parentPort.postMessage({ width: 1 }); });`;
    const scripts = ['for (;;);', answer];
    const late = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(late.signal);
    await using decoder = new ImageDecoder(
      50_000,
      () => new Worker(scripts.shift() as string, { eval: true }),
    );
    const first = decoder.decode({ bytes: gif, ...box });
    late.abort();
    expect(await first).toBeUndefined();
    expect(timeout).toHaveBeenCalledWith(50_000);
    timeout.mockRestore();
    expect(await decoder.decode({ bytes: gif, ...box })).toEqual({ width: 1 });
  });
});

describe('previewImage', () => {
  const draw = async (bytes: Uint8Array, options: PreviewOptions = {}) => {
    return await previewImage(bytes, { ...options, decoder });
  };

  it('draws two pixels in each character', async () => {
    const bytes = png(2, 8, 1, [
      [0, 255, 0, 0],
      [0, 0, 0, 255],
    ]);
    expect(await draw(bytes)).toEqual(['\u001b[38;2;255;0;0m\u001b[48;2;0;0;255m▀\u001b[0m']);
    expect(await draw(bytes, { depth: 8 })).toEqual(['\u001b[38;5;196m\u001b[48;5;21m▀\u001b[0m']);
  });

  it('keeps to its columns and to the shape of the flag', async () => {
    const lines = (await draw(flag('gif', 'br'), { columns: 8 })) as string[];
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.replace(/\u001b\[[\d;]*m/g, '')).toMatch(/^[▀▄ ]{8}$/);
  });

  it('keeps to its lines', async () => {
    expect(await draw(pngBomb(1, 10_000, 20_000, 0), { lines: 5 })).toHaveLength(5);
  });

  it('needs no decoder of the caller', async () => {
    expect(await previewImage(flag('gif', 'br'))).toHaveLength(6);
  });

  it('draws nothing without colors', async () => {
    expect(await draw(flag('gif', 'br'), { depth: 4 })).toBeUndefined();
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

it('the command draws what it downloaded, with colors only where they are wanted', async () => {
  await using folder = await temporaryFolder();
  vi.stubEnv('NO_COLOR', undefined);
  const run = async (forced: string | undefined) => {
    vi.stubEnv('FORCE_COLOR', forced);
    const dir = join(folder.path, `forced-${forced}`);
    const args = ['download', 'br', '-s', 'local', '-d', dir, '--preview'];
    return (await runInProcess(args)).stderr;
  };
  try {
    expect(await run('3')).toMatch(/▀.*\n.*BR/s);
    expect(await run(undefined)).toMatch(/\n\nBR\n/);
  } finally {
    vi.unstubAllEnvs();
  }
});
