import { describe, expect, it } from 'vitest';
import { cleanDomain, cleanLine, cleanTld } from '../../src/names/clean-domain.js';

const label = (length: number) => 'a'.repeat(length);
/** 253 letters and dots, which are 255 octets on the wire: the longest name there is. */
const longest = [label(63), label(63), label(63), label(61)].join('.');

describe('cleanLine', () => {
  it.each([
    ['example.com', 'example.com'],
    ['  example.com\t', 'example.com'],
    ['', undefined],
    ['   \t', undefined],
    ['# a comment', undefined],
    ['   # a comment', undefined],
    ['example.com # a comment', 'example.com'],
    ['example.com\t#a comment', 'example.com'],
    ['example.com # one # two', 'example.com'],
    ['example.com#not-a-comment', 'example.com#not-a-comment'],
    ['http://example.com/#fragment', 'http://example.com/#fragment'],
    ['\ufeffexample.com', 'example.com'],
  ])('finds in %j %j', (line, text) => {
    expect(cleanLine(line)).toBe(text);
  });
});

describe('cleanDomain', () => {
  it.each([
    '„Stern“',
    '»Stern«.dev',
    '‚Stern‘',
    'O’Neil',
    'wolke–nest.dev',
    'wolke\u2011nest',
    'müsli…dev',
    '•nest',
    '·nest',
    'nest·ling',
    '¿qué',
    '「巣」.example',
    'Möwe™',
    'H²O.example',
    '①.example',
    'http://„Stern“.dev/',
  ])('takes %s for no name, as characters of it are in none', (text) => {
    expect(cleanDomain(text)).toEqual({ invalid: 'bad-character' });
  });

  it('takes A-labels as they stand', () => {
    for (const name of ['xn--stern-mw3bi.dev', 'xn--oneil-zv3b.xn--wolkenest-u89d.dev']) {
      expect(cleanDomain(name)).toEqual({ name });
    }
    expect(cleanDomain('xn--oneil-zv3b.bücher.dev')).toEqual({
      name: 'xn--oneil-zv3b.xn--bcher-kva.dev',
    });
  });

  it.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['example.com.', 'example.com'],
    ['localhost', 'localhost'],
    ['_dmarc.example.com', '_dmarc.example.com'],
    ['_', '_'],
    ['-a-.b-', '-a-.b-'],
    ['*.example.com', '*.example.com'],
    ['1.2.3', '1.2.3'],
    ['1.2.3.4.5', '1.2.3.4.5'],
    ['1.2.3.4.in-addr.arpa', '1.2.3.4.in-addr.arpa'],
    ['999.1.1.1', '999.1.1.1'],
    ['0x7f000001', '0x7f000001'],
    ['127.1', '127.1'],
    [`${label(63)}.com`, `${label(63)}.com`],
    [longest, longest],
    [`${longest}.`, longest],
  ])('takes %j for %j', (text, name) => {
    expect(cleanDomain(text)).toEqual({ name });
  });

  it.each([
    ['http://example.com', 'example.com'],
    ['https://Example.COM/path?query#fragment', 'example.com'],
    ['https://example.com:8443/', 'example.com'],
    ['https://user:pass@example.com/', 'example.com'],
    ['https://user@host@example.com/', 'example.com'],
    ['https://example.com?query=a@b.org', 'example.com'],
    ['https://example.com./', 'example.com'],
    ['ftp://example.com', 'example.com'],
    ['git+ssh://git@example.com/a.git', 'example.com'],
    ['https://bücher.example/', 'xn--bcher-kva.example'],
  ])('finds the host of %s', (url, name) => {
    expect(cleanDomain(url)).toEqual({ name });
  });

  it.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['bücher.example.', 'xn--bcher-kva.example'],
    // Non-transitional: ß is a letter of its own.
    ['faß.de', 'xn--fa-hia.de'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['ｅｘａｍｐｌｅ.com', 'example.com'],
    ['_dmarc.bücher.example', '_dmarc.xn--bcher-kva.example'],
    ['☃.example', 'xn--n3h.example'],
    ['💩.example', 'xn--ls8h.example'],
    ['〰.example', 'xn--27j.example'],
    ['col·lecció.example', 'xn--collecci-ioa91d.example'],
    ['COL·LECCIÓ.example', 'xn--collecci-ioa91d.example'],
    ['ハロー・ワールド.example', 'xn--gdkl8fhk5egc.example'],
    ['צה״ל.example', 'xn--8dbq2a9c.example'],
    ['བོད་.example', 'xn--nbd3loa6m.example'],
    ['نامه\u200cای.com', 'xn--mgba3gch31f060k.com'],
    ['a\u00adü．example', 'xn--a-eha.example'],
    ['wolke－süd.example', 'xn--wolke-sd-d6a.example'],
    ['ﬁx.example', 'fix.example'],
  ])('writes %s with A-labels', (text, name) => {
    expect(cleanDomain(text)).toEqual({ name });
  });

  it.each([
    ['', 'empty-label'],
    ['.', 'empty-label'],
    ['a..b', 'empty-label'],
    ['.example.com', 'empty-label'],
    ['example.com..', 'empty-label'],
    ['http://', 'empty-label'],
    ['http:///path', 'empty-label'],
    ['ü..example', 'empty-label'],
    [`${label(64)}.com`, 'label-too-long'],
    [`${'ü'.repeat(60)}.com`, 'label-too-long'],
    [`${longest}a`, 'name-too-long'],
    [`${longest}.a`, 'name-too-long'],
    ['a/b.com', 'bad-character'],
    ['ü/b.com', 'bad-character'],
    ['ü@b.com', 'bad-character'],
    ['ü:80', 'bad-character'],
    ['a b.com', 'bad-character'],
    ['a,b', 'bad-character'],
    ['a.*.com', 'bad-character'],
    ['a*.com', 'bad-character'],
    ['*', 'bad-character'],
    ['a\\.com', 'bad-character'],
    ['a\0.com', 'bad-character'],
    ['example.com:53', 'bad-character'],
    ['mail@example.com', 'bad-character'],
    ['://example.com', 'bad-character'],
    ['not a scheme://example.com', 'bad-character'],
    ['http://a b/', 'bad-character'],
    ['\ufffd.com', 'bad-character'],
    ['\ud800.com', 'bad-character'],
    ['192.0.2.1', 'ip-address'],
    ['2001:DB8::1', 'ip-address'],
    ['http://192.0.2.1:80/', 'ip-address'],
    ['http://[2001:db8::1]:80/', 'ip-address'],
    ['１９２.0.2.1', 'ip-address'],
  ])('turns %j away: %s', (text, invalid) => {
    expect(cleanDomain(text)).toEqual({ invalid });
  });

  it.each([
    ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
    ['http://192.0.2.1/', '1.2.0.192.in-addr.arpa'],
    ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
    ['example.com', 'example.com'],
  ])('turns %s round where reverse names are asked', (text, name) => {
    expect(cleanDomain(text, { reverse: true })).toEqual({ name });
  });
});

