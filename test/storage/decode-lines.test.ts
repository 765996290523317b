import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, readLines } from '../../src/storage/decode-lines.js';

const chunks = (...texts: (string | Buffer)[]) =>
  Readable.from(texts.map((text) => Buffer.from(text)));

async function linesOf(stream: Readable): Promise<string[]> {
  const all: string[] = [];
  for await (const lines of readLines(stream)) all.push(...lines);
  return all;
}

const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();

describe('readLines', () => {
  it.each<[string, (string | Buffer)[], string[]]>([
    ['LF', ['a\nb\n'], ['a', 'b']],
    ['CRLF', ['a\r\nb\r\n'], ['a', 'b']],
    ['CR and LF in two chunks', ['a\r', '\nb'], ['a', 'b']],
    ['CR alone', ['a\rb\rc'], ['a', 'b', 'c']],
    ['CR alone, each at the end of a chunk', ['a\r', 'b\r'], ['a', 'b']],
    ['CR and a blank line', ['a\r', '\n', '\nb'], ['a', '', 'b']],
    ['UTF-16 with a mark, as PowerShell writes it', [utf16le('\ufeffa\r\nü\r\n')], ['a', 'ü']],
    ['UTF-16 with the bytes the other way round', [utf16be('\ufeffa\nü\n')], ['a', 'ü']],
    ['UTF-16 without a mark', [utf16le('ab\ncd\n')], ['ab', 'cd']],
    [
      'UTF-16 in single bytes',
      [...utf16le('\ufeffa\n😀')].map((byte) => Buffer.of(byte)),
      ['a', '😀'],
    ],
    ['gzip', [gzipSync('a\nb\n')], ['a', 'b']],
    ['gzip in single bytes', [...gzipSync('a\nb')].map((byte) => Buffer.of(byte)), ['a', 'b']],
    ['several gzip members', [gzipSync('a\n'), gzipSync('b\n')], ['a', 'b']],
    ['UTF-16 in gzip', [gzipSync(utf16le('\ufeffa\r\nb'))], ['a', 'b']],
    ['letters that a mark or an archive begins like', ['P'], ['P']],
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

  it.each(['ü', '☃', '\u{1f600}', 'a☃'])('cuts a line of %s by characters', async (text) => {
    const long = text.repeat(70_000);
    const bad: number[] = [];
    const lines: string[] = [];
    const stream = chunks(long.slice(0, 10), long.slice(10), '\nnext');
    for await (const some of readLines(stream, (line) => bad.push(line))) lines.push(...some);
    expect(lines).toEqual([long.slice(0, 65_536), 'next']);
    expect(bad).toEqual([]);
  });

  it('gives lines that do not keep the rest of their chunk in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const chunk = Buffer.from('a-name.of-usual-length.example\n'.repeat(2000));
    collect();
    const before = process.memoryUsage().heapUsed;
    const kept: (string | undefined)[] = [];
    for await (const lines of readLines(Readable.from(Array(500).fill(chunk)))) {
      kept.push(lines.at(-1));
    }
    collect();
    expect(kept).toHaveLength(500);
    // All chunks together are 31 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
  });

  it.each([
    ['a ZIP archive or a spreadsheet', Buffer.from('PK\x03\x04\x14\0')],
    ['a web page', Buffer.from('<!doctype html>')],
    ['a PDF document', Buffer.from('%PDF-1.7')],
    ['compressed with LZ4', Buffer.of(4, 0x22, 0x4d, 0x18)],
    ['text in UTF-32', Buffer.from('\ufeff\0a\0', 'utf16le')],
    [
      'a tar archive',
      Buffer.concat([Buffer.from('names'), Buffer.alloc(252), Buffer.from('ustar\0')]),
    ],
    ['compressed with xz', Buffer.from('\xfd7zXZ\0', 'latin1')],
    ['compressed with Zstandard', Buffer.of(0x28, 0xb5, 0x2f, 0xfd)],
    ['compressed with bzip2', Buffer.from('BZh91AY&SY')],
  ])('says of a file that it is %s', async (what, bytes) => {
    await expect(linesOf(chunks(bytes))).rejects.toThrow(`it is ${what}, not a list`);
    await expect(linesOf(chunks(gzipSync(bytes)))).rejects.toThrow(`it is ${what}, not a list`);
    expect(() => decodeText(bytes)).toThrow(`it is ${what}, not a list`);
  });

  it.each<[string, Buffer]>([
    ['UTF-8 with a mark', Buffer.from('\ufeffaü')],
    ['UTF-16 with a mark', utf16le('\ufeffaü')],
    ['UTF-16 the other way round', utf16be('\ufeffaü')],
    ['gzip', gzipSync('aü')],
    ['UTF-16 in gzip', gzipSync(utf16le('\ufeffaü'))],
  ])('decodes a whole file in %s', (_, bytes) => {
    expect(decodeText(bytes)).toBe('aü');
  });

  it('gives what a cut gzip file holds, and then says that it is cut', async () => {
    const whole = gzipSync('a\nb\n');
    const lists = readLines(chunks(whole.subarray(0, -8)));
    expect((await lists.next()).value).toEqual(['a', 'b']);
    await expect(lists.next()).rejects.toThrow('unexpected end of file');
  });

  it('holds no more of a gzip bomb than a line', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, 'x'));
    expect(await linesOf(chunks(bomb))).toEqual(['x'.repeat(65_536)]);
  });

  it('yields the lines of a pipe that stays open', async () => {
    const stream = new Readable({ read() {} });
    const lists = readLines(stream);
    stream.push('a\r');
    expect((await lists.next()).value).toEqual(['a']);
    stream.push('\nb\n');
    expect((await lists.next()).value).toEqual(['b']);
    stream.push(null);
    expect((await lists.next()).done).toBe(true);
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
    for (const stream of [chunks('a\n', 'b\n'), chunks(gzipSync('a\n'), gzipSync('b\n'))]) {
      for await (const _ of readLines(stream)) break;
      expect(stream.destroyed).toBe(true);
    }
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
        const whole = parts.join('').split(/\r\n|\n|\r/);
        if (whole.at(-1) === '') whole.pop();
        expect(await linesOf(chunks(...pieces))).toEqual(whole);
      }),
    );
  });

  it.each<[string, (string | Buffer)[], number[]]>([
    ['ISO-8859-1', ['a\nb', 'c\n\nm', Buffer.of(0xfc), '\n', Buffer.of(0xe9)], [4]],
    ['a last line', ['a\r', '\nb', Buffer.of(0xe9)], [2]],
    ['ISO-8859-1 in gzip', [gzipSync(Buffer.from('a\n\xfc\n', 'latin1'))], [2]],
    ['UTF-8 in pieces', [...Buffer.from('a\nü☃\n')].map((byte) => Buffer.of(byte)), []],
    ['UTF-8 that has the replacement itself', ['a\n\ufffd\n'], []],
    ['UTF-16', [utf16le('\ufeffa\nü\n')], []],
  ])('tells the first line that is no UTF-8, once: %s', async (_, texts, expected) => {
    const told: number[] = [];
    for await (const _lines of readLines(chunks(...texts), (line) => told.push(line)));
    expect(told).toEqual(expected);
    told.length = 0;
    decodeText(Buffer.concat(texts.map((text) => Buffer.from(text))), (line) => told.push(line));
    expect(told).toEqual(expected);
  });
});
