/** Odd answers that users of other tools reported, each as a small server, with the verdict that is right. */

import type { Answer, Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probe/options.js';
import {
  type Asked,
  a,
  type Behaviour,
  cname,
  found,
  nodata,
  nxdomain,
  RCODE,
  rcode,
  scriptedDns,
  soa,
} from '../support/scripted-dns.js';
import { probeAll, verdict } from '../support/verdicts.js';

interface Row {
  readonly behave: Behaviour;
  /** By name; all are asked at once. */
  readonly expected: Readonly<Record<string, string>>;
  readonly options?: ProbeOptions;
}

const dname = (name: string, data: string): Answer => ({ name, type: 'DNAME', ttl: 60, data });
/** What only some names are answered with; all others do not exist. */
const zone =
  (names: Readonly<Record<string, Behaviour>>): Behaviour =>
  (asked) =>
    (names[asked.name.toLowerCase()] ?? nxdomain)(asked);
const answering =
  (...answers: Answer[]): Behaviour =>
  (asked) =>
    asked.reply({ answers });
/** An extended error (RFC 8914). */
const withError = (code: number): Answer[] => [
  {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    options: [{ code: 15, data: Buffer.of(0, code) }],
  } as never,
];
const withTail =
  (behave: (asked: Asked) => Packet): Behaviour =>
  (asked) =>
    asked.send(Buffer.concat([asked.message(behave(asked)), Buffer.alloc(24, 0x55)]));
const wholeAnswers: Readonly<Record<string, Packet>> = {
  'a.example': { answers: [a('a.example')] },
  'gone.example': { authorities: [soa] },
  'empty.example': { authorities: [soa] },
};

const rows: Record<string, Row> = {
  'a DNAME and the address of the target, without the CNAME (RFC 6672, 3.4)': {
    behave: answering(dname('old.example', 'new.example'), a('www.new.example')),
    expected: { 'www.old.example': 'found' },
  },
  'a DNAME at the very name, which it does not redirect (RFC 6672, 2.3)': {
    behave: (asked) =>
      asked.type === 'DNAME'
        ? answering(dname('old.example', 'new.example'))(asked)
        : asked.reply({
            answers: [dname('old.example', 'new.example')],
            authorities: [soa],
          }),
    expected: { 'old.example': 'nodata' },
  },
  'a DNAME that leads below itself without end (RFC 6672, 2.2)': {
    behave: (asked) => asked.reply({ answers: [dname('loop.example', 'in.loop.example')] }),
    expected: { 'a.loop.example': 'unknown cname-loop' },
    options: { tries: 2 },
  },
  'YXDOMAIN, as the name behind a DNAME would be too long (RFC 6672, 2.2)': {
    behave: (asked) =>
      asked.reply({ flags: 6, answers: [dname('example', `${'a'.repeat(60)}.example`)] }),
    expected: { 'www.example': 'unknown rcode' },
    options: { tries: 2 },
  },
  'NXDOMAIN for an empty non-terminal whose child exists (RFC 8020)': {
    behave: zone({ 'a.b.example': found, 'b.example': nxdomain }),
    expected: { 'b.example': 'nxdomain', 'a.b.example': 'found' },
  },
  'the records of a chain in the wrong order, in mixed case': {
    behave: answering(
      a('C.Example'),
      cname('b.EXAMPLE', 'c.example'),
      cname('A.example', 'B.example'),
    ),
    expected: { 'a.example': 'found' },
  },
  'a CNAME to itself in another case': {
    behave: (asked) => asked.reply({ answers: [cname(asked.name, asked.name.toUpperCase())] }),
    expected: { 'a.example': 'unknown cname-loop' },
    options: { tries: 2 },
  },
  'a CNAME to the root, which has no address': {
    behave: (asked) =>
      asked.name === '' || asked.name === '.'
        ? asked.reply({ authorities: [{ ...soa, name: '.' }] })
        : asked.reply({ answers: [cname(asked.name, '.')] }),
    expected: { 'a.example': 'nodata' },
  },
  'bytes behind the message': {
    behave: zone({
      'found.example': withTail((asked) => ({ answers: [a(asked.name)] })),
      'gone.example': withTail(() => ({ flags: RCODE.NXDOMAIN, authorities: [soa] })),
      'fails.example': withTail(() => ({ flags: RCODE.SERVFAIL })),
    }),
    expected: {
      'found.example': 'found',
      'gone.example': 'nxdomain',
      'fails.example': 'unknown servfail',
    },
    options: { tries: 2 },
  },
  'the bit for truncation over TCP too, with a whole answer': {
    behave: (asked) =>
      asked.reply({
        flags: 0x0380 | (asked.name === 'gone.example' ? RCODE.NXDOMAIN : 0),
        ...(asked.transport === 'tcp' && wholeAnswers[asked.name]),
      }),
    expected: {
      'a.example': 'found',
      'gone.example': 'nxdomain',
      'empty.example': 'unknown malformed',
    },
    options: { tries: 2 },
  },
  'HINFO to ANY (RFC 8482, 4.2)': {
    behave: (asked) =>
      asked.reply({
        answers: [{ name: asked.name, type: 'HINFO', ttl: 60, data: { cpu: 'RFC8482', os: '' } }],
      }),
    expected: { 'a.example': 'found' },
    options: { types: ['ANY'] },
  },
  'NOTIMP to HTTPS, and an address': {
    behave: (asked) => (asked.type === 'A' ? found : rcode(RCODE.NOTIMP))(asked),
    expected: { 'a.example': 'found' },
    options: { types: ['HTTPS', 'A'], tries: 2 },
  },
  'NOTIMP to HTTPS, and no address: not every type was answered': {
    behave: (asked) => (asked.type === 'A' ? nodata : rcode(RCODE.NOTIMP))(asked),
    expected: { 'a.example': 'unknown rcode' },
    options: { types: ['HTTPS', 'A'], tries: 2 },
  },
  'the address 0.0.0.0, called blocked (RFC 8914, 4.16)': {
    behave: (asked) =>
      asked.reply({ answers: [a(asked.name, '0.0.0.0')], additionals: withError(15) }),
    expected: { 'a.example': 'unknown filtered' },
    options: { tries: 2 },
  },
  'stale answers (RFC 8914, 4.4 and 4.20)': {
    behave: zone({
      'old.example': (asked) =>
        asked.reply({ answers: [a(asked.name)], additionals: withError(3) }),
      'gone.example': (asked) =>
        asked.reply({ flags: RCODE.NXDOMAIN, authorities: [soa], additionals: withError(19) }),
    }),
    expected: { 'old.example': 'found', 'gone.example': 'nxdomain' },
  },
  'FORMERR to EDNS that counts an OPT record and has none': {
    behave: (asked) => {
      if (!asked.hasEdns) return found(asked);
      const message = asked.message({ flags: RCODE.FORMERR });
      message.writeUInt16BE(1, 10);
      return asked.send(message);
    },
    expected: { 'a.example': 'found' },
    options: { tries: 2 },
  },
  'the question twice, and one answer: no query has two (RFC 9619)': {
    behave: (asked) => {
      const question = { name: asked.name, type: asked.type } as never;
      asked.reply({ questions: [question, question], answers: [a(asked.name)] });
    },
    expected: { 'a.example': 'unknown timeout' },
    options: { timeout: 0.2, tries: 2 },
  },
  'a pointer to itself in the place of a name (RFC 1035, 4.1.4)': {
    behave: (asked) => {
      const message = asked.message({ answers: [a(asked.name)] });
      const at = 12 + asked.name.length + 2 + 4;
      const owner = Buffer.of(0xc0, at);
      asked.send(
        Buffer.concat([
          message.subarray(0, at),
          owner,
          message.subarray(at + asked.name.length + 2),
        ]),
      );
    },
    expected: { 'a.example': 'unknown malformed' },
    options: { tries: 2 },
  },
  'AAAA in answer to A: another type says nothing about this': {
    behave: (asked) =>
      asked.reply({ answers: [{ name: asked.name, type: 'AAAA', ttl: 60, data: '2001:db8::1' }] }),
    expected: { 'a.example': 'unknown contradiction' },
    options: { tries: 2 },
  },
};

describe('the verdict is right where the answer is', () => {
  it.each(Object.entries(rows))('%s', async (_, { behave, expected, options }) => {
    await using server = await scriptedDns(behave);
    const names = Object.keys(expected);
    const results = await probeAll(names, { resolvers: [server.resolver], ...options });
    expect(Object.fromEntries(results.map((each) => [each.name, verdict(each)]))).toEqual(expected);
  });
});
