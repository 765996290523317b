import { describe, expect, it } from 'vitest';
import { formatEndpoint, parseEndpoint } from '../../src/transports/endpoint.js';
import { readResolverList } from '../../src/transports/resolver-list.js';
import {
  confirmingTransport,
  impliedTransport,
  validateTransport,
} from '../../src/transports/validate-transport.js';

describe('parseEndpoint', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1:53'],
    ['192.0.2.1:5353', '192.0.2.1:5353'],
    ['192.0.2.1#5353', '192.0.2.1:5353'],
    ['192.0.2.1@5353', '192.0.2.1:5353'],
    ['2001:DB8::1', '[2001:db8::1]:53'],
    ['2001:db8::1#5353', '[2001:db8::1]:5353'],
    ['[2001:db8::1]:5353', '[2001:db8::1]:5353'],
    ['[2001:db8::1]#5353', '[2001:db8::1]:5353'],
    ['fe80::1%eth0', '[fe80::1%eth0]:53'],
    ['[fe80::1%en0]:5353', '[fe80::1%en0]:5353'],
    ['Dns.Example', 'dns.example:53'],
    ['dns.example#5353', 'dns.example:5353'],
    ['tls://192.0.2.1', '192.0.2.1:53'],
    ['TLS://dns.example:8853/', 'dns.example:8853'],
    ['udp://[2001:db8::1]:53', '[2001:db8::1]:53'],
    ['https://dns.example/dns-query{?dns}', 'https://dns.example:443/dns-query'],
  ])('%s is %s', (text, label) => {
    const endpoint = parseEndpoint(text);
    if (!endpoint) throw new Error('It was not read');
    const port = endpoint.path === undefined ? 53 : 443;
    expect(formatEndpoint(endpoint, port).replace('/dns-', ':443/dns-')).toBe(label);
  });

  it.each([
    ...[
      '',
      '1.2.3',
      '192.0.2.1:0',
      '192.0.2.1:65536',
      '9.9.9.9#quad9',
      '192.0.2.1#',
      '[::1',
      '::1]',
    ],
    ...['192.0.2.1%eth0', '2001:db8::1%eth0', 'fe80::1%', 'fe80::1%a b', '2001:db8::1:x', 'a b'],
    ...['ftp://192.0.2.1', 'tls://', 'tls://192.0.2.1/path', 'https://', '[192.0.2.1]:53'],
  ])('%j is none', (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });
});

describe('readResolverList', () => {
  it('reads the forms of the field', () => {
    const lines = [
      '# comment',
      '; comment',
      'nameserver 192.0.2.1',
      'search example.com corp.example',
      'options edns0 trust-ad',
      'NAMESERVER\t2001:db8::1 # home',
      '192.0.2.2#5353 ; office',
      '192.0.2.3, 192.0.2.4',
      '  tls://dns.example  ',
      '192.0.2.5;quad5',
      '',
      'local',
    ];
    expect(readResolverList('list', lines)).toEqual([
      ...['192.0.2.1', '2001:db8::1', '192.0.2.2#5353', '192.0.2.3', '192.0.2.4'],
      ...['tls://dns.example', '192.0.2.5', 'local'],
    ]);
  });

  it('names the line that is wrong, and what is allowed', () => {
    const lines = [...Array(200).fill('192.0.2.1'), '9.9.9.9#quad9'];
    expect(() => readResolverList('list.txt', lines)).toThrow(
      'Expected line 201 of `list.txt` to be HOST, HOST:PORT, [IPV6]:PORT, a tls or https URL or local, got `9.9.9.9#quad9`',
    );
    expect(() => readResolverList('list.txt', ['# none', ''])).toThrow(
      'Expected `list.txt` to name a resolver, got none',
    );
  });
});

describe('the transport', () => {
  const plan = { types: [], trusted: [], tlsName: '', tlsCa: '' };
  it.each([
    ['auto', ['tls://192.0.2.1', 'tls://dns.example'], 'tls'],
    ['auto', ['https://dns.example/dns-query'], 'https'],
    ['auto', ['tcp://192.0.2.1'], 'tcp'],
    ['auto', ['192.0.2.1'], 'auto'],
    ['auto', [], 'auto'],
    ['tls', ['192.0.2.1'], 'tls'],
  ] as const)('%s with %j is %s', (transport, resolvers, implied) => {
    expect(impliedTransport({ transport, resolvers })).toBe(implied);
    validateTransport({ ...plan, transport, resolvers });
  });

  it.each([
    ['auto', ['tls://192.0.2.1', '192.0.2.2'], 'to be tls with the resolver `tls://192.0.2.1`'],
    ['udp', ['tls://192.0.2.1'], 'to be tls with the resolver `tls://192.0.2.1`, got `udp`'],
    ['auto', ['https://dns.example/', 'local'], 'to be https with the resolver'],
    ['tls', ['https://dns.example/'], 'to be https with the resolver'],
    ['https', ['tls://192.0.2.1'], 'to be URLs such as'],
    ['tls', ['local'], 'to be one of auto, udp, tcp with the resolver `local`'],
  ] as const)('%s with %j is wrong', (transport, resolvers, message) => {
    expect(() => validateTransport({ ...plan, transport, resolvers })).toThrow(message);
  });

  it.each([
    ['auto', ['192.0.2.1'], 'auto'],
    ['tcp', ['192.0.2.1'], 'tcp'],
    ['tcp', ['tls://192.0.2.1'], 'tls'],
    ['https', ['192.0.2.1'], 'auto'],
    ['system', ['192.0.2.1'], 'auto'],
    ['udp', ['https://dns.example/q'], 'https'],
  ] as const)('with %s, %j that confirm are asked over %s', (transport, trusted, expected) => {
    expect(confirmingTransport({ transport, trusted })).toBe(expected);
  });

  it('those that confirm may be the only ones that are asked over TLS', () => {
    const options = { ...plan, transport: 'udp', resolvers: ['192.0.2.1'] } as const;
    const tlsName = 'dns.example';
    validateTransport({ ...options, trusted: ['tls://192.0.2.2'], tlsName });
    expect(() => validateTransport({ ...options, trusted: ['192.0.2.2'], tlsName })).toThrow(
      'to be one of tls, https with `tlsName`',
    );
    expect(() =>
      validateTransport({ ...options, trusted: ['tls://192.0.2.2', '192.0.2.3'] }),
    ).toThrow('to be tls with the resolver `tls://192.0.2.2`');
  });
});
