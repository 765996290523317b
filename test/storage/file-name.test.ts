import { describe, expect, it } from 'vitest';
import { countries } from '../../src/flags/codes.js';
import { FileNames, safeStem } from '../../src/storage/file-name.js';

describe('safeStem', () => {
  it.each([
    ['United States', 'United_States'],
    ['Guinea-Bissau', 'Guinea-Bissau'],
    ["Côte d'Ivoire", 'Côte_d_Ivoire'],
    ['Türkiye'.normalize('NFD'), 'Türkiye'],
    ['../../etc/passwd', 'etc_passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['a\0b\nc\x1b[31m', 'a_b_c_31m'],
    ['.hidden', 'hidden'],
    ['-rf', 'rf'],
    ['dot.', 'dot'],
    ['CON', '_CON'],
    ['nul.gif', '_nul.gif'],
    ['Congo', 'Congo'],
    ['中国', '中国'],
    ['\ud800x', 'x'],
    ['..', undefined],
    ['/', undefined],
    ['', undefined],
  ])('makes %j into %j', (text, stem) => {
    expect(safeStem(text)).toBe(stem);
  });

  it('cuts a long name to what a file system takes, and never inside a letter', () => {
    const stem = safeStem('𝒳'.repeat(300)) as string;
    expect(stem).toMatch(/^𝒳{50}$/u);
    expect(Buffer.byteLength(stem)).toBe(200);
  });
});

describe('FileNames', () => {
  const brazil = countries.get('BR');
  const states = countries.get('US');

  it.each([
    ['CC', 'BR'],
    ['cc', 'br'],
    ['alpha3', 'BRA'],
    ['country', 'Brazil'],
  ] as const)('names by %s', (naming, stem) => {
    expect(new FileNames(naming).ofCountry('BR', brazil, 'gif')).toBe(`${stem}.gif`);
  });

  it("prefers the server's name of the country to the table's", () => {
    expect(new FileNames('country').ofCountry('BR', brazil, 'gif', 'Brasil')).toBe('Brasil.gif');
    expect(new FileNames('country').stem('US', states, '/..')).toBe('United_States');
  });

  it('falls back to the code where no country is known', () => {
    expect(new FileNames('country').stem('ZZ', undefined)).toBe('ZZ');
    expect(new FileNames('alpha3').stem('ZZ', undefined)).toBe('ZZ');
  });

  it('never gives two codes one name, whatever a server says', () => {
    const names = new FileNames('country');
    expect(names.ofCountry('BR', brazil, 'gif', 'Same')).toBe('Same.gif');
    expect(names.ofCountry('US', states, 'gif', 'same')).toBe('same_US.gif');
    expect(names.ofCountry('BR', brazil, 'gif', 'Same')).toBe('Same.gif');
  });
});
