import fc from 'fast-check';

/** Between these, UTF-16 has its surrogates: no characters. */
const [FIRST_SURROGATE, SURROGATES] = [0xd800, 0x800];
const LAST = 0x10ffff;

/**
 * Any character of Unicode, as the `binary` unit of fast-check is, without its table of all of them: that takes a
 * second and 100 MB to build.
 */
export const codePoint: fc.Arbitrary<string> = fc
  .nat(LAST - SURROGATES)
  .map((i) => String.fromCodePoint(i < FIRST_SURROGATE ? i : i + SURROGATES), numberOf);

/** Its place among them; throws where it is none, as fast-check wants it. */
function numberOf(text: unknown): number {
  const point = typeof text === 'string' ? (text.codePointAt(0) ?? -1) : -1;
  const isSurrogate = point >= FIRST_SURROGATE && point < FIRST_SURROGATE + SURROGATES;
  if (point < 0 || isSurrogate || String.fromCodePoint(point) !== text)
    throw new Error('no character');
  return point < FIRST_SURROGATE ? point : point - SURROGATES;
}
