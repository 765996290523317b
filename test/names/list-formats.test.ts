import { describe, expect, it } from 'vitest';
import {
  detectFormats,
  type ListFormatName,
  listFormatNames,
  namesOn,
} from '../../src/names/list-formats.js';

/** A list, the formats it is found to be in, and the names on it. */
type Row = readonly [what: string, lines: string[], formats: string[], names: string[]];

const two = ['one.example', 'two.example'];

const rows: Row[] = [
  [
    'plain names',
    ['example.com', '# comment', '', 'EXAMPLE.org.'],
    [],
    ['example.com', 'EXAMPLE.org.'],
  ],
  [
    'URLs',
    ['https://example.com/path', 'http://example.org'],
    [],
    ['https://example.com/path', 'http://example.org'],
  ],
  ['words', ['word', 'another'], [], ['word', 'another']],
  ['nonsense', ['a b c', '???'], [], ['a b c', '???']],
  [
    'a hosts file',
    [
      '# hosts',
      '127.0.0.1 localhost',
      '0.0.0.0 ads.example # bad',
      '::1\tsix.example also.example',
      '0.0.0.0 0.0.0.0',
      'fe80::1%lo0 link.example',
    ],
    ['hosts'],
    ['localhost', 'ads.example', 'six.example', 'also.example', 'link.example'],
  ],
  [
    'an AdBlock list',
    [
      '[Adblock Plus 2.0]',
      '! Title: x',
      '||ads.example^',
      '||third.example^$third-party',
      '@@||good.example^|',
      'example.com##.banner',
      '||path.example/ads',
      '||ip.example:8080^',
      '|https://x.example/|',
    ],
    ['adblock'],
    ['ads.example', 'third.example', 'good.example', 'path.example', 'ip.example'],
  ],
  [
    'a ranked list',
    ['1,google.com', '2,example.org', '"3","quoted.example"', '4,more.example,columns'],
    ['ranked'],
    ['google.com', 'example.org', 'quoted.example', 'more.example'],
  ],
  [
    'host:port',
    ['example.com:443', 'example.org:8080'],
    ['hostport'],
    ['example.com', 'example.org'],
  ],
  [
    'host/path',
    ['example.com/a/b?c', 'example.org/', 'example.net:80/x'],
    ['hostpath'],
    ['example.com', 'example.org', 'example.net'],
  ],
  ['leading dots', ['.example.com', '.example.org'], ['dotted'], ['example.com', 'example.org']],
  ['wildcards', ['*.example.com', '*.example.org'], ['wildcard'], ['example.com', 'example.org']],
  ['mailboxes', ['me@example.com', '<you@example.org>'], ['email'], ['example.com', 'example.org']],
  [
    'defanged names',
    ['example[.]com', 'hxxps://bad[.]example/x', 'a(dot)example', 'b[dot]example', 'c[.example'],
    ['defanged'],
    ['example.com', 'https://bad.example/x', 'a.example', 'b.example', 'c.example'],
  ],
  [
    'dnsmasq',
    ['address=/one.example/0.0.0.0', 'server=/two.example/three.example/', 'local=/four.example/'],
    ['dnsmasq'],
    ['one.example', 'two.example', 'three.example', 'four.example'],
  ],
  [
    'Unbound',
    ['local-zone: "one.example." always_nxdomain', 'local-data: "two.example A 0.0.0.0"'],
    ['unbound'],
    ['one.example', 'two.example'],
  ],
  [
    'RPZ',
    ['one.example CNAME .', 'two.example 60 IN CNAME . ; note'],
    ['rpz'],
    ['one.example', 'two.example'],
  ],
  [
    'comments of other kinds',
    ['; comment', '! comment', '// comment', '0.0.0.0 a.example ; note'],
    ['hosts'],
    ['a.example'],
  ],
  ['a table with heads', ['Rank,Domain', '1,one.example', '2,two.example'], ['ranked'], two],
  [
    'a table whose name is not at its beginning',
    ['GlobalRank,TldRank,Domain,TLD', '1,1,one.example,example', '2,9,two.example,example'],
    ['csv'],
    two,
  ],
  [
    'what probe writes as CSV',
    [
      'name,input,status,reason',
      'one.example,ONE.example,found,',
      'two.example,two.example,missing,nodata',
    ],
    ['csv'],
    two,
  ],
  [
    'a table with separators in quotes',
    [
      'company,domain',
      '"other.example, Inc.","one.example"',
      '"x ""y"", third.example",two.example',
    ],
    ['csv'],
    two,
  ],
  ['what probe writes as TSV', ['one.example\tfound', 'two.example\tunknown'], ['csv'], two],
  [
    'what probe writes as text',
    ['+ one.example\tA 192.0.2.1', '? two.example\ttimeout'],
    ['marked'],
    two,
  ],
  [
    'what probe writes as text, with marks of any kind',
    [
      '  one.example',
      '  xn--bcher-kva.example\t(bücher.example)\tbad-label',
      'o free.example',
      '= taken.example\tactive',
      '# kept.example',
      '* all.example',
      '~ empty.example',
      '! 192.0.2.1\tip-address',
      '! a b\tbad-character',
      '  two.example',
    ],
    ['marked'],
    [
      'one.example',
      'xn--bcher-kva.example',
      'free.example',
      'taken.example',
      'kept.example',
      'all.example',
      'empty.example',
      '192.0.2.1',
      'a b',
      'two.example',
    ],
  ],
  [
    'what probe writes as text, most of it missing',
    [...Array.from({ length: 100 }, (_, i) => `  w${i}.example`), '+ one.example'],
    ['marked'],
    [...Array.from({ length: 100 }, (_, i) => `w${i}.example`), 'one.example'],
  ],
  ['indented names among comments', ['# old.example', '  one.example', '  two.example'], [], two],
  ['comments alone behind a name', ['one.example', '# old.example', 'two.example'], [], two],
  [
    'a table of a spreadsheet',
    ['sep=;', '"name";"x"', '"one.example";"a"', '"two.example";"b"'],
    ['csv'],
    two,
  ],
  [
    'JSON lines',
    [
      '{"host":"one.example","title":"a #1 ; b"}',
      `{"host":"192.0.2.1","pad":"${'x'.repeat(3000)}","input":"two.example"}`,
    ],
    ['json'],
    two,
  ],
  ['a JSON list', ['[', '  "one.example",', '  "two.example"', ']'], ['csv'], two],
  ['quoted names', ['"one.example"', "'two.example',"], ['csv'], two],
  [
    'a zone file',
    ['$TTL 300', 'one.example. 300 IN A 192.0.2.1', 'two.example.\tin\tns\tns.example.', '; end'],
    ['records'],
    ['one.example.', 'two.example.'],
  ],
  [
    'what massdns writes',
    ['one.example. A 192.0.2.1', 'two.example. CNAME x.'],
    ['records'],
    ['one.example.', 'two.example.'],
  ],
  [
    'what dnsx writes',
    ['one.example [A] [192.0.2.1]', 'two.example [A] [192.0.2.1]'],
    ['annotated'],
    two,
  ],
  [
    'what httpx writes',
    ['https://one.example:8443/x [200]', 'http://two.example [301] [x]'],
    ['url'],
    two,
  ],
  [
    'several names a line',
    ['one.example, two.example', 'three.example four.example'],
    ['several'],
    [...two, 'three.example', 'four.example'],
  ],
  [
    'names before their addresses',
    ['one.example 192.0.2.1', 'two.example\t2001:db8::1'],
    ['several'],
    two,
  ],
  ['the items of a text', ['- one.example', '* two.example # x'], ['bullets'], two],
  ['numbered names', ['1. one.example', '2) two.example'], ['bullets'], two],
  [
    'a hosts file with a line that has lost its name',
    ['0.0.0.0 one.example', '0.0.0.0 two.example', '0.0.0.0  #[down.example]'],
    ['hosts'],
    two,
  ],
  [
    'several formats',
    ['0.0.0.0 a.example', '||b.example^', 'c.example', 'd.example:443'],
    ['hosts', 'adblock', 'hostport'],
    ['a.example', 'b.example', 'c.example', 'd.example'],
  ],
  [
    'one odd line among names',
    ['a.example', 'b.example', 'me@c.example'],
    [],
    ['a.example', 'b.example', 'me@c.example'],
  ],
];

