import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvRows, csvRow } from '../../src/core/csv-fields.js';

describe('csvRow', () => {
  it.each([
    ['a,b;c\td', ['a', 'b', 'c', 'd']],
    [' a , b ', ['a', 'b']],
    ['"a, b","say ""x""",', ['a, b', 'say "x"', '']],
    ['"a" , \'b\'', ['a', 'b']],
    ['5" x 7",b', ['5" x 7"', 'b']],
    ['"a" b,c', ['"a" b', 'c']],
    ['', ['']],
    [',', ['', '']],
  ])('reads %j as %j', (row, fields) => {
    expect(csvRow(row)).toEqual({ fields, isOpen: false });
  });

  it('takes only the separators that it is given', () => {
    expect(csvRow('a,b;c', ';').fields).toEqual(['a,b', 'c']);
  });

  it('says that a field in quotes does not end', () => {
    expect(csvRow('a,"b')).toEqual({ fields: ['a', 'b'], isOpen: true });
  });

  it('reads what is written by the rules', () => {
    const field = fc.string().map((text) => text.trim());
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        const row = fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
        expect(csvRow(row, ',')).toEqual({ fields, isOpen: false });
      }),
    );
  });

  it('takes any text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'",; a\n') });
    fc.assert(fc.property(text, (row) => csvRow(row).fields.length > 0));
  });
});

describe('CsvRows', () => {
  it('puts the lines of a field in quotes together, wherever lists of lines end', () => {
    const rows = new CsvRows(',');
    expect(rows.add(['a,b', 'c,"d'])).toEqual(['a,b']);
    expect(rows.add(['e'])).toEqual([]);
    expect(rows.add(['f",g', 'h'])).toEqual(['c,"d\ne\nf",g', 'h']);
    expect(rows.end()).toEqual([]);
  });

  it('gives every line where a quote has no end', () => {
    const lines = ['"a', ...Array.from({ length: 200 }, (_, i) => `b${i}`)];
    const rows = new CsvRows(',');
    expect([...rows.add(lines), ...rows.end()]).toEqual(lines);
    expect([...rows.add(['x,"y', 'z']), ...rows.end()]).toEqual(['x,"y', 'z']);
  });
});
