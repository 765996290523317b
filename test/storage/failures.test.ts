import { describe, expect, it } from 'vitest';
import { inputText } from '../../src/flags/parse-input.js';
import { Failures } from '../../src/storage/failures.js';
import type { ManifestRecord } from '../../src/storage/manifest-record.js';

const NONE = { reason: null, http_status: null, etag: null, last_modified: null };
const record = (fields: Partial<ManifestRecord>): ManifestRecord => ({
  ...{ ...NONE, bytes: null, sha256: null, time: '' },
  ...{ url: '', code: '', file: null, status: 'error' },
  ...fields,
});

/** A record of Brazil's flag from a server. */
const brazil = (server: string, url: string, fields: Partial<ManifestRecord> = {}) => {
  const isError = fields.status === undefined;
  return record({ code: 'BR', url, ...(isError ? { servers: [server] } : {}), ...fields });
};
const svg = (fields: Partial<ManifestRecord> = {}) =>
  brazil('flagcdn:svg', 'https://flagcdn.com/br.svg', fields);
const w320 = (fields: Partial<ManifestRecord> = {}) =>
  brazil('flagcdn:w320/png', 'https://flagcdn.com/w320/br.png', fields);
const w640 = (fields: Partial<ManifestRecord> = {}) =>
  brazil('flagcdn:w640/png', 'https://flagcdn.com/w640/br.png', fields);
const there = (file: string) => ({ status: 'ok', file }) as const;

const AGAIN = { svg: 'BR\tserver=flagcdn:svg', w320: 'BR\tserver=flagcdn:w320/png' };

function failed(records: readonly ManifestRecord[]): string[] {
  const failures = new Failures(inputText);
  for (const one of records) failures.add(one);
  return failures.texts;
}

describe('of a country', () => {
  it.each([
    ['an SVG outlasts the PNG that came', [svg(), w320(there('BR.png'))], [AGAIN.svg]],
    [
      'an SVG outlasts the PNG that there is not',
      [svg(), w320({ status: 'not_found' })],
      [AGAIN.svg],
    ],
    ['both kinds may have failed', [svg(), w320()], [AGAIN.svg, AGAIN.w320]],
    ['it is over when the file comes', [svg(), w320(), svg(there('BR.svg'))], [AGAIN.w320]],
    ['another size has the same name', [w320(), w640(there('BR.png'))], []],
    ['of two sizes the later one is wanted', [w640(), w320()], [AGAIN.w320]],
    [
      'another kind of name is another file',
      [svg({ name: 'country' }), svg(there('BR.svg'))],
      [`${AGAIN.svg}\tname=country`],
    ],
    [
      'any of several servers will do',
      [svg({ servers: ['flagcdn:svg', 'flagcdn'] }), w320(there('BR.png'))],
      [],
    ],
    [
      'a server that does not say its kind will do',
      [brazil('https://h/{cc}', 'https://h/br'), w320(there('BR.png'))],
      [],
    ],
    ['an image of another kind than its URL says has its name', [w320(), svg(there('BR.png'))], []],
    [
      'what is asked for elsewhere instead ends all',
      [svg(), w320(there('BR.png')), w640({ ...there('BR.png'), instead: true })],
      [],
    ],
  ])('%s', (_title, records, texts) => {
    expect(failed(records)).toEqual(texts);
  });
});

describe('of a list', () => {
  const line = (url: string, name: string | undefined, fields: Partial<ManifestRecord> = {}) =>
    record({ url, ...(name === undefined ? {} : { name }), ...fields });
  const [a, b] = ['http://h/a.png', 'http://h/b.png'];
  it.each([
    ['a name that went to another URL', [line(a, 'x'), line(b, 'x', there('x.png'))], []],
    [
      'a name that went back',
      [line(a, 'x'), line(b, 'x'), line(a, 'x', { status: 'unchanged', file: 'x.png' })],
      [],
    ],
    [
      'two kinds under one name',
      [line(a, 'x.png'), line(b, 'x.svg', there('x.svg'))],
      [`${a}\tx.png`],
    ],
    [
      'two lines that want one name',
      [line(b, 'x', { as: 'x_2.png' }), line(a, 'x')],
      [`${b}\tx\tas=x_2.png`, `${a}\tx`],
    ],
    ['the second of them comes', [line(a, 'x'), line(b, 'x', there('x_2.png'))], [`${a}\tx`]],
    [
      'the second of them fails',
      [line(a, 'x', there('x.png')), line(b, 'x', { as: 'x_2.png' })],
      [`${b}\tx\tas=x_2.png`],
    ],
    [
      'a line whose name has another number now',
      [line(a, 'x'), line(a, 'x', there('x_2.png'))],
      [],
    ],
    [
      'one name that two URLs have',
      [line(a, undefined), line(`${a}?2`, undefined, there('a.png'))],
      [a],
    ],
  ])('%s', (_title, records, texts) => {
    expect(failed(records)).toEqual(texts);
  });
});
