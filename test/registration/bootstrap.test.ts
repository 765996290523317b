import { describe, expect, it } from 'vitest';
import { parseBootstrap, shippedBootstrap } from '../../src/registration/bootstrap.js';

const document = (services: unknown, publication: unknown = '2026-09-16T19:00:03Z') =>
  JSON.stringify({ version: '1.0', publication, services });

describe('the table that the package brings', () => {
  const shipped = shippedBootstrap();

  it('has the TLDs of IANA that are served with TLS', () => {
    expect(shipped.size).toBe(1200);
    expect(Date.parse(shipped.published)).not.toBeNaN();
  });

  it.each([
    ['example.dev', 'https://pubapi.registry.google/rdap/'],
    ['example.com', 'https://rdap.verisign.com/com/v1/'],
    ['example.com.br', 'https://rdap.registro.br/'],
  ])('knows the server of %s', (domain, base) => {
    expect(shipped.serverOf(domain)?.base).toBe(base);
  });

  it.each(['example.de', 'example.io', 'example.kg', 'dev'])('has none for %s', (domain) => {
    expect(shipped.serverOf(domain)).toBeUndefined();
  });
});

describe('a table of RFC 9224', () => {
  it('gives the server of the longest suffix', () => {
    const table = parseBootstrap(
      document([
        [['BR'], ['https://br.example/']],
        [['com.br'], ['http://a.example/', 'https://com-br.example/rdap/']],
      ]),
      1,
    );
    expect(table?.serverOf('x.org.br')).toEqual({ suffix: 'br', base: 'https://br.example/' });
    expect(table?.serverOf('x.com.br')?.suffix).toBe('com.br');
    expect(table?.serverOf('com.br')?.suffix).toBe('br');
    expect(table?.serverOf('br')).toBeUndefined();
  });

  it('can have other servers put in', () => {
    const table = shippedBootstrap().with([['dev', 'https://mine.example/']]);
    expect(table.serverOf('x.dev')?.base).toBe('https://mine.example/');
    expect(table.serverOf('x.app')?.base).toBe('https://pubapi.registry.google/rdap/');
  });

  it.each([
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['null', 'null'],
    ['without services', document(undefined)],
    ['with services that are none', document([[['dev']]])],
    ['with a TLD that is no text', document([[[7], ['https://a.example/']]])],
    ['without a date', document([[['dev'], ['https://a.example/']]], null)],
    ['with a date that is none', document([[['dev'], ['https://a.example/']]], 'soon')],
    ['served without TLS only', document([[['dev'], ['http://a.example/']]])],
    ['whose URLs do not end with a slash', document([[['dev'], ['https://a.example']]])],
  ])('is not taken: %s', (_, text) => {
    expect(parseBootstrap(text, 1)).toBeUndefined();
  });

  it('is not taken with fewer than a thousand TLDs', () => {
    const tlds = Array.from({ length: 999 }, (_, i) => `t${i}`);
    const text = (names: readonly string[]) => document([[names, ['https://a.example/']]]);
    expect(parseBootstrap(text(tlds))).toBeUndefined();
    expect(parseBootstrap(text([...tlds, 'dev']))?.size).toBe(1000);
  });
});
