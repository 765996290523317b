/** Where alias chains lead that do not end in a record, and what the name comes to. Nothing is sent. */

import { type Answer, encode, type Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { MAX_CHAIN, RCODE, type Reply, readReply } from '../../src/dns/message.js';
import { TYPE } from '../../src/dns/types.js';
import { type Finding, TypeLookup } from '../../src/probe/type-lookup.js';
import type { Ask } from '../../src/resolver/query.js';
import { classify } from '../../src/resolver/retry-policy.js';
import { a, cname } from '../support/scripted-dns.js';

const RA = 0x0080;
const gone: Packet = { flags: RA | RCODE.NXDOMAIN };
const soaOf = (name: string): Answer => ({
  name,
  type: 'SOA',
  ttl: 60,
  data: { mname: 'ns.example', rname: 'hostmaster.example', serial: 1 },
});
const alias = (from: string, to: string): Packet => ({ flags: RA, answers: [cname(from, to)] });

/** What the resolver says about each name; about others nothing. */
type Zone = Readonly<Record<string, Packet>>;

/** As a resolver would be asked that is asked once. */
function askOf(zone: Zone): Ask {
  return (name, type, listener) => {
    const resolver = 'r0';
    const packet = zone[name];
    if (!packet) return listener.onAnswer({ failed: 'timeout', resolver });
    const questions = [{ name, type: 'A' as const }];
    const bytes = encode({ id: 1, type: 'response', questions, ...packet });
    const reply = readReply(bytes, 0, bytes.length, { name, type }) as Reply;
    const end = classify(reply, false, false);
    listener.onAnswer(
      end === 'answer'
        ? { reply, resolver, transport: 'udp' }
        : { failed: end as never, reply, resolver },
    );
  };
}

function lookedUp(zone: Zone): Finding {
  let found: Finding | undefined;
  new TypeLookup(askOf(zone), TYPE.A, { onFinding: (finding) => (found = finding) }).start('n.a');
  if (!found) throw new Error('The lookup has not ended');
  return found;
}

const longChain = (links: number): Zone =>
  Object.fromEntries(
    Array.from({ length: links }, (_, i) => {
      const from = i === 0 ? 'n.a' : `n${i}.a`;
      return [from, alias(from, `n${i + 1}.a`)];
    }),
  );

type Row = readonly [what: string, zone: Zone, outcome: Finding['outcome'], records: number];
const rows: readonly Row[] = [
  ['no such name', { 'n.a': gone }, 'nxdomain', 0],
  [
    'no such name, with the SOA of its zone',
    { 'n.a': { ...gone, authorities: [soaOf('a')] } },
    'nxdomain',
    0,
  ],
  [
    'no such record, with the SOA of another zone',
    { 'n.a': { flags: RA, authorities: [soaOf('b')] } },
    'contradiction',
    0,
  ],
  [
    'an alias for what does not exist, in one answer',
    { 'n.a': { ...gone, answers: [cname('n.a', 'x.b')] } },
    'nodata',
    1,
  ],
  [
    'the same, with the SOA of the zone of the target',
    { 'n.a': { ...gone, answers: [cname('n.a', 'x.b')], authorities: [soaOf('b')] } },
    'nodata',
    1,
  ],
  [
    'an alias for what does not exist, in two answers',
    { 'n.a': alias('n.a', 'x.b'), 'x.b': gone },
    'nodata',
    1,
  ],
  [
    'two aliases for what does not exist, in three answers',
    { 'n.a': alias('n.a', 'x.b'), 'x.b': alias('x.b', 'y.c'), 'y.c': gone },
    'nodata',
    2,
  ],
  [
    'an alias for what has no address, in one answer',
    { 'n.a': { flags: RA, answers: [cname('n.a', 'x.b')], authorities: [soaOf('b')] } },
    'nodata',
    1,
  ],
  [
    'an alias for what has no address, in two answers',
    { 'n.a': alias('n.a', 'x.b'), 'x.b': { flags: RA, authorities: [soaOf('b')] } },
    'nodata',
    1,
  ],
  [
    'an alias for what is said to be of another zone',
    { 'n.a': alias('n.a', 'x.b'), 'x.b': { flags: RA, authorities: [soaOf('a')] } },
    'contradiction',
    1,
  ],
  [
    'an alias for what a lame server has',
    { 'n.a': alias('n.a', 'x.b'), 'x.b': { flags: 0 } },
    'lame',
    1,
  ],
  [
    'an alias for what is refused',
    { 'n.a': alias('n.a', 'x.b'), 'x.b': { flags: RCODE.REFUSED } },
    'refused',
    1,
  ],
  [
    'an alias for what fails',
    { 'n.a': alias('n.a', 'x.b'), 'x.b': { flags: RCODE.SERVFAIL } },
    'servfail',
    1,
  ],
  ['an alias for what stays silent', { 'n.a': alias('n.a', 'x.b') }, 'timeout', 1],
  ['an alias for itself', { 'n.a': alias('n.a', 'n.a') }, 'cname-loop', 1],
  [
    'aliases for each other, in two answers',
    { 'n.a': alias('n.a', 'x.b'), 'x.b': alias('x.b', 'n.a') },
    'cname-loop',
    2,
  ],
  [
    'aliases for each other, in one answer',
    { 'n.a': { flags: RA, answers: [cname('n.a', 'x.b'), cname('x.b', 'n.a')] } },
    'cname-loop',
    2,
  ],
  ['more aliases than are followed', longChain(MAX_CHAIN + 1), 'cname-loop', MAX_CHAIN],
  [
    'an alias beside the address of another name',
    {
      'n.a': { flags: RA, answers: [cname('n.a', 'x.b'), a('y.c')] },
      'x.b': { flags: RA, answers: [a('x.b')] },
    },
    'found',
    2,
  ],
  [
    'an alias for what has an address, in three answers',
    {
      'n.a': alias('n.a', 'x.b'),
      'x.b': alias('x.b', 'y.c'),
      'y.c': { flags: RA, answers: [a('y.c')] },
    },
    'found',
    3,
  ],
];

describe('a lookup that finds', () => {
  it.each(rows)('%s', (_, zone, outcome, records) => {
    const finding = lookedUp(zone);
    expect([finding.outcome, finding.records.length]).toEqual([outcome, records]);
  });
});
