import iso from 'i18n-iso-countries';
import { describe, expect, it } from 'vitest';
import {
  countries,
  expandCode,
  findCode,
  populous,
  selectCodes,
  suggestCode,
} from '../../src/flags/codes.js';

describe('the table', () => {
  it('has the codes that i18n-iso-countries has, and no other', () => {
    const ours = [...countries.values()].map(({ cc, alpha3, numeric }) => [cc, alpha3, numeric]);
    const theirs = Object.keys(iso.getAlpha2Codes())
      .sort()
      .map((cc) => [cc, iso.alpha2ToAlpha3(cc), iso.alpha2ToNumeric(cc)]);
    expect(ours).toEqual(theirs);
    expect(countries.size).toBe(250);
  });

  it('gives every country a name of its own that can be part of a path', () => {
    const names = [...countries.values()].map(({ name }) => name);
    expect(new Set(names).size).toBe(250);
    for (const name of names) expect(name).toMatch(/^[\p{L} -]{3,}$/u);
    expect(countries.get('BR')?.name).toBe('Brazil');
    expect(countries.get('US')?.name).toBe('United States');
    expect(countries.get('XK')?.name).toBe('Kosovo');
  });

  it('knows all of the 20 most populous', () => {
    expect(populous).toHaveLength(20);
    for (const code of populous) expect(countries.has(code)).toBe(true);
  });
});

describe('selectCodes', () => {
  it('takes one letter for the 26 codes that begin with it', () => {
    const codes = expandCode('b');
    expect(codes).toHaveLength(26);
    expect([codes?.at(0), codes?.at(-1)]).toEqual(['BA', 'BZ']);
  });

  it('makes a sorted set', () => {
    expect(selectCodes({ texts: ['us', 'BR', 'Us', 'br', 'ca'] })).toEqual({
      codes: ['BR', 'CA', 'US'],
      wrong: [],
    });
  });

  it('hands back what is no code, as it came', () => {
    expect(selectCodes({ texts: ['br', 'Brasil', '', '1', 'b2', 'UEA'] })).toEqual({
      codes: ['BR'],
      wrong: ['Brasil', '', '1', 'b2', 'UEA'],
    });
  });

  it('takes two letters for a code, also those that are mostly meant as the code of a country', () => {
    expect(selectCodes({ texts: ['uk', 'FR', 'UK', '🇺🇰', 'el'] })).toEqual({
      codes: ['EL', 'FR', 'UK'],
      wrong: [],
    });
  });

  it('takes the 20 most populous when nothing at all is said, and none for an empty list', () => {
    expect(selectCodes({}).codes).toEqual([...populous].sort());
    expect(selectCodes({ texts: [] }).codes).toEqual([]);
  });

  it('takes the whole table, or every pair of letters', () => {
    expect(selectCodes({ all: true }).codes).toEqual([...countries.keys()]);
    const every = selectCodes({ every: true }).codes;
    expect(every).toHaveLength(676);
    expect([every[0], every[1], every[675]]).toEqual(['AA', 'AB', 'ZZ']);
    expect(selectCodes({ all: true, texts: ['zz'] }).codes).toHaveLength(251);
  });

  it('keeps the first of the sorted set under a limit', () => {
    expect(selectCodes({ texts: ['z', 'b'], limit: 3 }).codes).toEqual(['BA', 'BB', 'BC']);
    expect(selectCodes({ limit: 2 }).codes).toEqual(['BD', 'BR']);
  });
});

describe('findCode', () => {
  it.each<[code: string | undefined, ...names: string[]]>([
    ['KR', 'Korea, Republic of', 'Korea (the Republic of)', 'Republic of Korea', 'Korea, South'],
    ['KP', "Korea, Democratic People's Republic of", "Korea (the Democratic People's Republic of)"],
    ['CD', 'DR Congo', 'Congo, the Democratic Republic of the'],
    ['CG', 'Congo, Republic of the', 'Congo (Republic of the)'],
    ['IR', 'Iran, Islamic Republic of', 'Iran (Islamic Republic of)'],
    ['MD', 'Moldova, Republic of', 'Moldova (the Republic of)'],
    ['TZ', 'Tanzania, United Republic of', 'Tanzania, the United Republic of'],
    ['BO', 'Bolivia (Plurinational State of)', 'Bolivia, Plurinational State of'],
    ['NL', 'The Netherlands', 'Netherlands (Kingdom of the)', 'Netherlands, Kingdom of the'],
    ['TW', 'Taiwan (Province of China)', 'Taiwan, Province of China', 'China, Republic of'],
    ['CN', "China, People's Republic of", "People's Republic of China"],
    ['GB', 'United Kingdom of Great Britain and Northern Ireland', 'U.K.'],
    ['GM', 'The Gambia', 'Gambia (the)', 'Gambia, The'],
    ['VG', 'Virgin Islands, British', 'Virgin Islands (British)'],
    ['VI', 'Virgin Islands, U.S.', 'Virgin Islands (U.S.)', 'US Virgin Islands'],
    ['LC', 'St. Lucia', 'St Lucia'],
    ['VC', 'St. Vincent & the Grenadines'],
    ['BA', 'Bosnia & Herzegovina'],
    ['VN', 'Viet Nam'],
    ['AE', 'UAE', 'The United Arab Emirates'],
    ['MO', 'Macau'],
    ['US', 'U.S.', 'U.S.A.', 'The United States of America'],
    [undefined, 'Korea', 'Korea, East', 'Congo, Kingdom', 'Germany, Berlin', 'Berlin (Germany)'],
  ])('is %s for %s and other forms', (code, ...names) => {
    for (const name of names) expect([name, findCode(name)]).toEqual([name, code]);
  });

  it.each([
    ['br', 'BR'],
    ['Br', 'BR'],
    ['ZZ', 'ZZ'],
    ['UK', 'UK'],
    ['b', undefined],
    ['b1', undefined],
    ['b ', undefined],
    ['ſs', undefined],
    ['é1', undefined],
    ['USA', 'US'],
    ['bra', 'BR'],
    ['076', 'BR'],
    ['76', 'BR'],
    ['4', 'AF'],
    ['Brazil', 'BR'],
    ['united  states', 'US'],
    ['CÔTE-D’IVOIRE', 'CI'],
    ['Turkey', 'TR'],
    ['Vatican', 'VA'],
    ['Great Britain', 'GB'],
    ['England', undefined],
    ['Aland Islands', 'AX'],
    ['guinea bissau', 'GW'],
    ['000', undefined],
    ['1234', undefined],
    ['ZZZ', undefined],
    ['Brasil', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('reads %j as %j', (text, code) => {
    expect(findCode(text)).toBe(code);
  });

  it('knows every country by all that the table says of it', () => {
    for (const { cc, alpha3, numeric, name } of countries.values()) {
      expect([alpha3, numeric, name].map(findCode)).toEqual([cc, cc, cc]);
    }
  });
});

describe('suggestCode', () => {
  it.each([
    ['UK', 'GB'],
    ['uk', 'GB'],
    ['England', 'GB'],
    ['Vatikan', 'VA'],
    ['Batmania', undefined],
    ['British Virgin', 'VG'],
    ['Virgin Islands', undefined],
    ['Congo', 'CD or CG'],
    ['Columbia', 'CO'],
    ['Phillipines', 'PH'],
    ['Brasil', 'BR'],
    ['Germny', 'DE'],
    ['Untied States', 'US'],
    ['ZZZ', undefined],
    ['99', undefined],
    ['something else', undefined],
  ])('takes %j for %j', (text, code) => {
    expect(suggestCode(text)).toBe(code);
  });
});
