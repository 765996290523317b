import { encode, type Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { readReply } from '../../src/dns/message.js';
import { typeNumber } from '../../src/dns/types.js';

const name = 'example.com';

/** The records that are read out of an answer with one record of these bytes. */
function recordsOf(type: number, data: Uint8Array) {
  const message = encode({ id: 1, type: 'response', questions: [{ name, type: 'A' }] });
  message.writeUInt16BE(type, message.length - 4);
  message.writeUInt16BE(1, 6);
  const fixed = Buffer.from('c00c000000010000003c0000', 'hex');
  fixed.writeUInt16BE(type, 2);
  fixed.writeUInt16BE(data.length, 10);
  const bytes = Buffer.concat([message, fixed, data]);
  return readReply(bytes, 0, bytes.length, { name, type })?.records;
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const wire = (text: string) =>
  Buffer.concat([
    ...text.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ]);

describe('the data of a record that dns-packet wrote', () => {
  it.each<[string, unknown, string]>([
    ['A', '192.0.2.1', '192.0.2.1'],
    ['AAAA', '2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['NS', 'ns.example.com', 'ns.example.com.'],
    ['CNAME', 'www.example.com', 'www.example.com.'],
    ['PTR', 'host.example.com', 'host.example.com.'],
    ['MX', { preference: 10, exchange: 'mail.example.com' }, '10 mail.example.com.'],
    [
      'SSHFP',
      { algorithm: 2, hash: 1, fingerprint: '123456789abcdef67890123456789abcdef67890' },
      '2 1 123456789ABCDEF67890123456789ABCDEF67890',
    ],
    ['TXT', ['one', 'two "three"', 'back\\slash'], '"one" "two \\"three\\"" "back\\\\slash"'],
    ['TXT', [''], '""'],
    ['TXT', [Buffer.of(0, 9, 127, 255, 32, 126)], '"\\000\\009\\127\\255 ~"'],
    [
      'SOA',
      {
        mname: 'ns.example.com',
        rname: 'hostmaster.example.com',
        serial: 4_294_967_295,
        refresh: 7200,
        retry: 900,
        expire: 1_209_600,
        minimum: 300,
      },
      'ns.example.com. hostmaster.example.com. 4294967295 7200 900 1209600 300',
    ],
    [
      'SRV',
      { priority: 1, weight: 2, port: 5060, target: 'sip.example.com' },
      '1 2 5060 sip.example.com.',
    ],
    ['CAA', { flags: 128, tag: 'issue', value: 'ca.example; a=b' }, '128 issue "ca.example; a=b"'],
    [
      'DS',
      { keyTag: 60485, algorithm: 8, digestType: 2, digest: Buffer.from('d4b7d520', 'hex') },
      '60485 8 2 D4B7D520',
    ],
    ['DNSKEY', { flags: 257, algorithm: 8, key: Buffer.from('key') }, '257 3 8 a2V5'],
  ])('%s %j is shown as %s', (type, data, shown) => {
    const bytes = encode({
      id: 1,
      type: 'response',
      questions: [{ name, type }],
      answers: [{ name, type, ttl: 60, data }],
    });
    const reply = readReply(bytes, 0, bytes.length, { name, type: typeNumber(type) as number });
    expect(reply?.records).toEqual([{ name, type, ttl: 60, data: shown }]);
  });
});

describe('the data of a record that dns-packet does not know', () => {
  it.each<[string, Buffer, string]>([
    // RFC 9460, appendix D.
    ['SVCB', hex('0000 03666f6f076578616d706c6503636f6d00'), '0 foo.example.com.'],
    ['SVCB', hex('0001 00'), '1 .'],
    [
      'SVCB',
      hex('0010 03666f6f076578616d706c6503636f6d00 0003 0002 0035'),
      '16 foo.example.com. port=53',
    ],
    ['SVCB', hex('0001 00 029b 0005 68656c6c6f'), '1 . key667="hello"'],
    ['SVCB', hex('0001 00 029b 0009 68656c6c6fd2716f6f'), '1 . key667="hello\\210qoo"'],
    [
      'HTTPS',
      hex('0001 00 0001 0006 0268320268 33 0004 0008 c0000201 c0000202'),
      '1 . alpn=h2,h3 ipv4hint=192.0.2.1,192.0.2.2',
    ],
    [
      'HTTPS',
      hex('0001 00 0000 0004 0001 0004 0001 0003 026832 0002 0000 0004 0004 c0000201'),
      '1 . mandatory=alpn,ipv4hint alpn=h2 no-default-alpn ipv4hint=192.0.2.1',
    ],
    [
      'HTTPS',
      hex('0001 00 0006 0010 20010db8000000000000000000000001'),
      '1 . ipv6hint=2001:db8::1',
    ],
    [
      'NSEC3',
      hex('01 00 000c 04aabbccdd 0a 0123456789abcdef0123 0001 40'),
      '1 0 12 AABBCCDD 04HKAPS9LF6UU093 A',
    ],
    ['NSEC3', hex('01 01 0000 00 01 ff'), '1 1 0 - VS'],
    [
      'RRSIG',
      hex('0001 0d 02 00000e10 65e11d7f 00000000 3039 00 01'),
      'A 13 2 3600 20240301001247 19700101000000 12345 . AQ==',
    ],
    ['TYPE999', hex('abcd'), '\\# 2 ABCD'],
    ['TYPE999', hex(''), '\\# 0'],
  ])('%s %s is shown as %s', (type, data, shown) => {
    expect(recordsOf(typeNumber(type) as number, data)).toMatchObject([{ type, data: shown }]);
  });
});

describe('a name in the data', () => {
  it('is shown with its odd bytes escaped', () => {
    const label = Buffer.concat([Buffer.of(6), Buffer.from('a.b\\ \0'), Buffer.of(0)]);
    expect(recordsOf(5, label)).toMatchObject([{ data: 'a\\.b\\\\\\032\\000.' }]);
  });

  it('may point back to what stood before', () => {
    expect(recordsOf(5, hex('03777777 c00c'))).toMatchObject([{ data: 'www.example.com.' }]);
  });
});

describe('data that is not what its type wants', () => {
  it.each<[string, string, Uint8Array]>([
    ['A', '3 bytes', hex('c00002')],
    ['A', '5 bytes', hex('c000020101')],
    ['AAAA', '4 bytes', hex('c0000201')],
    ['CNAME', 'nothing', hex('')],
    ['CNAME', 'a name and more', Buffer.concat([wire('a.b'), Buffer.of(0)])],
    ['CNAME', 'half a name', wire('a.b').subarray(0, 3)],
    ['CNAME', 'a pointer to itself', hex('c029')],
    ['CNAME', 'a pointer forward', hex('c0ff')],
    ['CNAME', 'half a pointer', hex('c0')],
    ['CNAME', 'a label of a kind that does not exist', hex('41 61 00')],
    ['CNAME', 'a name of 256 octets', wire([63, 63, 63, 62].map((n) => 'a'.repeat(n)).join('.'))],
    ['DNAME', 'half a name', wire('a.b').subarray(0, 3)],
  ])('makes the answer malformed where it decides: %s of %s', (type, _, data) => {
    expect(recordsOf(typeNumber(type) as number, data)).toBeUndefined();
  });

  it.each<[string, string, Uint8Array]>([
    ['MX', 'one byte', hex('00')],
    ['MX', 'no name', hex('000a')],
    ['TXT', 'no string', hex('')],
    ['TXT', 'a string longer than the data', hex('0361')],
    ['SOA', 'names and no numbers', hex('0000')],
    ['SRV', 'no target', hex('000100020003')],
    ['CAA', 'no tag', hex('0000')],
    ['CAA', 'a tag that is none', hex('00 01 20')],
    ['DS', 'three bytes', hex('000102')],
    ['HTTPS', 'keys out of order', hex('0001 00 0004 0004 c0000201 0001 0003 026832')],
    ['HTTPS', 'the same key twice', hex('0001 00 0001 0003 026832 0001 0003 026832')],
    ['HTTPS', 'a value longer than the data', hex('0001 00 0003 0004 0035')],
    ['HTTPS', 'a port of one byte', hex('0001 00 0003 0001 35')],
    ['HTTPS', 'an address cut short', hex('0001 00 0004 0003 c00002')],
    ['HTTPS', 'no-default-alpn with a value', hex('0001 00 0001 0003 026832 0002 0001 00')],
    ['TLSA', 'no hash', hex('030101')],
    ['NAPTR', 'no name', hex('0001 0002 00 00 00')],
    ['HINFO', 'one text', hex('0161')],
    ['LOC', 'another version', hex('01121613 80000000 80000000 00989680')],
    ['LOC', 'a latitude beyond the pole', hex('00121613 ffffffff 80000000 00989680')],
    ['LOC', 'a precision of eleven', hex('00b21613 80000000 80000000 00989680')],
    ['NSEC', 'a bitmap longer than the data', hex('00 00 02 40')],
    ['NSEC', 'windows out of order', hex('00 01 01 40 00 01 40')],
    ['NSEC3', 'no hash', hex('01 00 0000 00 00')],
    ['APL', 'a family that does not exist', hex('0003 08 01 c0')],
    ['IPSECKEY', 'a gateway of a kind that does not exist', hex('0a 04 02 00')],
    ['EUI48', 'five bytes', hex('0102030405')],
  ])('is shown byte for byte elsewhere: %s of %s', (type, _, data) => {
    const digits = Buffer.from(data).toString('hex').toUpperCase();
    const shown = digits === '' ? '\\# 0' : `\\# ${data.length} ${digits}`;
    expect(recordsOf(typeNumber(type) as number, data)).toMatchObject([{ type, data: shown }]);
  });

  it('leaves the good records beside it alone', () => {
    const issue = {
      name,
      type: 'CAA',
      ttl: 60,
      data: { flags: 0, tag: 'issue', value: 'ca.example' },
    };
    const bytes = encode({
      id: 1,
      type: 'response',
      questions: [{ name, type: 'CAA' }],
      answers: [issue, { ...issue, data: { flags: 0, tag: 'is-sue', value: 'x' } }, issue],
    } as Packet);
    const records = readReply(bytes, 0, bytes.length, { name, type: 257 })?.records;
    expect(records?.map(({ data }) => data)).toEqual([
      '0 issue "ca.example"',
      '\\# 9 000669732D73756578',
      '0 issue "ca.example"',
    ]);
  });

  it('is not a CNAME of exactly 255 octets', () => {
    const longest = [63, 63, 63, 61].map((length) => 'a'.repeat(length)).join('.');
    expect(recordsOf(5, wire(longest))).toMatchObject([{ data: `${longest}.` }]);
  });
});
