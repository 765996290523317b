import { type Answer, decode, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import {
  bareReply,
  MAX_CHAIN,
  MAX_QUERY,
  matchQuestion,
  type Question,
  RCODE,
  type Reply,
  rcodeName,
  readKeepalive,
  readReply,
  writeQuery,
} from '../../src/dns/message.js';
import { TYPE } from '../../src/dns/types.js';

const name = 'www.example.com';
const question: Question = { name, type: TYPE.A };
const soa = {
  mname: 'ns.example.com',
  rname: 'hostmaster.example.com',
  serial: 4294967295,
  refresh: 7200,
  retry: 900,
  expire: 1209600,
  minimum: 300,
};

/** An answer to the question, with whatever a test wants in it. */
function reply(packet: Packet = {}): Buffer {
  return encode({ id: 7, type: 'response', questions: [{ name, type: 'A' }], ...packet });
}

function read(bytes: Uint8Array, to: Question = question) {
  return readReply(bytes, 0, bytes.length, to);
}

function match(bytes: Uint8Array, to: Question = question) {
  return matchQuestion(bytes, 0, bytes.length, to);
}

const a = (owner: string, data: string): Answer => ({ name: owner, type: 'A', ttl: 60, data });
const cname = (owner: string, data: string): Answer => ({
  name: owner,
  type: 'CNAME',
  ttl: 60,
  data,
});
const soaRecord: Answer = { name: 'example.com', type: 'SOA', ttl: 60, data: soa };
const nsRecord: Answer = { name: 'com', type: 'NS', ttl: 60, data: 'a.gtld.example' };

describe('writeQuery', () => {
  it.each([
    ['example.com', 'A'],
    ['a', 'AAAA'],
    ['_dmarc.example.com', 'TXT'],
    ['*.example.com', 'CNAME'],
    [`${'a'.repeat(63)}.example`, 'MX'],
    [[63, 63, 63, 61].map((length) => 'b'.repeat(length)).join('.'), 'SOA'],
    ['example.com', 'CAA'],
  ])('asks for %s %s in words that dns-packet understands', (asked, type) => {
    const into = Buffer.alloc(MAX_QUERY + 2);
    const number = TYPE[type as keyof typeof TYPE];
    const end = writeQuery(
      into,
      2,
      { id: 0xabcd, question: { name: asked, type: number } },
      'none',
    );
    expect(end - 2).toBe(12 + asked.length + 2 + 4);
    expect(decode(into.subarray(2, end))).toMatchObject({
      id: 0xabcd,
      type: 'query',
      opcode: 'QUERY',
      flag_rd: true,
      rcode: 'NOERROR',
      questions: [{ name: asked, type, class: 'IN' }],
      answers: [],
      authorities: [],
      additionals: [],
    });
  });

  it('offers 1,232 bytes with EDNS, and fits where it says that it fits', () => {
    const into = Buffer.alloc(MAX_QUERY, 0xff);
    const longest = [63, 63, 63, 61].map((length) => 'b'.repeat(length)).join('.');
    const end = writeQuery(
      into,
      0,
      { id: 1, question: { name: longest, type: TYPE.A } },
      'payload',
    );
    expect(end).toBeLessThanOrEqual(MAX_QUERY);
    expect(decode(into.subarray(0, end))).toMatchObject({
      questions: [{ name: longest }],
      additionals: [{ name: '.', type: 'OPT', udpPayloadSize: 1232, extendedRcode: 0 }],
    });
  });

  it('offers to stay connected, and reads for how long the server agrees', () => {
    const into = Buffer.alloc(MAX_QUERY, 0xff);
    const longest = [63, 63, 63, 61].map((length) => 'b'.repeat(length)).join('.');
    const end = writeQuery(
      into,
      0,
      { id: 1, question: { name: longest, type: TYPE.A } },
      'keepalive',
    );
    expect(end).toBe(MAX_QUERY);
    const { additionals } = decode(into);
    expect(additionals).toMatchObject([
      { type: 'OPT', options: [{ code: 11, type: 'TCP_KEEPALIVE' }] },
    ]);
    const answer = Buffer.from(
      // 30 s in tenths, in the OPT record of an answer without a question.
      '000180000000000000000001000029' + '04d000000000' + '0006' + '000b0002' + '012c',
      'hex',
    );
    expect(
      readKeepalive(
        Buffer.concat([
          answer.subarray(0, 12),
          Buffer.from('0000010001', 'hex'),
          answer.subarray(12),
        ]),
        0,
        answer.length + 5,
      ),
    ).toBe(30_000);
  });

  it('asks for the root', () => {
    const into = Buffer.alloc(MAX_QUERY);
    const end = writeQuery(into, 0, { id: 1, question: { name: '', type: TYPE.NS } }, 'none');
    expect(decode(into.subarray(0, end)).questions).toMatchObject([{ name: '.', type: 'NS' }]);
  });
});

describe('matchQuestion', () => {
  it('knows the answer to its question, whatever the case of the echo', () => {
    expect(match(reply())).toBe('answer');
    expect(match(reply({ questions: [{ name: 'wWw.eXAMPLE.COM', type: 'A' }] }))).toBe('answer');
  });

  it.each<[string, Buffer]>([
    ['a query', encode({ id: 7, type: 'query', questions: [{ name, type: 'A' }] })],
    ['another name', reply({ questions: [{ name: 'xww.example.com', type: 'A' }] })],
    ['a longer name', reply({ questions: [{ name: 'a.www.example.com', type: 'A' }] })],
    ['a shorter name', reply({ questions: [{ name: 'www.example', type: 'A' }] })],
    ['the root', reply({ questions: [{ name: '.', type: 'A' }] })],
    ['another type', reply({ questions: [{ name, type: 'AAAA' }] })],
    ['another class', reply({ questions: [{ name, type: 'A', class: 'CH' }] })],
    ['no question', reply({ questions: [] })],
    ['no question, NXDOMAIN', reply({ questions: [], flags: RCODE.NXDOMAIN })],
    [
      'two questions',
      reply({
        questions: [
          { name, type: 'A' },
          { name, type: 'A' },
        ],
      }),
    ],
    ['another opcode', reply({ flags: 4 << 11 })],
    ['nothing', Buffer.alloc(0)],
    ['half a header', reply().subarray(0, 11)],
    ['half a question', reply().subarray(0, 20)],
    ['no class', reply().subarray(0, reply().length - 1)],
  ])('has nothing to do with %s', (_, bytes) => {
    expect(match(bytes)).toBe('other');
  });

  it('does not take a dot inside a label for two labels', () => {
    const bytes = reply({ questions: [{ name: 'www.exampleXcom', type: 'A' }] });
    bytes[bytes.indexOf('X')] = '.'.charCodeAt(0);
    expect(match(bytes)).toBe('other');
  });

  it.each([RCODE.FORMERR, RCODE.SERVFAIL, RCODE.NOTIMP, RCODE.REFUSED, 11])(
    'knows an error that has lost its question: rcode %i',
    (flags) => {
      const bare = reply({ questions: [], flags });
      expect(bare).toHaveLength(12);
      expect(match(bare)).toBe('error');
      expect(match(reply({ flags }))).toBe('answer');
    },
  );

  it.each([['1.0/25.2.0.192.in-addr.arpa'], ['a\\.b\\032\\255.example'], ['.']])(
    'knows the echo of a name of any octets: %s',
    (odd) => {
      const into = Buffer.alloc(MAX_QUERY);
      const to = { name: odd, type: TYPE.PTR };
      const end = writeQuery(into, 0, { id: 7, question: to }, 'none');
      into[2] = 0x84;
      expect(match(into.subarray(0, end), to)).toBe('answer');
      expect(match(into.subarray(0, end), { ...to, name: 'other.example' })).toBe('other');
    },
  );
});

const optRecord: Answer = { name: '.', type: 'OPT', udpPayloadSize: 1232 };

describe('readReply', () => {
  it('takes every record of the name where all types were asked for', () => {
    const answers: Answer[] = [a(name, '192.0.2.1'), { name, type: 'TXT', ttl: 60, data: 'text' }];
    const all: Question = { name, type: TYPE.ANY };
    const records = read(reply({ questions: [{ name, type: 'ANY' }], answers }), all)?.records;
    expect(records?.map(({ type }) => type)).toEqual(['A', 'TXT']);
  });

  it('finds the records of the type', () => {
    expect(read(reply({ answers: [a(name, '192.0.2.1'), a(name, '192.0.2.2')] }))).toEqual({
      rcode: RCODE.NOERROR,
      isTruncated: false,
      isAuthoritative: false,
      isRecursive: false,
      records: [
        { name, type: 'A', ttl: 60, data: '192.0.2.1' },
        { name, type: 'A', ttl: 60, data: '192.0.2.2' },
      ],
      chain: 0,
      loops: false,
      contradicts: false,
      isUnrelated: false,
      hasOtherSoa: false,
      hasSoa: false,
      hasNameServers: false,
      hasMisplaced: false,
      extendedErrors: [],
    });
  });

  it('leaves records of another owner, type or class', () => {
    const answers: Answer[] = [
      a('example.com', '192.0.2.1'),
      { name, type: 'TXT', ttl: 1, data: 'text' },
      { ...a(name, '192.0.2.2'), class: 'CH' },
      a(name.toUpperCase(), '192.0.2.3'),
    ];
    expect(read(reply({ answers }))?.records.map(({ data }) => data)).toEqual(['192.0.2.3']);
  });

  it('follows the CNAME chain, in its order, whatever the order of the records', () => {
    const answers = [
      a('c.example', '192.0.2.1'),
      cname('B.example', 'C.example'),
      cname(name, 'b.example'),
    ];
    expect(read(reply({ answers }))).toMatchObject({
      chain: 2,
      records: [
        { name, type: 'CNAME', data: 'b.example.' },
        { name: 'b.example', type: 'CNAME', data: 'C.example.' },
        { name: 'c.example', type: 'A', data: '192.0.2.1' },
      ],
    });
  });

  it('does not follow a chain where the CNAME itself was asked for', () => {
    const answers = [cname(name, 'b.example'), cname('b.example', 'c.example')];
    const to = { name, type: TYPE.CNAME };
    const bytes = reply({ questions: [{ name, type: 'CNAME' }], answers });
    expect(read(bytes, to)).toMatchObject({ chain: 0, records: [{ data: 'b.example.' }] });
  });

  it('leaves an address that hangs at no CNAME of the chain', () => {
    const answers = [cname(name, 'b.example'), a('elsewhere.example', '192.0.2.1')];
    expect(read(reply({ answers }))).toMatchObject({ chain: 1, records: [{ type: 'CNAME' }] });
  });

  it('ends in a chain that loops, and in one that is too long', () => {
    const loop = [cname(name, 'b.example'), cname('b.example', name)];
    expect(read(reply({ answers: loop }))).toMatchObject({ chain: 2, loops: true });
    const long = (length: number) =>
      Array.from({ length }, (_, i) =>
        cname(i === 0 ? name : `n${i}.example`, `n${i + 1}.example`),
      );
    const whole = [...long(MAX_CHAIN), a(`n${MAX_CHAIN}.example`, '192.0.2.1')];
    expect(read(reply({ answers: whole }))).toMatchObject({ chain: MAX_CHAIN, loops: false });
    const endless = read(reply({ answers: long(500) }));
    expect(endless).toMatchObject({ loops: true });
    expect(endless?.records.length).toBeLessThanOrEqual(MAX_CHAIN + 1);
  });

  it('takes a DNAME for the CNAME that it stands for', () => {
    const answers: Answer[] = [
      { name: 'example.com', type: 'DNAME', ttl: 60, data: 'elsewhere.example' },
      a('www.elsewhere.example', '192.0.2.1'),
    ];
    expect(read(reply({ answers }))).toMatchObject({
      chain: 1,
      records: [{ name, type: 'CNAME', data: 'www.elsewhere.example.' }, { data: '192.0.2.1' }],
    });
    const long = `${'a'.repeat(63)}.`.repeat(4).slice(0, -5);
    const tooLong: Answer[] = [{ name: 'example.com', type: 'DNAME', ttl: 60, data: long }];
    expect(read(reply({ answers: tooLong }))).toBeUndefined();
  });

  it('sees the SOA above the end of the chain, and name servers', () => {
    const flags = (packet: Packet) => {
      const { hasSoa, hasNameServers } = read(reply(packet)) as Reply;
      return [hasSoa, hasNameServers];
    };
    expect(flags({ authorities: [soaRecord] })).toEqual([true, false]);
    expect(flags({ authorities: [nsRecord] })).toEqual([false, true]);
    expect(flags({ authorities: [nsRecord, soaRecord] })).toEqual([true, true]);
    expect(flags({ authorities: [{ ...soaRecord, name: '.' }] })).toEqual([true, false]);
    expect(flags({ authorities: [{ ...soaRecord, name: 'ample.com' }] })).toEqual([false, false]);
    expect(flags({ authorities: [{ ...soaRecord, name: 'a.www.example.com' }] })[0]).toBe(false);
    expect(flags({})).toEqual([false, false]);
    const answers = [cname(name, 'b.example')];
    expect(flags({ answers, authorities: [soaRecord] })[0]).toBe(false);
    expect(flags({ answers, authorities: [{ ...soaRecord, name: 'example' }] })[0]).toBe(true);
  });

  it.each([
    ['the name asked for', 'c00c', true],
    ['the name above it', 'c010', false],
    ['the root', '00', false],
  ])('denies what a SOA of %s does not say to exist', (_, owner, contradicts) => {
    const soa = `${owner}000600010000003c0018c00cc00c${'00000001'.repeat(5)}`;
    const message = `00078183000100000001000003777777076578616d706c6503636f6d0000010001${soa}`;
    expect(read(Buffer.from(message, 'hex'))).toMatchObject({ hasSoa: true, contradicts });
  });

  it.each<[what: string, packet: Packet]>([
    ['two in the additional section', { additionals: [optRecord, optRecord] }],
    ['one in the authority section', { authorities: [optRecord] }],
    ['one in the answer section', { answers: [optRecord] }],
    ['one before the records', { answers: [optRecord, a(name, '192.0.2.1')] }],
  ])('does not read a message with an OPT record too many: %s', (_, packet) => {
    for (const flags of [0, RCODE.NXDOMAIN]) {
      expect(read(reply({ flags, ...packet }))).toBeUndefined();
    }
  });

  it('keeps what the server says about its answer, bounded', () => {
    const errors = (...options: { code: number; data: Buffer }[]) =>
      read(reply({ additionals: [{ name: '.', type: 'OPT', options } as Answer] }))?.extendedErrors;
    const option = (text: string) => ({ code: 15, data: Buffer.from(`\0\x06${text}`, 'latin1') });
    expect(errors(option('no RRSIG\0'))).toEqual([{ code: 6, text: 'no RRSIG' }]);
    expect(errors({ code: 15, data: Buffer.of(0) }, option(''))).toEqual([{ code: 6, text: '' }]);
    expect(errors({ code: 10, data: Buffer.alloc(8) })).toEqual([]);
    expect(errors(...Array.from({ length: 50 }, () => option('x'.repeat(900))))).toEqual(
      Array(4).fill({ code: 6, text: 'x'.repeat(256) }),
    );
  });

  it('keeps the chain in front of an NXDOMAIN', () => {
    const answers = [cname(name, 'gone.example.com')];
    const bytes = reply({ answers, authorities: [soaRecord], flags: RCODE.NXDOMAIN });
    expect(read(bytes)).toMatchObject({ rcode: RCODE.NXDOMAIN, chain: 1, hasSoa: true });
  });

  it('puts an extended rcode together', () => {
    const opt: Answer = { name: '.', type: 'OPT', udpPayloadSize: 1232, extendedRcode: 1 };
    const { rcode } = read(reply({ additionals: [opt] })) ?? {};
    expect(rcodeName(rcode as number)).toBe('BADVERS');
    expect(read(reply({ additionals: [{ ...opt, extendedRcode: 0 }] }))?.rcode).toBe(0);
  });

  it('says that an answer is truncated, and what it holds if it is whole all the same', () => {
    const bytes = reply({ flags: TRUNCATED_RESPONSE, answers: [a(name, '192.0.2.1')] });
    expect(read(bytes)).toMatchObject({ isTruncated: true, records: [{ data: '192.0.2.1' }] });
    const half = read(bytes.subarray(0, bytes.length - 3));
    expect(half).toMatchObject({ isTruncated: true, records: [], hasSoa: false });
  });

  it('believes the rcode of an error whose sections are broken, and nothing else of it', () => {
    const broken = (flags: number) => {
      const bytes = reply({ flags, answers: [a(name, '192.0.2.1')] });
      return read(bytes.subarray(0, bytes.length - 3));
    };
    expect(broken(1)).toEqual(bareReply(1));
    expect([broken(0), broken(3)]).toEqual([undefined, undefined]);
  });

  it('reads inside a larger buffer, where pointers count from the message', () => {
    const message = Buffer.from(
      '00078180000100010000000003777777076578616d706c6503636f6d0000010001c00c00010001000000\
3c0004c0000201',
      'hex',
    );
    const around = Buffer.concat([Buffer.alloc(100, 0xff), message, Buffer.alloc(100, 0xff)]);
    const end = 100 + message.length;
    expect(matchQuestion(around, 100, end, question)).toBe('answer');
    expect(readReply(around, 100, end, question)?.records).toEqual([
      { name, type: 'A', ttl: 60, data: '192.0.2.1' },
    ]);
    expect(readReply(around, 100, end - 1, question)).toBeUndefined();
  });

  it('counts a TTL with its first bit set as 0', () => {
    const answers = [{ ...a(name, '192.0.2.1'), ttl: 0x80000000 }];
    expect(read(reply({ answers }))?.records[0]?.ttl).toBe(0);
  });
});

describe('rcodeName', () => {
  it.each([
    [0, 'NOERROR'],
    [1, 'FORMERR'],
    [2, 'SERVFAIL'],
    [3, 'NXDOMAIN'],
    [4, 'NOTIMP'],
    [5, 'REFUSED'],
    [9, 'NOTAUTH'],
    [16, 'BADVERS'],
    [23, 'RCODE23'],
    [4095, 'RCODE4095'],
  ])('of %i is %s', (rcode, expected) => {
    expect(rcodeName(rcode)).toBe(expected);
  });
});
