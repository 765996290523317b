import { describe, expect, it } from 'vitest';
import type { ImageExtension } from '../../src/core/image-extensions.js';
import { countries } from '../../src/flags/codes.js';
import { isSafeName, namePartsOf } from '../../src/storage/file-name.js';
import { FileNames } from '../../src/storage/file-names.js';

const brazil = countries.get('BR');
const states = countries.get('US');

describe('the file of a country', () => {
  it.each([
    ['CC', 'BR'],
    ['cc', 'br'],
    ['alpha3', 'BRA'],
    ['country', 'Brazil'],
  ] as const)('is named by %s', (naming, stem) => {
    expect(new FileNames(naming).countryFile('BR', brazil, 'gif')).toBe(`${stem}.gif`);
  });

  it("is called as the server calls the country, before the table's name", () => {
    const names = new FileNames('country');
    expect(names.countryFile('BR', brazil, 'gif', 'Brasil')).toBe('Brasil.gif');
    expect(names.countryFile('US', states, 'gif', '/..')).toBe('United_States.gif');
  });

  it('is called by its code where no country is known', () => {
    expect(new FileNames('country').countryFile('ZZ', undefined, 'gif')).toBe('ZZ.gif');
    expect(new FileNames('alpha3').countryFile('ZZ', undefined, 'gif')).toBe('ZZ.gif');
  });

  it('never has the name of another, whatever a server says', () => {
    const names = new FileNames('country');
    const file = (cc: string, served: string) => {
      const name = names.countryFile(cc, countries.get(cc), 'gif', served);
      names.take(name, cc);
      return name;
    };
    expect(file('BR', 'Same')).toBe('Same.gif');
    expect(file('US', 'same')).toBe('same_US.gif');
    expect(file('BR', 'Same')).toBe('Same.gif');
  });
});

/** Paths of URLs, the kind of image behind each, and the file that it becomes. */
type Row = readonly [path: string, kind: ImageExtension, file: string];

/** Names the files of a list whose images arrive in some order. */
function filesOf(names: FileNames, rows: readonly Row[], arrival: readonly number[]) {
  const claims = rows.map(([path]) => {
    const url = new URL(path, 'http://h/');
    return { url: url.href, claimed: names.claimUrl(url.href, namePartsOf(url)) };
  });
  const files: string[] = [];
  for (const i of arrival) {
    const { url, claimed } = claims[i]!;
    const kind = rows[i]![1];
    files[i] = names.urlFile(url, claimed, kind);
    names.take(files[i], url);
  }
  return files;
}

const lists: readonly (readonly [title: string, rows: readonly Row[]])[] = [
  [
    'two kinds of image under one name',
    [
      ['/320/br.png', 'png', 'br.png'],
      ['/svg/br.svg', 'svg', 'br.svg'],
      ['/320/br@2x.png', 'png', 'br@2x.png'],
      ['/svg/BR@2x.svg', 'svg', 'BR@2x.svg'],
    ],
  ],
  [
    'a kind of image whose name another URL has',
    [
      ['/a/br.png', 'svg', 'br_3.svg'],
      ['/a/br.svg', 'svg', 'br.svg'],
      ['/b/br.svg', 'gif', 'br_2.gif'],
      ['/a/x.jpg', 'png', 'x.png'],
    ],
  ],
  [
    'one script with several queries',
    [
      ['/img?id=1', 'gif', 'img.gif'],
      ['/img?id=2', 'png', 'img_2.png'],
      ['/img?id=3', 'gif', 'img_3.gif'],
    ],
  ],
  [
    'one last part in several folders',
    [
      ['/a/x.gif', 'gif', 'x.gif'],
      ['/b/X.gif', 'gif', 'X_2.gif'],
      ['/c/x.gif', 'gif', 'x_3.gif'],
    ],
  ],
  [
    'endings that the images do not keep',
    [
      ['/a/x.png', 'gif', 'x_2.gif'],
      ['/b/x.gif', 'gif', 'x.gif'],
    ],
  ],
  [
    'endings that no image has',
    [
      ['/a/x.php', 'gif', 'x.php.gif'],
      ['/b/x.php', 'gif', 'x_2.php.gif'],
      ['/x', 'gif', 'x.gif'],
    ],
  ],
  [
    'a URL that comes twice',
    [
      ['/a/x.gif', 'gif', 'x.gif'],
      ['/b/x.gif', 'gif', 'x_2.gif'],
      ['/c/x.gif', 'gif', 'x_3.gif'],
      ['/b/x.gif', 'gif', 'x_2.gif'],
    ],
  ],
  [
    'a number that is taken',
    [
      ['/x_2.gif', 'gif', 'x_2.gif'],
      ['/x.gif', 'gif', 'x.gif'],
      ['/a/x.gif', 'gif', 'x_3.gif'],
    ],
  ],
  [
    "a name like the gallery's",
    [
      ['/', 'gif', 'index.gif'],
      ['/index.html', 'gif', 'index.html.gif'],
    ],
  ],
];