describe('cleanDomain, where records are asked for', () => {
  const longest = [63, 63, 63, 61].map((length) => 'a'.repeat(length)).join('.');
  const rules = { records: true };

  it.each([
    ['.', '.'],
    ['1.0/25.2.0.192.in-addr.arpa', '1.0/25.2.0.192.in-addr.arpa'],
    ['0/25.2.0.192.IN-ADDR.ARPA.', '0/25.2.0.192.in-addr.arpa'],
    ['a\\032b.example', 'a\\032b.example'],
    ['A\\066C\\.d.example.', 'abc\\.d.example'],
    ['\\255.example', '\\255.example'],
    ['a\\/b.example', 'a/b.example'],
    [`\\000${longest.slice(1)}`, `\\000${longest.slice(1)}`],
    ['*.example', '*.example'],
  ])('%j is %j', (text, name) => {
    expect(cleanDomain(text, rules)).toEqual({ name });
  });

  it.each([
    ['..', 'empty-label'],
    ['a\\032..example', 'empty-label'],
    ['.0/25.arpa', 'empty-label'],
    ['example.com/path', 'bad-character'],
    ['a\\256.example', 'bad-character'],
    ['a\\1.example', 'bad-character'],
    ['a\\', 'bad-character'],
    ['a\\032 b.example', 'bad-character'],
    [`a\\032${'a'.repeat(62)}.example`, 'label-too-long'],
    [`\\032${longest}`, 'label-too-long'],
    [`a.\\032${longest.slice(1)}`, 'name-too-long'],
    ['192.0.2.1', 'ip-address'],
  ])('turns %j away: %s', (text, invalid) => {
    expect(cleanDomain(text, rules)).toEqual({ invalid });
  });

  it.each(['.', 'a\\032b.example', '1.0/25.2.0.192.in-addr.arpa'])(
    'elsewhere %j is no name',
    (text) => {
      expect(cleanDomain(text)).toHaveProperty('invalid');
    },
  );
});

describe('cleanTld', () => {
  it.each([
    ['dev', 'dev'],
    ['.dev', 'dev'],
    ['DEV.', 'dev'],
    ['COM.BR', 'com.br'],
    ['рф', 'xn--p1ai'],
    ['', undefined],
    ['.', undefined],
    ['..dev', undefined],
    ['*.dev', undefined],
    ['a b', undefined],
    ['192.0.2.1', undefined],
  ])('reads %j as %j', (text, tld) => {
    expect(cleanTld(text)).toBe(tld);
  });
});
