import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../src/storage/lines.js';

const chunks = (...texts: (string | Buffer)[]) =>
  Readable.from(texts.map((text) => Buffer.from(text)));

async function linesOf(stream: Readable): Promise<string[]> {
  const all: string[] = [];
  for await (const lines of readLines(stream)) all.push(...lines);
  return all;
}

describe('readLines', () => {
  it.each<[string, (string | Buffer)[], string[]]>([
    ['LF', ['a\nb\n'], ['a', 'b']],
    ['CRLF', ['a\r\nb\r\n'], ['a', 'b']],
    ['CR and LF in two chunks', ['a\r', '\nb'], ['a', 'b']],
    ['a CR that ends no line', ['a\rb\n'], ['a\rb']],
    ['a last line without an end', ['a\nb'], ['a', 'b']],
    ['a last line that ends in CR', ['a\nb\r'], ['a', 'b']],
    ['blank lines', ['\n\na\n\n'], ['', '', 'a', '']],
    ['a line over many chunks', ['a', 'b', 'c\nd', 'e'], ['abc', 'de']],
    ['a byte order mark', ['\ufeffa\n\ufeffb\n'], ['a', '\ufeffb']],
    ['a byte order mark in pieces', [Buffer.of(0xef), Buffer.of(0xbb, 0xbf, 97)], ['a']],
    ['a letter in pieces', [Buffer.of(0xc3), Buffer.of(0xbc, 10)], ['ü']],
    ['what is no UTF-8', [Buffer.of(97, 0xff, 10)], ['a\ufffd']],
    ['half a letter at the end', [Buffer.of(97, 0xc3)], ['a\ufffd']],
    ['nothing', [], []],
    ['only a line end', ['\n'], ['']],
  ])('reads %s', async (_, texts, lines) => {
    expect(await linesOf(chunks(...texts))).toEqual(lines);
  });

  it('gives the lines of one chunk together, before the next chunk comes', async () => {
    const stream = new Readable({ read() {} });
    const lists = readLines(stream);
    stream.push('a\nb\nc');
    expect((await lists.next()).value).toEqual(['a', 'b']);
    stream.push('d\n');
    expect((await lists.next()).value).toEqual(['cd']);
    stream.push(null);
    expect((await lists.next()).done).toBe(true);
  });

  it('cuts a line that has no end, and goes on behind it', async () => {
    const long = 'x'.repeat(100_000);
    expect(await linesOf(chunks(long, long, long, '\nshort\n', `${long}\r\nshort`))).toEqual([
      'x'.repeat(65_536),
      'short',
      'x'.repeat(65_536),
      'short',
    ]);
  });

  it('throws what the stream throws, after the lines before', async () => {
    const broken = new Error('broken');
    async function* source() {
      yield Buffer.from('a\nb\n');
      throw broken;
    }
    const lists = readLines(Readable.from(source()));
    expect((await lists.next()).value).toEqual(['a', 'b']);
    await expect(lists.next()).rejects.toBe(broken);
  });

  it('destroys the stream when it is left', async () => {
    const stream = chunks('a\n', 'b\n');
    for await (const _ of readLines(stream)) break;
    expect(stream.destroyed).toBe(true);
  });

  it('gives the same lines wherever the chunks are cut', async () => {
    const texts = fc.array(fc.constantFrom('a', 'ü', '\n', '\r', '\r\n', '☃', '\u{1f600}'));
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.nat(60)), async (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort(
          (a, b) => a - b,
        );
        const pieces = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
        const whole = parts.join('').split(/\n/);
        if (whole.at(-1) === '') whole.pop();
        expect(await linesOf(chunks(...pieces))).toEqual(
          whole.map((line) => line.replace(/\r$/, '')),
        );
      }),
    );
  });
});
