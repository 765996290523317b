import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/core/printable.js';
import { headerWithoutValue, withoutSecrets } from '../../src/core/without-secrets.js';

describe('withoutSecrets', () => {
  it.each([
    ['https://user:secret@host.example/a?b#c', 'https://host.example/a?b#c'],
    ['https://secret@host.example/', 'https://host.example/'],
    ['redis://:secret@h:6379/0', 'redis://h:6379/0'],
    ['redis://u:se/cret@h:6379/0', 'redis://h:6379/0'],
    ['redis://u:1/secret@h', 'redis://h'],
    ['redis://u:se@cret@h', 'redis://h'],
    ['redis:u:secret@h', 'redis:h'],
    ['redis:/u:secret@h', 'redis:/h'],
    ['u:secret@h:6379', 'h:6379'],
    ['redis://u:secret', 'redis://u:***'],
    ['http://u:secret@[::1', 'http://[::1'],
    ['1.1.1.1,https://u:secret@h/q', 'h/q'],
    ['\u0000https://u:secret@h/', 'https://h/'],
  ])('%j is shown as %j', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it.each([
    'https://medium.example/@somebody/x',
    'https://host.example:8443/a',
    'http://127.0.0.1:8766/logo@2x.png',
    'http://localhost:8080/logo@2x.png',
    'http://[::1]:8080/logo@2x.png',
    'redis://h:6379/0',
    '[2001:db8::1]:53',
    '2001:db8::1',
    'fe80::1%eth0',
    '10.0.0.1:53',
    'BR',
    'def.dev',
  ])('%j holds none', (text) => {
    expect(withoutSecrets(text)).toBe(text);
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
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        /^[^\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$/.test(printable(text)),
      ),
    );
  });
});