describe('list formats', () => {
  it.each(rows)('%s', (_, lines, formats, names) => {
    const detected = detectFormats(lines) ?? [];
    expect(detected).toEqual(formats);
    expect(lines.flatMap((line) => namesOn(line, detected))).toEqual(names);
  });

  it('are not told by comments and heads of columns alone', () => {
    expect(detectFormats(['', '# a', '! b', '[Adblock Plus 2.0]', 'rank,domain'])).toBeUndefined();
  });

  it.each(listFormatNames)('%s leaves a plain name and a line that it cannot read', (format) => {
    expect(namesOn('example.com', [format])).toEqual(['example.com']);
    expect(namesOn('a b c', [format])).toEqual(['a b c']);
  });

  it.each(listFormatNames)('%s reads long hostile lines at once', (format) => {
    for (const piece of [
      'a',
      '.',
      '@',
      '[.',
      '||',
      '/',
      '=/',
      '0,',
      '"',
      '*.',
      ':1',
      ' ',
      'name,',
      '{"a":',
      '(',
      '- ',
    ]) {
      for (const length of [1900, 60_000]) {
        namesOn(piece.repeat(length).slice(0, length), [format]);
        namesOn(`address=/${piece.repeat(length)}`, [format]);
      }
    }
  });
});

describe('words in a list', () => {
  const lines = ['name,score', 'acme,3', '"get-it";7', 'one.example,1', 'a b,x'];
  const first = { isTop: true, column: 0 };
  it('are its names where its format is certain', () => {
    const read = (words?: typeof first) => lines.flatMap((line) => namesOn(line, ['csv'], words));
    expect(read(first)).toEqual(['acme', 'get-it', 'one.example', 'a b,x']);
    expect(read()).toEqual(['acme,3', '"get-it";7', 'one.example', 'a b,x']);
    expect(namesOn('{"name":"acme","x":1}', ['json'], first)).toEqual(['acme']);
    expect(namesOn('{"name":7}', ['json'], first)).toEqual(['{"name":7}']);
  });

  it.each<[ListFormatName, string, string[]]>([
    ['bullets', '- acme', ['acme']],
    ['bullets', '2. get-it, which is nice', ['get-it']],
    ['bullets', 'acme', ['acme']],
    ['several', 'acme get-it, one.example', ['acme', 'get-it', 'one.example']],
    ['several', 'acme, word', ['acme', 'word']],
    ['several', 'acme g/t', ['acme g/t']],
    ['csv', 'rank;keyword', []],
    ['csv', '"Word",score', []],
  ])('are read in %s from %s', (format, line, words) => {
    expect(namesOn(line, [format], first)).toEqual(words);
  });

  it('are no heads of columns below the first line', () => {
    expect(namesOn('word,score', ['csv'], first)).toEqual([]);
    expect(namesOn('word,score', ['csv'], { isTop: false, column: 0 })).toEqual(['word']);
  });

  it('do not tell in which format it is', () => {
    expect(detectFormats(lines.slice(0, 3))).toEqual([]);
  });
});
