/** Every type of record, with all that is hard to write, as kdig writes it. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBind } from '../support/bind.js';
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
  ['tlsa', 'TLSA', '3 1 1 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A'],
  ['smimea', 'SMIMEA', '0 0 0 01', '3 1 2 ABCDEF'],
  ['sshfp', 'SSHFP', '2 1 123456789ABCDEF67890123456789ABCDEF67890', '255 0 00'],
  [
    'naptr',
    'NAPTR',
    '100 10 "u" "E2U+sip" "!^.*$!sip:a\\\\1@b.example!" .',
    '0 65535 "" "" "" a\\.b.other',
  ],
  ['hinfo', 'HINFO', '"INTEL" "LINUX"', '"" "a \\"b\\" \\255"'],
  ['tree', 'DNAME', 'elsewhere.example.'],
  [
    'loc',
    'LOC',
    '51 30 12.748 N 0 7 39.611 W 0.00m 0.00m 0.00m 0.00m',
    '90 0 0 S 180 0 0 E -100000.00m 90000000.00m 0.01m 10m',
    '0 0 0.001 N 0 0 0.001 W 42849672.95m 1m 10000m 10m',
    '33 51 59.999 S 151 12 59.999 E 12.34m 2m 300m 5m',
  ],
  ['uri', 'URI', '10 1 "ftp://ftp1.example.com/public"', '0 65535 "a \\"b\\" \\\\ \\200"'],
  ['sub', 'RRSIG', 'A 13 2 3600 20380119031407 19700101000000 12345 flags.example. mdsswUyr3DPW'],
  ['sub', 'RRSIG', 'TYPE65280 8 255 0 20240229235959 21060207062815 0 . AQ=='],
  ['nsec', 'NSEC', 'host A MX RRSIG NSEC TYPE1234', 'a\\.b.flags.example. CAA'],
  ['param', 'NSEC3PARAM', '1 0 12 AABBCCDD', '1 0 0 -'],
  ['cds', 'CDS', '60485 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A'],
  ['cdnskey', 'CDNSKEY', '256 3 8 AwEAAQ==', '0 3 0 AA=='],
  ['key', 'KEY', '256 3 8 AwEAAQ=='],
  ['pgp', 'OPENPGPKEY', 'mdsswUyr3DPW132mOi8V9xESWE8jTo0d'],
  ['csync', 'CSYNC', '66 3 A NS AAAA', '4294967295 0'],
  [
    'zonemd',
    'ZONEMD',
    '2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47BA7FED2DD5B97AE499FAFA4F22C6BD647DE',
  ],
  ['spf', 'SPF', '"v=spf1 -all" "x"'],
  ['rp', 'RP', 'admin.example. .'],
  ['minfo', 'MINFO', 'a b.example.'],
  ['afsdb', 'AFSDB', '1 afs'],
  ['kx', 'KX', '10 kx'],
  ['rt', 'RT', '10 relay'],
  ['cert', 'CERT', 'PGP 0 0 AQ==', 'PKIX 65535 8 mdsswUyr3DPW', '65280 1 2 AQID'],
  ['dhcid', 'DHCID', 'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA='],
  [
    'ipsec',
    'IPSECKEY',
    '10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '10 3 2 gateway.example. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '10 2 2 2001:db8::8002 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
  ],
  ['apl', 'APL', '1:192.0.2.0/24 !1:192.0.2.128/25 2:2001:db8::/32', '1:0.0.0.0/0'],
  ['nid', 'NID', '10 0014:4fff:ff20:ee64'],
  ['l32', 'L32', '10 10.1.2.0'],
  ['l64', 'L64', '10 2001:0db8:1140:1000'],
  ['lp', 'LP', '10 l64.example.'],
  ['mac', 'EUI48', '00-00-5e-00-53-2a'],
  ['mac', 'EUI64', '00-00-5e-ef-10-00-00-2a'],
];

const zone = [
  `$ORIGIN ${origin}.`,
  '$TTL 60',
  // A DS stands where another zone begins.
  'child NS ns',
  ...records.flatMap(([owner, type, ...data]) => data.map((each) => `${owner} ${type} ${each}`)),
].join('\n');

const fullName = (owner: string) => (owner === '@' ? origin : `${owner}.${origin}`);

/** What kdig prints when it asks for the type of the owner over TCP, line by line and in no order. */
async function kdigLines(server: NameServer, owner: string, type: string, ...more: string[]) {
  const path = findProgram('kdig') ?? 'kdig';
  const asked = ['-t', type, '-q', `${fullName(owner)}.`];
  const args = [`@${server.host}`, '-p', String(server.port), '+tcp', ...more, ...asked];
  const { stdout } = await promisify(execFile)(path, args);
  // Behind some data kdig leaves a space.
  return stdout
    .split('\n')
    .map((line) => line.trimEnd())
    .slice(0, -1)
    .sort();
}

/** What kdig shows of the data. Types that we have no name for come as bytes. */
function kdigShort(server: NameServer, owner: string, type: string): Promise<string[]> {
  const more = type.startsWith('TYPE') ? ['+generic'] : [];
  return kdigLines(server, owner, type, '+short', ...more);
}

/** What kdig shows of every record of the owner, each as `TYPE DATA`. */
async function kdigAny(server: NameServer, owner: string): Promise<string[]> {
  const shown = ['+noall', '+answer', '+nottl', '+noclass'];
  const lines = await kdigLines(server, owner, 'ANY', ...shown);
  return lines.filter((line) => line !== '').map((line) => line.replace(/^\S+\s+(\S+)\s+/, '$1 '));
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

// Knot shows one type of many (RFC 8482); BIND shows all.
describe.skipIf(lacks('named', 'kdig'))('ANY', () => {
  const held = records.filter(([, type]) =>
    ['SOA', 'NS', 'TXT', 'URI', 'CNAME', 'LOC'].includes(type),
  );
  const lines = [
    ...held.flatMap(([owner, type, ...data]) => data.map((each) => `${owner} ${type} ${each}`)),
    'ns A 127.0.0.1',
    'text HINFO "INTEL" "LINUX"',
    'text MX 10 mail',
  ];
  let server: NameServer;
  beforeAll(async () => {
    server = await startBind(origin, ['$TTL 60', ...lines, ''].join('\n'));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it.each([
    ['the top of a zone', '@', 3],
    ['a name with three types', 'text', 11],
    ['a name with one type', 'uri', 2],
    ['an alias, which is not followed', 'alias', 1],
  ])('of %s is written as kdig writes it', async (_what, owner, count) => {
    const options = { resolvers: [`${server.host}:${server.port}`], types: ['ANY'] };
    const [result] = await probeAll([fullName(owner)], options);
    const shown = result?.status === 'found' ? result.records : [];
    const expected = await kdigAny(server, owner);
    expect(shown.map(({ type, data }) => `${type} ${data}`).sort()).toEqual(expected);
    expect(shown).toHaveLength(count);
  });
});