describe('the files of URLs', () => {
  it.each(lists)('are named by the order of the list, not of arrival: %s', (_title, rows) => {
    const files = rows.map(([, , file]) => file);
    const forwards = rows.map((_, i) => i);
    expect(filesOf(new FileNames('CC'), rows, forwards)).toEqual(files);
    expect(filesOf(new FileNames('CC'), rows, forwards.toReversed())).toEqual(files);
  });

  it.each(lists)('are the same the next time: %s', (_title, rows) => {
    const next = new FileNames('CC');
    for (const [path, , file] of rows) next.take(file, new URL(path, 'http://h/').href);
    const backwards = rows.map((_, i) => i).toReversed();
    expect(filesOf(next, rows, backwards)).toEqual(rows.map(([, , file]) => file));
  });

  it('are as in a new folder where the list gives them, whatever is recorded, but for numbers', () => {
    const names = new FileNames('CC');
    for (const file of ['x.gif', 'x_2.gif', 'y.png']) names.take(file, 'http://h/old');
    const claim = (url: string, isGiven: boolean) =>
      names.claimUrl(url, { stem: 'x', extension: 'gif' }, isGiven).stem;
    for (let list = 0; list < 2; list++) {
      names.startList();
      expect([claim('http://h/1', true), claim('http://h/2', true)]).toEqual(['x', 'x_3']);
      expect(names.keep('x.gif', 'http://h/old')).toBe(false);
      expect([claim('http://h/1', true), claim('http://h/2', true)]).toEqual(['x', 'x_3']);
    }
    expect(claim('http://h/3', false)).toBe('x_4');
    expect(names.urlFile('http://h/4', { stem: 'y', extension: '' }, 'png', true)).toBe('y.png');
    expect(names.urlFile('http://h/4', { stem: 'y', extension: '' }, 'png')).toBe('y_2.png');
    names.startList();
    expect([claim('http://h/2', true), claim('http://h/1', true)]).toEqual(['x', 'x_5']);
    const page = names.claimUrl('http://h/5', { stem: 'index.html', extension: '' }, true);
    expect(names.urlFile('http://h/5', page, undefined, true)).not.toBe('index.html');
  });

  it('are kept apart from those of countries', () => {
    const names = new FileNames('CC');
    names.claimCountry('BR', brazil, ['gif']);
    expect(
      filesOf(
        names,
        [
          ['/br.png', 'gif', ''],
          ['/br.svg', 'svg', ''],
        ],
        [0, 1],
      ),
    ).toEqual(['br_2.gif', 'br.svg']);
    expect(names.countryFile('BR', brazil, 'gif')).toBe('BR.gif');
    expect(names.countryFile('BR', brazil, 'svg')).toBe('BR_BR.svg');
  });
});

it('every name that is given is a safe one', () => {
  const names = new FileNames('country');
  for (const [cc, country] of countries) {
    expect(isSafeName(names.countryFile(cc, country, 'gif'))).toBe(true);
  }
  const long = `http://h/${'ü'.repeat(150)}.gif`;
  for (const url of ['http://h/🇧🇷', 'http://h/con', 'http://h/x/CON', long, `${long}?2`]) {
    const claimed = names.claimUrl(url, namePartsOf(new URL(url)));
    expect(isSafeName(names.urlFile(url, claimed, 'webp'))).toBe(true);
  }
});
