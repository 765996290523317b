import { describe, expect, it } from 'vitest';
import { countries } from '../../src/flags/codes.js';
import { parseServer, serverExpected } from '../../src/flags/services.js';
import { fillTemplate } from '../../src/flags/template.js';

function urlOf(server: string, cc = 'BR'): string | undefined {
  const parsed = parseServer(server);
  return parsed?.kind === 'site'
    ? fillTemplate(parsed.template, cc, countries.get(cc))?.href
    : undefined;
}

describe('parseServer', () => {
  it.each([
    ['remote', 'https://www.fluentpython.com/data/flags/br/br.gif'],
    ['REMOTE', 'https://www.fluentpython.com/data/flags/br/br.gif'],
    ['fluentpython', 'https://www.fluentpython.com/data/flags/br/br.gif'],
    ['flagcdn', 'https://flagcdn.com/w320/br.png'],
    ['flagcdn:svg', 'https://flagcdn.com/br.svg'],
    ['FlagCDN:W640/WebP', 'https://flagcdn.com/w640/br.webp'],
    ['flagsapi', 'https://flagsapi.com/BR/flat/64.png'],
    ['flagsapi:shiny/32', 'https://flagsapi.com/BR/shiny/32.png'],
    ['http://localhost:8000/{cc}/{cc}.gif', 'http://localhost:8000/br/br.gif'],
    ['https://{cc}.example/{CC}', 'https://br.example/BR'],
    ['HTTPS://h/{alpha3}/{numeric}?n={name}', 'https://h/BRA/076?n=Brazil'],
  ])('reads %s', (server, url) => {
    expect(urlOf(server)).toBe(url);
  });

  it('knows the embedded servers in any case', () => {
    expect(parseServer('Local')).toMatchObject({ kind: 'embedded', label: 'LOCAL', errorRate: 0 });
    expect(parseServer('delay')).toMatchObject({ delay: [0.5, 5], errorRate: 0 });
    expect(parseServer('ERROR')).toMatchObject({ delay: [0.5, 5], errorRate: 0.25 });
  });

  it.each([
    '',
    'nowhere',
    'constructor',
    'local:8000',
    'remote:gif:x',
    'flagcdn:',
    'flagcdn:w321/png',
    'flagcdn:toString',
    'https://example.org/flags.gif',
    'https://example.org/{xx}.gif',
    'https://example.org/{cc}/{Cc}.gif',
    'https://example.org/{cc}.gif}',
    'https://example.org/{cc.gif',
    'https://example.org/{}{cc}',
    'https://{cc}@example.org/',
    'https://example.org:{cc}/',
    'https://exa mple.org/{cc}',
    'https:///{cc}',
    'ftp://example.org/{cc}.gif',
    'file:///{cc}.gif',
    '{cc}',
    'example.org/{cc}.gif',
  ])('refuses %j', (server) => {
    expect(parseServer(server)).toBeUndefined();
  });

  it('says what it takes', () => {
    expect(serverExpected).toMatchInlineSnapshot(
      `"remote, local, delay, error, fluentpython, flagcdn[:VARIANT], flagsapi[:VARIANT], country-flags[:VARIANT], circle-flags or an http(s) URL with {cc}, {CC}, {name}, {alpha3}, {numeric} in it"`,
    );
  });

  it.each([
    ['remote', 'REMOTE', 'https://www.fluentpython.com/data/flags'],
    ['flagcdn:svg', 'FLAGCDN:SVG', 'https://flagcdn.com'],
    ['http://h:1/a/b-{cc}/{cc}.gif', 'TEMPLATE', 'http://h:1/a'],
    ['http://{cc}.h/x.gif', 'TEMPLATE', 'http://{cc}.h/x.gif'],
    ['http://me:secret@h/{cc}.gif', 'TEMPLATE', 'http://h'],
  ])('calls %s %s', (server, label, url) => {
    expect(parseServer(server)).toMatchObject({ label, url });
  });

  it('keeps user and password apart from every address', () => {
    const site = parseServer('http://me:p%40ss@h/{cc}/{cc}.gif');
    expect(site).toMatchObject({
      template: 'http://h/{cc}/{cc}.gif',
      authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    });
    expect(parseServer('http://h/{cc}.gif')).toMatchObject({ authorization: undefined });
  });

  it.each([
    ['remote', 'https://www.fluentpython.com/data/flags/{cc}/metadata.json'],
    ['flagcdn', undefined],
    ['flagsapi', undefined],
    ['http://h/{cc}/{CC}.gif?a=/', 'http://h/{cc}/metadata.json'],
    ['http://h/flags/{cc}.gif', undefined],
    ['http://{cc}.h/flag.gif', undefined],
  ])('looks for the metadata of %s only where each country has a folder', (server, metadata) => {
    expect(parseServer(server)).toMatchObject({ metadata });
  });
});

describe('fillTemplate', () => {
  it('has no URL where the template needs what the code does not have', () => {
    expect(urlOf('http://h/{alpha3}.gif', 'ZZ')).toBeUndefined();
    expect(urlOf('http://h/{cc}.gif', 'ZZ')).toBe('http://h/zz.gif');
  });

  it('escapes a name, and takes none that cannot be a host', () => {
    expect(urlOf('http://h/{name}.svg', 'US')).toBe('http://h/United%20States.svg');
    expect(urlOf('http://{name}/x', 'US')).toBeUndefined();
  });
});
