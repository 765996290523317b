/** Every type of record, with all that is hard to write, as kdig writes it. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/installed.js';
import { startKnot } from '../support/knot.js';
import type { NameServer } from '../support/name-server.js';
import { findProgram } from '../support/programs.js';
import { probeAll } from '../support/verdicts.js';

const origin = 'flags.example';
const key =
  'mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==';
const ech =
  'AEX+DQBBzgAgACDGFrsyyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAEAAQASY2xvdWRmbGFyZS1lY2guY29tAAA=';

/** Owner, type and data; what is not ASCII is written as `\DDD`, as in every zone file. */
const records: readonly (readonly [owner: string, type: string, ...data: string[]])[] = [
  ['@', 'SOA', 'ns host\\.master 4294967295 3600 900 604800 60'],
  ['@', 'NS', 'ns', 'ns2.elsewhere.example.'],
  ['ns', 'A', '127.0.0.1', '0.0.0.0', '255.255.255.255'],
  [
    'six',
    'AAAA',
    '2001:db8::1',
    '::',
    '2001:db8:0:1:0:0:0:1',
    '1:0:0:2:0:0:3:4',
    '::1:2:3:4:5:6:7',
  ],
  ['mapped', 'AAAA', '::ffff:192.0.2.1', '::192.0.2.1', '64:ff9b::192.0.2.1', '::1', '::ffff'],
  ['alias', 'CNAME', 'a\\.b\\\\c\\"d\\032e\\000f\\255g\\;h\\(i\\)j\\$k\\@l.Mixed'],
  ['mail', 'MX', '0 .', '65535 mx', '10 mx.elsewhere.example.'],
  [
    'text',
    'TXT',
    '""',
    '"plain"',
    '"one" "two" ""',
    '"a \\"quoted\\" word and a back\\\\slash"',
    '"a;b (c) $d @e \'f\'"',
    '"tab\\009 line\\010 nul\\000 del\\127 high\\128\\255"',
    `"caf\\195\\169"`,
    `"${'x'.repeat(255)}"`,
    `"${'y'.repeat(255)}" "${'z'.repeat(255)}" "end"`,
  ],
  [
    'issue',
    'CAA',
    '0 issue "ca.example; policy=ev"',
    '128 iodef "mailto:a@b.example"',
    '0 issue ";"',
    '1 tbs "q\\"u\\\\o\\255te"',
    '0 empty ""',
  ],
  ['_sip._tcp', 'SRV', '1 2 5060 sip', '0 0 0 .', '65535 65535 65535 a\\.b.sip'],
  ['pointer', 'PTR', 'host', 'a\\.dot', 'under_score', '*.star'],
  [
    'child',
    'DS',
    '60485 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A',
    '1 253 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
  ],
  ['@', 'DNSKEY', `257 3 13 ${key}`, '256 3 8 AwEAAQ=='],
  [
    'svc',
    'HTTPS',
    '0 other',
    '1 .',
    '2 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1,::ffff:192.0.2.1,2001:db8::2',
    '3 . mandatory=alpn,ipv4hint alpn=h2 no-default-alpn ipv4hint=192.0.2.1',
    `4 . ech="${ech}"`,
    '5 svc.elsewhere.example. alpn=h2 key65000="a b"',
  ],
  [
    '_8443._svc',
    'SVCB',
    '1 . key667="hello"',
    '2 . key667="hello\\210qoo"',
    '3 . key667="q\\"u\\\\o;t(e) ,$"',
    '4 . key667',
    '5 . alpn="f\\\\\\\\oo\\\\,bar,h2"',
    '6 . alpn="sp\\032ace,qu\\"ote,\\001\\255"',
    '7 . mandatory=port,key700,key65535 port=0 key700="x" key65535="y"',
    '8 . key7="/dns-query{?dns}"',
    '9 . key8',
  ],
  ['odd', 'TYPE65280', '\\# 4 DEADBEEF', '\\# 0', '\\# 1 00'],
  ['odd', 'TYPE13', '\\# 12 05494E54454C054C494E5558'],
  ['odd', 'TYPE29', '\\# 16 00 12 16 13 80 00 00 00 80 00 00 00 00 98 96 80'],
];

const zone = [
  `$ORIGIN ${origin}.`,
  '$TTL 60',
  // A DS stands where another zone begins.
  'child NS ns',
  ...records.flatMap(([owner, type, ...data]) => data.map((each) => `${owner} ${type} ${each}`)),
].join('\n');

const fullName = (owner: string) => (owner === '@' ? origin : `${owner}.${origin}`);

/** What kdig shows of the data, in no order. Types that we have no name for come as bytes. */
async function kdigShort(server: NameServer, owner: string, type: string): Promise<string[]> {
  const args = [`@${server.host}`, '-p', String(server.port), '+tcp', '+short'];
  const more = type.startsWith('TYPE') ? ['+generic'] : [];
  const path = findProgram('kdig') ?? 'kdig';
  const asked = [...args, ...more, '-t', type, '-q', `${fullName(owner)}.`];
  const { stdout } = await promisify(execFile)(path, asked);
  // Behind some data kdig leaves a space.
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => line.trimEnd()).sort();
}

describe.skipIf(lacks('knotd', 'kdig'))('records', () => {
  let server: NameServer;
  beforeAll(async () => {
    server = await startKnot(origin, `${zone}\n`);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it.each(records.map(([owner, type, ...data]) => [type, owner, data.length] as const))(
    '%s of %s are written as kdig writes them',
    async (type, owner, count) => {
      const options = { resolvers: [`${server.host}:${server.port}`], types: [type] };
      const [result] = await probeAll([fullName(owner)], options);
      const shown = result?.status === 'found' ? result.records : [];
      expect(shown.map(({ data }) => data).sort()).toEqual(await kdigShort(server, owner, type));
      expect(shown).toHaveLength(count);
      expect(new Set(shown.map((record) => record.type))).toEqual(new Set([type]));
    },
  );
});
