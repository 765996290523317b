import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../src/dns/frames.js';

function frame(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]);
}

/** The frames that come out of these chunks, chunk by chunk. */
function read(...chunks: Buffer[]): string[][] {
  const reader = new FrameReader();
  return chunks.map((chunk) => {
    const texts: string[] = [];
    reader.push(chunk, (bytes, start, end) => {
      texts.push(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
    });
    return texts;
  });
}

describe('FrameReader', () => {
  it('gives every frame of a chunk at once', () => {
    expect(read(Buffer.concat([frame('one'), frame(''), frame('two')]))).toEqual([
      ['one', '', 'two'],
    ]);
  });

  it('waits for the end of a frame, and of its length', () => {
    const bytes = frame('one');
    expect(read(...[...bytes].map((byte) => Buffer.of(byte)))).toEqual([[], [], [], [], ['one']]);
  });

  it('keeps the begin of the next frame', () => {
    const bytes = Buffer.concat([frame('one'), frame('two')]);
    expect(read(bytes.subarray(0, 7), bytes.subarray(7))).toEqual([['one'], ['two']]);
  });

  it('lets a chunk be overwritten', () => {
    const [first, second] = [frame('one'), frame('two')];
    const bytes = Buffer.concat([first, second.subarray(0, 4)]);
    const reader = new FrameReader();
    const texts: string[] = [];
    const onFrame = (frames: Uint8Array, start: number, end: number) =>
      texts.push(Buffer.from(frames.subarray(start, end)).toString('latin1'));
    reader.push(bytes, onFrame);
    bytes.fill(0);
    reader.push(second.subarray(4), onFrame);
    expect(texts).toEqual(['one', 'two']);
  });

  it('takes the largest frame there is', () => {
    const text = 'x'.repeat(65_535);
    const bytes = frame(text);
    expect(read(bytes.subarray(0, 40_000), bytes.subarray(40_000))).toEqual([[], [text]]);
  });

  it('gives the same frames wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 })), fc.array(fc.nat(500)), (texts, cuts) => {
        const ascii = texts.map((text) => text.replace(/[^ -~]/g, '?'));
        const bytes = Buffer.concat(ascii.map(frame));
        const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort(
          (a, b) => a - b,
        );
        const chunks = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
        expect(read(...chunks).flat()).toEqual(ascii);
      }),
    );
  });
});
