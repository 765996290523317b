/** What csv and jsonl write comes back as it was, whatever is in it. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DownloadResult, Found, Invalid } from '../../src/core/model.js';
import type { Formats } from '../../src/output/format.js';
import { formats } from '../../src/output/formats.js';
import { codePoint } from '../support/code-point.js';
import { plain } from './samples.js';

/** Texts with what quoting may break on; lone surrogates too. */
const texts = fc.oneof(
  fc.string({ unit: codePoint }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      ',',
      '\\',
      '\r',
      '\n',
      '\t',
      '\0',
      'a',
      '\u007f',
      '\u009b',
      '\ud800',
    ),
  }),
);

const found: fc.Arbitrary<Found> = fc.record({
  name: texts,
  input: texts,
  status: fc.constant('found' as const),
  rcode: fc.constant('NOERROR'),
  records: fc.array(
    fc.record({ name: texts, type: fc.constant('TXT'), ttl: fc.nat(), data: texts }),
    { maxLength: 3 },
  ),
  resolver: texts,
  transport: fc.constant('udp'),
  ms: fc.nat(10_000).map((tenths) => tenths / 10),
});

const invalid: fc.Arbitrary<Invalid> = fc.record({
  name: texts,
  input: texts,
  status: fc.constant('invalid' as const),
  reason: fc.constant('bad-character' as const),
  ms: fc.constant(0),
});

const failed: fc.Arbitrary<DownloadResult> = fc.record({
  code: texts,
  url: texts,
  status: fc.constant('error' as const),
  reason: fc.constant('timeout' as const),
  message: texts,
  attempts: fc.nat(5),
  ms: fc.nat(),
});

/** A reader of RFC 4180: one record, quotes undone. */
function fieldsOf(row: string): string[] {
  const fields = [...`,${row}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)];
  return fields.map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? (bare as string));
}

it('a found name as JSON', () => {
  const { line } = formats.jsonl.probe(plain);
  fc.assert(
    fc.property(found, (result) => {
      expect(JSON.parse(line(result))).toEqual({ ...result, reason: null });
    }),
  );
});

it('a found name with the outcome of each type as JSON', () => {
  const { line } = formats.jsonl.probe(plain);
  const types = { MX: 'found', TXT: 'nodata' } as const;
  fc.assert(
    fc.property(found, (result) => {
      expect(JSON.parse(line({ ...result, types }))).toEqual({ ...result, types, reason: null });
    }),
  );
});

it('an invalid name as JSON', () => {
  const { line } = formats.jsonl.probe(plain);
  const nothing = { rcode: null, records: [], resolver: null, transport: null };
  fc.assert(
    fc.property(invalid, (result) => {
      expect(JSON.parse(line(result))).toEqual({ ...result, ...nothing });
    }),
  );
});

it('a failed download as JSON', () => {
  const { line } = (formats.jsonl as Required<Formats>).download(plain);
  fc.assert(
    fc.property(failed, (result) => {
      expect(JSON.parse(line(result))).toEqual({
        ...result,
        http_status: null,
        file: null,
        bytes: null,
      });
    }),
  );
});

it('JSON lines hold no control character and keep their keys in order', () => {
  fc.assert(
    fc.property(fc.oneof(found, invalid), (result) => {
      const line = formats.jsonl.probe(plain).line(result);
      expect(line.slice(0, -1)).not.toMatch(/[\0-\x1f\x7f-\x9f]/);
      expect(Object.keys(JSON.parse(line)).join()).toBe(
        'name,input,status,reason,rcode,records,resolver,transport,ms',
      );
    }),
  );
});

it('texts as CSV', () => {
  fc.assert(
    fc.property(invalid, (result) => {
      const row = formats.csv.probe(plain).line(result);
      expect(row).toMatch(/\r\n$/);
      const { name, input, status, reason } = result;
      expect(fieldsOf(row.slice(0, -2))).toEqual([
        ...[name, input, status, reason],
        ...['', '', '', '', '0', ''],
      ]);
    }),
  );
});
