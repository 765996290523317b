import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress, reverseName } from '../../src/core/address.js';

const parsed = (text: string) => parseAddress(text) as Uint8Array;

describe('formatAddress', () => {
  it.each([
    // RFC 5952, 4 and 5.
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::AbCd', '2001:db8::abcd'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::1.2.3.4', '::102:304'],
    ['0:0:0:0:1:ffff:0:1', '::1:ffff:0:1'],
    ['192.0.2.1', '192.0.2.1'],
    ['255.255.255.255', '255.255.255.255'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatAddress(parsed(text))).toBe(canonical);
  });

  it('reads its bytes anywhere in a message', () => {
    const bytes = Uint8Array.of(9, 9, 192, 0, 2, 7, 9);
    expect(formatAddress(bytes, 2, 4)).toBe('192.0.2.7');
  });

  it('is read back as the same address, whatever it is', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      // Zeros are where the trouble is.
      fc
        .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
        .map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(bytes, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });
});

describe('parseAddress', () => {
  const candidates = [
    ...['1.2.3.4', '0.0.0.0', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4.', '1.2.3.'],
    ...['1..2.3', ' 1.2.3.4', '1.2.3.4 ', '1.2.3.a', '0x1.2.3.4', '-1.2.3.4', '1e1.2.3.4', '127.1'],
    ...['::', ':::', '::1', '1::', '1::2::3', ':1', '1:', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7'],
    ...['1:2:3:4:5:6:7:8:9', '::2:3:4:5:6:7:8', '1::3:4:5:6:7:8', '1:2:3:4:5:6:7::', '12345::'],
    ...['g::', '::1.2.3.4', '::1.2.3', '::1.2.3.4:5', '1.2.3.4::', '1:2:3:4:5:6:1.2.3.4'],
    ...['1:2:3:4:5:6:7:1.2.3.4', '::ffff:256.1.1.1', '[::1]', '::1/64', '', '.', ':', 'a', 'a.b'],
  ];

  it.each(candidates)('takes %j for an address exactly if node:net does', (text) => {
    const family = { 0: undefined, 4: 4, 6: 16 }[isIP(text) as 0 | 4 | 6];
    expect(parseAddress(text)?.length).toBe(family);
  });

  it('agrees with node:net about any text of that kind', () => {
    const texts = fc.array(
      fc.constantFrom('::', ':', '.', '0', '1', '255', '256', 'ffff', '1.2.3.4'),
    );
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('');
        expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no zone: it means nothing to a resolver', () => {
    expect(parseAddress('fe80::1%eth0')).toBeUndefined();
  });
});

describe('reverseName', () => {
  it.each([
    ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
    [
      '2001:db8::567:89ab',
      'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    ],
  ])('of %s is %s', (address, name) => {
    expect(reverseName(parsed(address))).toBe(name);
  });
});
