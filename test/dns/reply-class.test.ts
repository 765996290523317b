import { type Answer, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { RCODE, type Reply, readReply } from '../../src/dns/message.js';
import { classifyReply, type ReplyClass } from '../../src/dns/reply-class.js';
import { type TYPE, typeNumber } from '../../src/dns/types.js';

const name = 'www.example.com';
const AA = 0x0400;
const RA = 0x0080;

const a = (owner = name, data = '192.0.2.1'): Answer => ({ name: owner, type: 'A', ttl: 60, data });
const cname = (data: string, owner = name): Answer => ({
  name: owner,
  type: 'CNAME',
  ttl: 60,
  data,
});
const ns = (owner: string): Answer => ({
  name: owner,
  type: 'NS',
  ttl: 60,
  data: 'ns.example.net',
});
const soa = (owner: string): Answer => ({
  name: owner,
  type: 'SOA',
  ttl: 60,
  data: { mname: 'ns.example.com', rname: 'hostmaster.example.com', serial: 1 },
});
const rrsig: Answer = {
  name,
  type: 'RRSIG',
  ttl: 60,
  data: {
    typeCovered: 'CNAME',
    algorithm: 13,
    labels: 3,
    originalTTL: 60,
    expiration: 1,
    inception: 1,
    keyTag: 1,
    signersName: 'example.com',
    signature: Buffer.of(1),
  },
};

/** An OPT record with these extended errors (RFC 8914). */
const opt = (...codes: number[]) =>
  ({
    name: '.',
    type: 'OPT',
    udpPayloadSize: 1232,
    options: codes.map((code) => ({ code: 15, data: Buffer.of(0, code) })),
  }) as never;

function classOf(packet: Packet, type: keyof typeof TYPE = 'A'): ReplyClass {
  const bytes = encode({ id: 7, type: 'response', questions: [{ name, type }], ...packet });
  const reply = readReply(bytes, 0, bytes.length, { name, type: typeNumber(type) as number });
  return classifyReply(reply as Reply);
}

type Row = [what: string, packet: Packet, expected: ReplyClass, type?: keyof typeof TYPE];

const rows: Row[] = [
  ['an address', { answers: [a()] }, 'answer'],
  [
    'an address, from a server without the zone that resolves',
    { flags: RA, answers: [a()] },
    'answer',
  ],
  ['an address among the records of others', { answers: [a('x.example'), a()] }, 'answer'],
  ['a CNAME to follow', { answers: [cname('b.example')] }, 'answer'],
  ['a CNAME and its address', { answers: [cname('b.example'), a('b.example')] }, 'answer'],
  [
    'a CNAME twice, in another case',
    { answers: [cname('b.example'), cname('B.Example')] },
    'answer',
  ],
  ['a CNAME with its signature', { answers: [cname('b.example'), rrsig] }, 'answer'],
  ['a CNAME and NXDOMAIN', { flags: RCODE.NXDOMAIN | RA, answers: [cname('b.example')] }, 'answer'],
  ['the CNAME asked for', { answers: [cname('b.example')] }, 'answer', 'CNAME'],
  ['all there is', { answers: [a(), rrsig] }, 'answer', 'ANY'],
  ['NODATA with the SOA of the zone', { authorities: [soa('example.com')] }, 'answer'],
  ['NODATA with the SOA of the root', { authorities: [soa('.')] }, 'answer'],
  [
    'NODATA with the SOA of the zone beside that of another',
    { authorities: [soa('example.net'), soa('example.com')] },
    'answer',
  ],
  [
    'an alias into another zone, with the SOA of the first',
    { answers: [cname('b.example')], authorities: [soa('example.com')] },
    'answer',
  ],
  ['NODATA with SOA and name servers', { authorities: [ns('example.com'), soa('com')] }, 'answer'],
  [
    'NXDOMAIN with the SOA of the zone',
    { flags: RCODE.NXDOMAIN, authorities: [soa('com')] },
    'answer',
  ],
  ['NXDOMAIN and nothing', { flags: RCODE.NXDOMAIN }, 'answer'],
  ['NXDOMAIN of a server that resolves', { flags: RCODE.NXDOMAIN | RA }, 'answer'],
  ['NXDOMAIN of a server with the zone', { flags: RCODE.NXDOMAIN | AA }, 'answer'],
  [
    'NXDOMAIN with name servers, of a server that resolves',
    { flags: RCODE.NXDOMAIN | RA, authorities: [ns('com')] },
    'answer',
  ],
  ['nothing, of a server that resolves', { flags: RA }, 'answer'],
  ['nothing, of a server with the zone', { flags: AA }, 'answer'],
  [
    'name servers, of a server with the zone',
    { flags: AA, authorities: [ns('example.com')] },
    'answer',
  ],
  [
    'records of others, under the SOA of the zone',
    { answers: [a('x.example')], authorities: [soa('com')] },
    'answer',
  ],

  ['truncated', { flags: TRUNCATED_RESPONSE, answers: [a()] }, 'truncated'],
  ['truncated and REFUSED', { flags: TRUNCATED_RESPONSE | RCODE.REFUSED }, 'truncated'],

  ['nothing', {}, 'lame'],
  ['nothing, with recursion desired', { flags: 0x0100 }, 'lame'],
  ['nothing, called authentic', { flags: 0x0020 }, 'lame'],
  ['nothing, with EDNS', { additionals: [opt()] }, 'lame'],
  ['nothing, where an IPv6 address was asked for', {}, 'lame', 'AAAA'],
  ['nothing, where name servers were asked for', {}, 'lame', 'NS'],
  ['an address of its own in the additional section only', { additionals: [a()] }, 'lame'],
  ['an address of its own in the authority section only', { authorities: [a()] }, 'lame'],
  [
    'nothing but an address of others in the additional section',
    { additionals: [a('x.example')] },
    'lame',
  ],

  ['name servers', { authorities: [ns('com')] }, 'referral'],
  ['name servers of the root', { authorities: [ns('.')] }, 'referral'],
  [
    'name servers, of a server that resolves',
    { flags: RA, authorities: [ns('example.com')] },
    'referral',
  ],

  ['an alias with an address', { answers: [cname('b.example'), a()] }, 'contradiction'],
  ['an address with an alias', { answers: [a(), cname('b.example')] }, 'contradiction'],
  [
    'an alias with a text',
    { answers: [cname('b.example'), { name, type: 'TXT', data: 'x' }] },
    'contradiction',
  ],
  [
    'an alias with an address, both asked for',
    { answers: [cname('b.example'), a()] },
    'contradiction',
    'ANY',
  ],
  [
    'an alias with an address, the alias asked for',
    { answers: [cname('b.example'), a()] },
    'contradiction',
    'CNAME',
  ],
  [
    'two aliases',
    { answers: [cname('b.example'), cname('c.example'), a('c.example')] },
    'contradiction',
  ],
  [
    'two aliases, the alias asked for',
    { answers: [cname('b.example'), cname('c.example')] },
    'contradiction',
    'CNAME',
  ],
  [
    'two aliases further on',
    {
      answers: [
        cname('b.example'),
        cname('c.example', 'b.example'),
        cname('d.example', 'b.example'),
      ],
    },
    'contradiction',
  ],
  [
    'an alias with an address further on',
    { answers: [cname('b.example'), cname('c.example', 'b.example'), a('b.example')] },
    'contradiction',
  ],
  [
    'an alias with an address, of a server with the zone',
    { flags: AA | RA, answers: [a(), cname('b.example')] },
    'contradiction',
  ],
  ['an address under NXDOMAIN', { flags: RCODE.NXDOMAIN | RA, answers: [a()] }, 'contradiction'],
  ['NODATA with the SOA of another zone', { authorities: [soa('example.net')] }, 'contradiction'],
  [
    'NODATA with the SOA of a name below',
    { authorities: [soa('x.www.example.com')] },
    'contradiction',
  ],
  [
    'NODATA with the SOA of another zone, of a server that resolves',
    { flags: RA, authorities: [soa('example.net')] },
    'contradiction',
  ],
  [
    'NODATA of a server with the zone, with the SOA of another',
    { flags: AA, authorities: [soa('example.net')] },
    'contradiction',
  ],
  [
    'an address of another class',
    { flags: RA, answers: [{ ...a(), class: 'CH' } as Answer] },
    'contradiction',
  ],
  ['records of others only', { flags: RA | AA, answers: [a('x.example')] }, 'contradiction'],
  [
    'an address where its IPv6 kind was asked for',
    { flags: RA, answers: [a()] },
    'contradiction',
    'AAAA',
  ],
  [
    'records of others under NXDOMAIN',
    { flags: RCODE.NXDOMAIN | RA, answers: [a('x.example')] },
    'contradiction',
  ],

  [
    'NXDOMAIN that is called blocked',
    { flags: RCODE.NXDOMAIN | RA, additionals: [opt(15)] },
    'filtered',
  ],
  [
    'NXDOMAIN that is called censored',
    { flags: RCODE.NXDOMAIN | RA, additionals: [opt(16)] },
    'filtered',
  ],
  [
    'NODATA that is called filtered',
    { flags: RA, authorities: [soa('com')], additionals: [opt(17)] },
    'filtered',
  ],
  [
    'an address that is called blocked',
    { flags: RA, answers: [a()], additionals: [opt(15)] },
    'filtered',
  ],
  [
    'an address that is called forged',
    { flags: RA, answers: [a()], additionals: [opt(4)] },
    'filtered',
  ],
  [
    'an address that is called filtered among others',
    { flags: RA, answers: [a()], additionals: [opt(3, 17)] },
    'filtered',
  ],
  [
    'an address that is called stale',
    { flags: RA, answers: [a()], additionals: [opt(3)] },
    'answer',
  ],
  ['REFUSED because it is blocked', { flags: RCODE.REFUSED, additionals: [opt(15)] }, 'refused'],
  [
    'SERVFAIL because it is censored',
    { flags: RCODE.SERVFAIL, additionals: [opt(16)] },
    'servfail',
  ],

  ['SERVFAIL', { flags: RCODE.SERVFAIL | RA }, 'servfail'],
  [
    'SERVFAIL with an alias',
    { flags: RCODE.SERVFAIL | RA, answers: [cname('b.example')] },
    'servfail',
  ],
  ['SERVFAIL of a server with the zone', { flags: RCODE.SERVFAIL | AA }, 'servfail'],
  ['REFUSED of a server that resolves', { flags: RCODE.REFUSED | RA }, 'refused'],
  ['REFUSED with an address', { flags: RCODE.REFUSED, answers: [a()] }, 'refused'],
  ['REFUSED with name servers', { flags: RCODE.REFUSED, authorities: [ns('com')] }, 'refused'],
  ['NOTAUTH', { flags: 9 }, 'rcode'],
  ['an address under SERVFAIL', { flags: RCODE.SERVFAIL | RA, answers: [a()] }, 'servfail'],
  ['REFUSED', { flags: RCODE.REFUSED }, 'refused'],
  ['REFUSED with a SOA', { flags: RCODE.REFUSED | AA, authorities: [soa('com')] }, 'refused'],
  ['FORMERR', { flags: RCODE.FORMERR }, 'rcode'],
  ['NOTIMP', { flags: RCODE.NOTIMP }, 'rcode'],
  ['an rcode without a name', { flags: 11 }, 'rcode'],
  [
    'an rcode of more than four bits',
    { flags: RA, additionals: [{ name: '.', type: 'OPT', udpPayloadSize: 512, extendedRcode: 1 }] },
    'rcode',
  ],
];

describe('classifyReply', () => {
  it.each<Row>(rows)('%s', (_, packet, expected, type) => {
    expect(classOf(packet, type)).toBe(expected);
  });
});
