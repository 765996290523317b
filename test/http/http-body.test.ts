import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BodyReader, openBody } from '../../src/http/http-body.js';

/** Reads a text in pieces of `step` bytes; gives the body, what comes after it, and the reader. */
function read(body: BodyReader, text: string, step = text.length): [string, string, BodyReader] {
  const bytes = Buffer.from(text, 'latin1');
  let taken = '';
  const taker = {
    take: (some: Buffer, from: number, to: number) => {
      expect(to).toBeGreaterThan(from);
      taken += some.toString('latin1', from, to);
    },
  };
  let at = 0;
  while (at < bytes.length && !body.isWhole && !body.isBroken) {
    const end = body.read(bytes, at, Math.min(bytes.length, at + step), taker);
    expect(end).toBeGreaterThan(at);
    at = end;
  }
  return [taken, bytes.toString('latin1', at), body];
}

it('of a length ends with its last byte', () => {
  expect(read(openBody(5), 'GIF89aHTTP/1.1')).toMatchObject([
    'GIF89',
    'aHTTP/1.1',
    { isWhole: true },
  ]);
  expect(read(openBody(9), 'GIF89a')).toMatchObject(['GIF89a', '', { isWhole: false }]);
  expect(openBody(0).isWhole).toBe(true);
});

it('that ends with the connection is never whole before', () => {
  expect(read(openBody('close'), 'GIF89a')).toMatchObject(['GIF89a', '', { isWhole: false }]);
});

it('of chunks is the same in whatever pieces it comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 })),
      fc.constantFrom('\r\n', '\n'),
      fc.constantFrom('', ';a=b', ' ;name="value"'),
      fc.integer({ min: 1, max: 50 }),
      (chunks, end, extension, step) => {
        const head = (size: number) => `${size.toString(16)}${extension}${end}`;
        const text = chunks.map((chunk) => `${head(chunk.length)}${chunk}${end}`).join('');
        const whole = `${text}${head(0)}x: trailer${end}${end}`;
        const [taken, rest, body] = read(openBody('chunked'), `${whole}HTTP`, step);
        expect([taken, body.isWhole, body.isBroken]).toEqual([chunks.join(''), true, false]);
        expect('HTTP'.endsWith(rest)).toBe(true);
      },
    ),
  );
});

it.each([
  ['a size that is none', 'x\r\n'],
  ['no size', '\r\n'],
  ['a size with a sign', '-1\r\n'],
  ['a size beyond all measure', 'ffffffffffffffff\r\n'],
  ['more bytes than the size said', '1\r\nGIF\r\n'],
  ['a line without end', `1;${'x'.repeat(5000)}`],
  ['trailers without end', `0\r\n${`${'x'.repeat(1000)}\r\n`.repeat(100)}`],
])('of chunks is broken by %s', (_name, text) => {
  expect(read(openBody('chunked'), text)[2]).toMatchObject({ isBroken: true, isWhole: false });
});
