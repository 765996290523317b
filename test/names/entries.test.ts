import { describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/names/entries.js';

const asked = (texts: string[], tlds: string[] = [], reverse = false) =>
  entriesOf(texts, tlds, { reverse }).map(({ input, name, invalid }) =>
    [input, name, invalid].filter((part) => part !== undefined),
  );

describe('entriesOf', () => {
  it('makes one entry a text, duplicates too, and keeps the text', () => {
    expect(asked(['Example.COM.', 'a', 'a', 'http://b.org/x'])).toEqual([
      ['Example.COM.', 'example.com'],
      ['a', 'a'],
      ['a', 'a'],
      ['http://b.org/x', 'b.org'],
    ]);
  });

  it('puts a word under each TLD, and leaves a name with a dot as it is', () => {
    expect(asked(['Flag', 'a.org', 'straße'], ['dev', 'com.br'])).toEqual([
      ['Flag', 'flag.dev'],
      ['Flag', 'flag.com.br'],
      ['a.org', 'a.org'],
      ['straße', 'xn--strae-oqa.dev'],
      ['straße', 'xn--strae-oqa.com.br'],
    ]);
  });

  it('gives what is invalid one entry, however many TLDs there are', () => {
    expect(asked(['a..b', '192.0.2.1', 'a b'], ['dev', 'io'])).toEqual([
      ['a..b', 'a..b', 'empty-label'],
      ['192.0.2.1', '192.0.2.1', 'ip-address'],
      ['a b', 'a b', 'bad-character'],
    ]);
  });

  it('sees that a word is too long under one TLD and not under another', () => {
    const long = [...Array(3).fill('a'.repeat(63)), 'a'.repeat(50)].join('.');
    expect(asked(['word'], ['dev', long])).toEqual([
      ['word', 'word.dev'],
      ['word', `word.${long}`],
    ]);
    expect(asked(['longer-word'], ['dev', long])).toEqual([
      ['longer-word', 'longer-word.dev'],
      ['longer-word', `longer-word.${long}`, 'name-too-long'],
    ]);
  });

  it('turns an address round where reverse names are asked', () => {
    expect(asked(['192.0.2.1'], ['dev'], true)).toEqual([['192.0.2.1', '1.2.0.192.in-addr.arpa']]);
  });

  it('makes nothing of nothing', () => {
    expect(asked([], ['dev'])).toEqual([]);
  });
});
