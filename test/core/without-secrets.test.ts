import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/core/printable.js';
import { headerWithoutValue, withoutSecrets } from '../../src/core/without-secrets.js';
import { codePoint } from '../support/code-point.js';

describe('withoutSecrets', () => {
  it.each([
    ['https://user:secret@host.example/a?b#c', 'https://host.example/a?b#c'],
    ['https://secret@host.example/', 'https://host.example/'],
    ['https://user:p%40ss%2Fword@host.example/', 'https://host.example/'],
    ['https://user:p@ss@host.example/logo@2x.png', 'https://host.example/logo@2x.png'],
    ['http://user:secret@127.0.0.1:8766/logo@2x.png', 'http://127.0.0.1:8766/logo@2x.png'],
    ['http://user:secret@nas/logo@2x.png', 'http://nas/logo@2x.png'],
    ['http://user:secret@[::1', 'http://[::1'],
    ['https:user:secret@host.example', 'https:host.example'],
    ['redis://:secret@h:6379/0', 'redis://h:6379/0'],
    ['redis:u:secret@h', 'redis:h'],
    ['redis:/u:secret@h', 'redis:/h'],
    ['redis://u:secret', 'redis://u:***'],
  ])('%j is shown as %j', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it.each([
    ['redis://u:se/cret@h:6379/0', 'redis://h:6379/0'],
    ['redis://u:1/secret@h', 'redis://h'],
    ['redis://u:se@cret@h', 'redis://h'],
    ['redis://u:se@cret/word@h', 'redis://h'],
    ['https://user:se/cret@host.example/a', 'https://host.example/a'],
    ['https://user:12/secret@host.example/a', 'https://host.example/a'],
    ['https://user:12#secret@host.example:8443', 'https://host.example:8443'],
    ['https://user:p@ss/word@host.example/a', 'https://host.example/a'],
    ['https://user:my secret@host.example/a', 'https://host.example/a'],
    ['user:12/secret@10.0.0.1:3128', '10.0.0.1:3128'],
  ])('a password that was typed as it is: %j is shown as %j', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it.each([
    ['u:secret@h:6379', 'h:6379'],
    [':secret@h', 'h'],
    ['user:123@proxy.example:3128', 'proxy.example:3128'],
    ['user:se/cret@host.example', 'host.example'],
    ['user:pass@[::1]:3128', '[::1]:3128'],
    ['1.1.1.1,https://u:secret@h/q', '1.1.1.1,https://h/q'],
    ['https://u:a@h/q,https://u:b@i/q', 'https://h/q,https://i/q'],
    ['BR\tserver=https://u:secret@h/{cc}', 'BR\tserver=https://h/{cc}'],
    ['user:secret@https://host.example/', 'https://host.example/'],
    ['u:se://cret@h', 'h'],
    ['\u0000https://u:secret@h/', '\u0000https://h/'],
  ])('around a URL, or without a scheme: %j is shown as %j', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it.each([
    'https://medium.example/@somebody/x',
    'https://host.example:8443/a',
    'https://cdn.example:8443/npm/pkg@1.2/x.png',
    'https://cdn.example:99999/npm/pkg@1.2/x.png',
    'https://cdn.example/npm/@scope/pkg@1.2.min.js?to=me@example.org#@top',
    'https://example.org?to=me@example.org',
    'http://127.0.0.1:8766/logo@2x.png',
    'http://localhost:8080/joe@example.org',
    'http://[::1]:8080/logo@2x.png',
    'http://nas:8080/logo@2x.png',
    'http://web:5173/@fs/img/logo@2x.svg',
    'http://web:3000/npm/pkg@latest/app@1.min.js',
    'http://h/a.png\tus@2x',
    'http://h\tname=us@2x.png',
    'http://h/a.png  logo@2x.png',
    'http://h/{cx}@2x.png',
    'logo@2x.png',
    'img/logo@2x.png',
    'C:\\img\\logo@2x.png',
    'C:/img/logo@2x.png',
    'example.org/logo@2x.png',
    'example.org:8080/logo@2x.png',
    'localhost:8080/logo@2x.png',
    'br.png@2x',
    'br@2x',
    '{cc}@2x',
    'me@example.org',
    'redis://h:6379/0',
    'tls://2001:db8::1',
    '[2001:db8::1]:53',
    '2001:db8::1',
    'fe80::1%eth0',
    '10.0.0.1:53',
    'BR',
    'def.dev',
  ])('%j holds none', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it('leaves out a login as it is to be written, and nothing of the path', () => {
    const password = fc.string({ unit: 'grapheme' }).map(encodeURIComponent);
    const path = fc.string({ unit: fc.constantFrom(...'ab1/:@%?#.') });
    fc.assert(
      fc.property(password, path, fc.constantFrom('https', 'http'), (secret, more, scheme) => {
        const shown = withoutSecrets(`${scheme}://user:${secret}@host.example/${more}`);
        expect(shown).toBe(`${scheme}://host.example/${more}`);
      }),
    );
  });

  it('shows no password, whatever it is made of', () => {
    const password = fc.string({ unit: fc.constantFrom(...'ab1/:@%#?[]\\ \0') });
    fc.assert(
      fc.property(password, fc.constantFrom('redis', 'https', 'rediss'), (more, scheme) => {
        const shown = withoutSecrets(`${scheme}://user:hidden${more}@host.example/`);
        return !shown.includes('hidden');
      }),
    );
  });
});

describe('headerWithoutValue', () => {
  it.each([
    ['authorization: Bearer secret', 'authorization: ***'],
    ['X-Key:secret', 'X-Key: ***'],
    ['Bearer secret', '***'],
    ['two words: secret', '***'],
  ])('%j is shown as %j', (line, shown) => {
    expect(headerWithoutValue(line)).toBe(shown);
  });
});

describe('printable', () => {
  it('leaves nothing that a terminal obeys', () => {
    // The first and the last of each range, which any character would hardly ever be.
    const unsafe = fc.constantFrom(...'\0\x1f\x7f\x9f\u202a\u202e\u2066\u2069');
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof(codePoint, unsafe) }), (text) =>
        /^[^\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$/.test(printable(text)),
      ),
    );
  });
});
