/** Inputs that are almost right, and how long they are tried. */

import fc from 'fast-check';
import { codePoint } from '../support/code-point.js';
import { isFull } from '../support/full.js';

/** Milliseconds that each property is tried with ever new inputs; 0 is a fixed number of them. */
const FUZZ_MS = Number(process.env.FLAGPROBE_FUZZ_MS ?? 0);

/** One change to a list of bytes, at a place given as a share of its length. */
type Change = readonly [kind: number, place: number, bytes: Uint8Array];

const changes = fc.array(
  fc.tuple(
    fc.nat(5),
    fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    fc.uint8Array({ maxLength: 8 }),
  ),
  { maxLength: 6 },
);

/** What the forms of a protocol are made of, where any byte would seldom do. */
const TOKENS = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  '-1',
  '1e999',
  'null',
  '\r\n',
  '\0',
  '../',
  '\u001b[2J',
];

/** One of the samples with a few changes: parts cut out, put in, doubled, or moved to the end. */
export function damaged(samples: readonly (string | Uint8Array)[]): fc.Arbitrary<Uint8Array> {
  const all = samples.map((sample) => Buffer.from(sample as string));
  return fc.tuple(fc.constantFrom(...all), changes).map(([sample, list]) => {
    let bytes: Buffer = Buffer.from(sample);
    for (const change of list) bytes = changed(bytes, change);
    return new Uint8Array(bytes);
  });
}

/** The same as a text. */
export function damagedText(samples: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    damaged(samples).map((bytes) => Buffer.from(bytes).toString()),
    fc
      .tuple(damaged(samples), fc.string({ unit: codePoint, maxLength: 5 }))
      .map(([bytes, text]) => Buffer.from(bytes).toString() + text),
  );
}

function changed(bytes: Buffer, [kind, place, more]: Change): Buffer {
  const at = Math.floor(place * (bytes.length + 1));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const token = Buffer.from(TOKENS[(more[0] ?? 0) % TOKENS.length] as string);
  if (kind === 0) return before;
  if (kind === 1) return Buffer.concat([before, more, after]);
  if (kind === 2) return Buffer.concat([before, more, after.subarray(more.length)]);
  if (kind === 3) return Buffer.concat([before, after.subarray(more.length)]);
  if (kind === 4) return Buffer.concat([before, token, after]);
  return Buffer.concat([before, after.subarray(0, 64), after]);
}

/**
 * Tries a property with many inputs; throws the smallest that breaks it.
 *
 * @param runs inputs in the short form
 */
export function fuzz<T>(
  inputs: fc.Arbitrary<T>,
  property: (input: T) => unknown,
  runs = isFull ? 1000 : 100,
): Promise<void> {
  const limits =
    FUZZ_MS > 0
      ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: FUZZ_MS }
      : { numRuns: runs };
  const checked = fc.asyncProperty(inputs, async (input) => {
    await property(input);
  });
  return fc.assert(checked, limits);
}
