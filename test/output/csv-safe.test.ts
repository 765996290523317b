import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../src/core/model.js';
import { csv } from '../../src/output/csv.js';
import { csvSafe } from '../../src/output/csv-safe.js';

const style = { isTerminal: false, records: true, paint: (_: unknown, text: string) => text };
const invalid = (text: string): ProbeResult => ({
  ...{ name: text, input: text, status: 'invalid', reason: 'bad-character', ms: 0 },
});

describe('CSV for spreadsheets', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'puts an apostrophe before %j',
    (text) => {
      const line = csvSafe.probe(style).line(invalid(text));
      expect(line.replaceAll('"', '')).toMatch(/^'/);
      // Plain CSV is for programs, and changes nothing.
      expect(csv.probe(style).line(invalid(text)).replaceAll('"', '').startsWith(text)).toBe(true);
    },
  );

  it('changes nothing else', () => {
    expect(csvSafe.probe(style).line(invalid('a..b'))).toBe(csv.probe(style).line(invalid('a..b')));
  });
});

describe.each([
  ['csv', csv],
  ['csv-safe', csvSafe],
])('the names in %s', (_, format) => {
  const { line, namesIn } = format.probe(style);

  it('are those of its rows, whatever they are made of', () => {
    const name = fc.string({ unit: fc.constantFrom(...'ab=-+@\'",\r\n\t ') });
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const text = names.map((each) => line(invalid(each))).join('');
        // A cell that begins with an apostrophe before a formula is its own, or was guarded.
        const isPlain = names.every((each) => !/^'[=+\-@\t\r]/.test(each));
        if (isPlain) expect(namesIn?.(text)).toEqual(names);
      }),
    );
  });

  it('are not found in what is no CSV', () => {
    expect(namesIn?.('"a')).toBe(undefined);
    expect(namesIn?.('a,b\n')).toBe(undefined);
  });
});
