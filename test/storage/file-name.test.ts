import { describe, expect, it } from 'vitest';
import { countries } from '../../src/flags/codes.js';
import {
  FileNames,
  isSafeName,
  joinName,
  namePartsOf,
  safeStem,
  splitName,
  withImageExtension,
} from '../../src/storage/file-name.js';

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
    ['logo@2x', 'logo@2x'],
    ['@file', 'file'],
    ['dot.', 'dot'],
    ['CON', '_CON'],
    ['nul.gif', '_nul.gif'],
    ['Congo', 'Congo'],
    ['中国', '中国'],
    ['\ud800x', 'x'],
    ['🇧🇷', '🇧🇷'],
    ['the 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag', 'the_🏴󠁧󠁢󠁥󠁮󠁧󠁿_flag'],
    ['👩🏽‍🚀/❤️', '👩🏽‍🚀_❤️'],
    ['a€b', 'a_b'],
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

  const claim = (names: FileNames, text: string) => {
    const url = new URL(text, 'http://h/');
    return withImageExtension(names.claimUrl(url.href, namePartsOf(url)), 'gif');
  };

  it.each([
    [
      'one script with several queries',
      ['/img?id=1', '/img?id=2', '/img?id=3'],
      ['img.gif', 'img_2.gif', 'img_3.gif'],
    ],
    [
      'one last part in several folders',
      ['/a/x.gif', '/b/X.gif', '/c/x.gif'],
      ['x.gif', 'X_2.gif', 'x_3.gif'],
    ],
    [
      'endings that the images do not keep',
      ['/a/x.png', '/b/x.gif', '/c/x'],
      ['x.gif', 'x_2.gif', 'x_3.gif'],
    ],
    [
      'endings that no image has',
      ['/a/x.php', '/b/x.php', '/x'],
      ['x.php.gif', 'x_2.php.gif', 'x.gif'],
    ],
    [
      'a URL that comes twice',
      ['/a/x.gif', '/b/x.gif', '/c/x.gif', '/b/x.gif'],
      ['x.gif', 'x_2.gif', 'x_3.gif', 'x_2.gif'],
    ],
    ['a number that is taken', ['/x_2.gif', '/x.gif', '/a/x.gif'], ['x_2.gif', 'x.gif', 'x_3.gif']],
    ['a name like that of the gallery', ['/', '/index.html'], ['index.gif', 'index_2.html.gif']],
  ])('numbers by the order of claims: %s', (_name, urls, files) => {
    const names = new FileNames('CC');
    expect(urls.map((url) => claim(names, url))).toEqual(files);
    // The next run knows the files: whatever the order, a claim gets what it had.
    const next = new FileNames('CC');
    urls.forEach((url, i) => {
      next.take(files[i] as string, new URL(url, 'http://h/').href);
    });
    expect(urls.map((url) => claim(next, url))).toEqual(files);
  });

  it('counts the URLs whose name has a number', () => {
    const names = new FileNames('CC');
    for (const url of ['/x', '/a/x', '/b/x', '/a/x']) claim(names, url);
    expect(names.renamedCount).toBe(2);
  });

  it('keeps countries and URLs of one folder apart', () => {
    const names = new FileNames('CC');
    names.claimCountry('BR', brazil);
    expect(claim(names, '/br.png')).toBe('br_2.gif');
    expect(names.ofCountry('BR', brazil, 'gif')).toBe('BR.gif');
  });
});

describe('namePartsOf', () => {
  it.each([
    ['/a/flag.gif', 'flag.gif'],
    ['/a/flag.gif?x=y.png', 'flag.gif'],
    ['/%F0%9F%87%A7%F0%9F%87%B7.gif', '🇧🇷.gif'],
    ['/🇧🇷.gif', '🇧🇷.gif'],
    ['/img?id=1', 'img'],
    ['/?id=1', 'id_1'],
    ['/?w=320&file=flags/br.png', 'br.png'],
    ['/?file=..%2F..%2Fetc%2Fpasswd.txt', 'passwd.txt'],
    ['/?', 'index'],
    ['/', 'index'],
    ['/a/', 'index'],
    ['/%00', 'index'],
  ])('calls the file of %s %s', (url, name) => {
    expect(joinName(namePartsOf(new URL(url, 'http://h/')))).toBe(name);
  });
});

describe('withImageExtension', () => {
  it.each([
    ['flag.jpeg', 'jpg', 'flag.jpeg'],
    ['flag.PNG', 'png', 'flag.PNG'],
    ['flag.png', 'webp', 'flag.webp'],
    ['flag', 'gif', 'flag.gif'],
    ['flag.php', 'gif', 'flag.php.gif'],
  ])('makes %s of the kind %s into %s', (name, extension, file) => {
    expect(withImageExtension(splitName(name), extension)).toBe(file);
  });
});

it('isSafeName takes every name that is given', () => {
  const names = new FileNames('country');
  for (const [cc, country] of countries) {
    expect(isSafeName(names.ofCountry(cc, country, 'gif'))).toBe(true);
  }
  const long = `http://h/${'ü'.repeat(150)}.gif`;
  for (const url of ['http://h/🇧🇷', 'http://h/con', 'http://h/x/CON', long, `${long}?2`]) {
    const name = names.claimUrl(url, namePartsOf(new URL(url)));
    expect(isSafeName(withImageExtension(name, 'webp'))).toBe(true);
  }
});
