import { type Answer, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { RCODE, type Reply, readReply } from '../../src/dns/message.js';
import { classifyReply, denialOf, type ReplyClass } from '../../src/dns/reply-class.js';
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

function read(packet: Packet, type: keyof typeof TYPE = 'A'): Reply | undefined {
  const bytes = encode({ id: 7, type: 'response', questions: [{ name, type }], ...packet });
  return readReply(bytes, 0, bytes.length, { name, type: typeNumber(type) as number });
}

function classOf(packet: Packet, type?: keyof typeof TYPE): ReplyClass {
  return classifyReply(read(packet, type) as Reply);
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
  [
    'NXDOMAIN of an alias, with the SOA of the zone of the alias',
    {
      flags: RCODE.NXDOMAIN | RA,
      answers: [cname('b.example')],
      authorities: [soa(name)],
    },
    'answer',
  ],
  ['NODATA with the SOA of the name itself', { flags: RA, authorities: [soa(name)] }, 'answer'],
  [
    'NODATA of a zone where its IPv6 kind was asked for, with its IPv4 address beside',
    { flags: RA, authorities: [soa(name)], additionals: [a()] },
    'answer',
    'AAAA',
  ],
  [
    'an address, with a second OPT behind it',
    { flags: RA, answers: [a()], additionals: [opt(), opt()] },
    'answer',
  ],
  [
    'a CNAME to follow, with its address in the additional section',
    { flags: RA, answers: [cname('b.example')], additionals: [a('b.example')] },
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

  [
    'name servers of the name, where they were asked for',
    { authorities: [ns(name)] },
    'referral',
    'NS',
  ],
  [
    'name servers, with the address asked for as their glue',
    { authorities: [ns('example.com')], additionals: [a()] },
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
    'NXDOMAIN with the SOA of another zone',
    { flags: RCODE.NXDOMAIN | RA, authorities: [soa('example.net')] },
    'contradiction',
  ],
  [
    'NXDOMAIN with the SOA of a name below',
    { flags: RCODE.NXDOMAIN | RA, authorities: [soa('x.www.example.com')] },
    'contradiction',
  ],
  [
    'NXDOMAIN with the SOA of the name itself',
    { flags: RCODE.NXDOMAIN | RA, authorities: [soa(name)] },
    'contradiction',
  ],
  [
    'NXDOMAIN with the SOA of the name itself, beside that of its zone',
    { flags: RCODE.NXDOMAIN | AA, authorities: [soa('Example.com'), soa('WWW.example.com')] },
    'contradiction',
  ],
  [
    'NXDOMAIN of an alias, with the SOA of its very target',
    { flags: RCODE.NXDOMAIN | RA, answers: [cname('b.example')], authorities: [soa('B.example')] },
    'contradiction',
  ],
  ...[{ flags: 0 }, { flags: RA }, { flags: AA }, { flags: RA | RCODE.NXDOMAIN }].flatMap(
    ({ flags }): Row[] => [
      [
        `an address of its own in the authority section only, with flags ${flags}`,
        { flags, authorities: [a()] },
        'contradiction',
      ],
      [
        `an alias in the authority section only, with flags ${flags}`,
        { flags, authorities: [cname('b.example'), a('b.example')] },
        'contradiction',
      ],
      [
        `an alias in the additional section only, with flags ${flags}`,
        { flags, additionals: [a('b.example'), cname('b.example')] },
        'contradiction',
      ],
      [
        `an address of its own in the additional section only, with flags ${flags}`,
        { flags, additionals: [a()] },
        'contradiction',
      ],
    ],
  ),
  [
    'an address of its own in the additional section, under a SOA',
    { flags: RA, authorities: [soa('example.com')], additionals: [a()] },
    'contradiction',
  ],
  [
    'an address of the target in the authority section, under NXDOMAIN',
    {
      flags: RCODE.NXDOMAIN | RA,
      answers: [cname('b.example')],
      authorities: [a('b.example')],
    },
    'contradiction',
  ],
  [
    'the SOA asked for in the authority section only',
    { flags: RA, authorities: [soa(name)] },
    'contradiction',
    'SOA',
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
  ...[6, 13, 14].flatMap((code): Row[] => [
    [
      `NXDOMAIN that has no answer behind it (${code})`,
      { flags: RCODE.NXDOMAIN | RA, authorities: [soa('com')], additionals: [opt(code)] },
      'contradiction',
    ],
    [
      `NODATA that has no answer behind it (${code})`,
      { flags: RA, additionals: [opt(code)] },
      'contradiction',
    ],
    [
      `an address, though there is said to be no answer (${code})`,
      { flags: RA, answers: [a()], additionals: [opt(code)] },
      'answer',
    ],
  ]),
  ...[7, 8, 9, 10, 11, 12, 22, 23].flatMap((code): Row[] => [
    [
      `NXDOMAIN of a server that reached no other (${code})`,
      { flags: RCODE.NXDOMAIN | RA, additionals: [opt(code)] },
      'contradiction',
    ],
    [
      `NODATA of a server that reached no other (${code})`,
      { flags: RA, additionals: [opt(code)] },
      'contradiction',
    ],
    [
      `NXDOMAIN with the SOA of the zone, of a server that did not reach all of its servers (${code})`,
      { flags: RCODE.NXDOMAIN | RA, authorities: [soa('com')], additionals: [opt(code)] },
      'answer',
    ],
    [
      `a CNAME to follow, of a server that did not reach all servers (${code})`,
      { flags: RA, answers: [cname('b.example')], additionals: [opt(code)] },
      'answer',
    ],
  ]),
  [
    'NXDOMAIN that is called stale',
    { flags: RCODE.NXDOMAIN | RA, additionals: [opt(19)] },
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

describe('denialOf', () => {
  const NX = RCODE.NXDOMAIN | RA;
  it.each<[what: string, packet: Packet, expected: ReturnType<typeof denialOf>]>([
    ['an address', { answers: [a()] }, undefined],
    ['an alias', { flags: NX, answers: [cname('b.example')] }, undefined],
    ['NXDOMAIN and nothing', { flags: NX }, 'bare'],
    ['NXDOMAIN with a SOA', { flags: NX, authorities: [soa('com')] }, 'vouched'],
    ...[3, 7, 12, 19, 22, 23].flatMap((code): [string, Packet, 'doubtful'][] => [
      [
        `NXDOMAIN with a SOA and the extended error ${code}`,
        { flags: NX, authorities: [soa('com')], additionals: [opt(code)] },
        'doubtful',
      ],
      [`nothing, with the extended error ${code}`, { additionals: [opt(code)] }, 'doubtful'],
    ]),
    [
      'NODATA with a SOA and another extended error',
      { authorities: [soa('com')], additionals: [opt(18)] },
      'vouched',
    ],
  ])('%s', (_, packet, expected) => {
    expect(denialOf(read(packet) as Reply)).toBe(expected);
  });
});
