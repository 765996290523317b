/** What is kept of an answer: names of any octet, long chains, odd records, what a resolver says. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../src/core/model.js';
import { subStatusOf } from '../../src/output/sub-status.js';
import { startBind } from '../support/bind.js';
import { lacks } from '../support/installed.js';
import { startKnot } from '../support/knot.js';
import type { NameServer } from '../support/name-server.js';
import { startNsd } from '../support/nsd.js';
import { a, cname, RCODE, scriptedDns } from '../support/scripted-dns.js';
import { probeAll, verdict } from '../support/verdicts.js';

const head = ['$TTL 60', '@ SOA ns.elsewhere.example. host.elsewhere.example. 1 1 1 1 1'];
const text = (...lines: string[]) =>
  `${[...head, '@ NS ns.elsewhere.example.', ...lines].join('\n')}\n`;

const chainOf = (length: number) =>
  Array.from({ length }, (_, i) => `c${length}-${i} CNAME c${length}-${i + 1}`).concat(
    `c${length}-${length} A 192.0.2.1`,
  );

const zones = {
  'flags.example': text(
    ...[1, 17, 22, 40].flatMap(chainOf),
    'ring CNAME ring2',
    'ring2 CNAME ring',
    'dangling CNAME gone.unserved.example.',
    'void CNAME nothing',
    'a\\032b\\255 A 192.0.2.1',
    'odd CNAME a\\032b\\255',
  ),
  '2.0.192.in-addr.arpa': text(
    '128/25 NS ns.elsewhere.example.',
    '2 CNAME 2.128/25.2.0.192.in-addr.arpa.',
    '3 CNAME 3\\.x.128/25.2.0.192.in-addr.arpa.',
  ),
  '128/25.2.0.192.in-addr.arpa': text(
    '2 PTR host.flags.example.',
    '3\\.x PTR dot.flags.example.',
    '1.0 PTR typed.flags.example.',
  ),
};

const servers = [
  ['nsd', () => startNsd(zones)],
  ['knotd', () => startKnot('flags.example', zones['flags.example'], { zones })],
] as const;

describe.each(servers)('records of %s', (program, start) => {
  const skips = lacks(program);
  let server: NameServer;
  beforeAll(async () => {
    if (!skips) server = await start();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  const ask = (names: string[], types: string[] = []) =>
    probeAll(names, { resolvers: [`127.0.0.1:${server.port}`], types, tries: 2 });
  const dataOf = (result: ProbeResult | undefined) =>
    (result && 'records' in result ? (result.records ?? []) : []).map(({ data }) => data);

  it.skipIf(skips)('a reverse name leads through a zone for part of a network', async () => {
    const [two, three] = await ask(['192.0.2.2', '192.0.2.3'], ['PTR']);
    expect(dataOf(two)).toEqual(['2.128/25.2.0.192.in-addr.arpa.', 'host.flags.example.']);
    expect(dataOf(three)).toEqual(['3\\.x.128/25.2.0.192.in-addr.arpa.', 'dot.flags.example.']);
  });

  it.skipIf(skips)('names of any octet can be typed', async () => {
    const typed = ['1.0.128/25.2.0.192.in-addr.arpa', '3\\.x.128/25.2.0.192.in-addr.arpa'];
    expect((await ask(typed, ['PTR'])).map(dataOf)).toEqual([
      ['typed.flags.example.'],
      ['dot.flags.example.'],
    ]);
    const [spaced] = await ask(['a\\032b\\255.flags.example'], ['A']);
    expect(dataOf(spaced)).toEqual(['192.0.2.1']);
  });

  it.skipIf(skips)('an alias leads to a name with any octet', async () => {
    const [odd] = await ask(['odd.flags.example']);
    expect(dataOf(odd)).toEqual(['a\\032b\\255.flags.example.', '192.0.2.1']);
  });

  it.skipIf(skips).each([1, 17, 22, 40])('%i aliases are followed to their end', async (length) => {
    const [result] = await ask([`c${length}-0.flags.example`]);
    expect(result).toMatchObject({ status: 'found' });
    expect(dataOf(result)).toHaveLength(length + 1);
  });

  it.skipIf(skips)('a ring of aliases is unknown, and shown', async () => {
    const [ring] = await ask(['ring.flags.example']);
    expect(ring).toMatchObject({ status: 'unknown', reason: 'cname-loop' });
    expect(dataOf(ring)).toEqual(['ring2.flags.example.', 'ring.flags.example.']);
  });

  it.skipIf(skips)('an alias into what the server refuses is shown, and dangles', async () => {
    const [dangling, gone] = await ask(['dangling.flags.example', 'void.flags.example']);
    expect(dangling).toMatchObject({ status: 'unknown', reason: 'refused', rcode: 'REFUSED' });
    expect(dataOf(dangling)).toEqual(['gone.unserved.example.']);
    expect(gone).toMatchObject({ status: 'missing', reason: 'nodata', rcode: 'NXDOMAIN' });
    expect([dangling, gone].map((result) => subStatusOf(result as ProbeResult))).toEqual([
      'dangling',
      'dangling',
    ]);
  });
});

describe.skipIf(lacks('named'))('records of BIND', () => {
  it('the name servers of the root are asked for by a dot', async () => {
    await using server = await startBind('.', text('ns.elsewhere.example. A 192.0.2.1'));
    const options = { resolvers: [`127.0.0.1:${server.port}`], types: ['NS'] };
    const [root] = await probeAll(['.'], options);
    expect(root).toMatchObject({
      name: '.',
      status: 'found',
      records: [{ name: '.', type: 'NS', data: 'ns.elsewhere.example.' }],
    });
  });
});

describe('scripted', () => {
  const ede = (...errors: (readonly [number, string])[]) => ({
    name: '.',
    type: 'OPT',
    options: errors.map(([code, words]) => ({
      code: 15,
      data: Buffer.concat([Buffer.of(code >> 8, code), Buffer.from(words)]),
    })),
  });
  const optOf = (...errors: (readonly [number, string])[]) => [ede(...errors) as never];

  it.each([
    ['SERVFAIL', RCODE.SERVFAIL, 'unknown servfail'],
    ['REFUSED', RCODE.REFUSED, 'unknown refused'],
    ['NXDOMAIN', RCODE.NXDOMAIN, 'nxdomain'],
    ['NODATA', 0, 'nodata'],
  ])('keeps what a resolver says about its %s', async (_, flags, expected) => {
    const additionals = optOf([18, 'at delegation x.'], [21, '']);
    await using server = await scriptedDns((asked) =>
      asked.reply({ flags: flags | 0x80, additionals }),
    );
    const [result] = await probeAll(['a.example'], { resolvers: [server.resolver], tries: 2 });
    expect(verdict(result as ProbeResult)).toBe(expected);
    expect(result?.extendedErrors).toEqual([
      { code: 18, text: 'at delegation x.' },
      { code: 21, text: '' },
    ]);
  });

  it('keeps it beside records too', async () => {
    await using server = await scriptedDns((asked) =>
      asked.reply({ answers: [a(asked.name)], additionals: optOf([3, 'stale']) }),
    );
    const [result] = await probeAll(['a.example'], { resolvers: [server.resolver] });
    expect(result).toMatchObject({
      status: 'found',
      extendedErrors: [{ code: 3, text: 'stale' }],
    });
  });

  it('an answer that refuses behind an alias keeps the alias', async () => {
    await using server = await scriptedDns((asked) =>
      asked.reply({ flags: RCODE.REFUSED, answers: [cname(asked.name, 'left.example')] }),
    );
    const [result] = await probeAll(['a.example'], { resolvers: [server.resolver], tries: 2 });
    expect(result).toMatchObject({
      status: 'unknown',
      reason: 'refused',
      records: [{ type: 'CNAME', data: 'left.example.' }],
    });
  });
});
