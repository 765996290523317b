/**
 * Ten variations of each of the six worst kinds of wrong verdicts, each beside resolvers that are right, with default
 * settings. What fails here is looked for under the same kind in `truth`, `field-reports`, `checked-ask`,
 * `hostile-resolvers`, `partial-faults` (pure) and `contradicting-siblings`, which go further.
 */

import type { Answer } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { openProber } from '../../src/probe/prober.js';
import {
  a,
  type Behaviour,
  cname,
  nodata,
  nxdomain,
  RCODE,
  rcode,
  scriptedDns,
  soa,
} from '../support/scripted-dns.js';

const names = Array.from({ length: 40 }, (_, i) => `n${i}.zone.example`);
const exists = (name: string) => /^n\d*[02468]\.zone\.example$/.test(name);
const isListed = (name: string) => names.includes(name);
const isSibling = (name: string) => /^[0-9a-f]{16}\./.test(name);
/** Below `w.example` there is a wildcard. */
const isWild = (name: string) => name.endsWith('.w.example');

const right: Behaviour = (asked) => {
  const { name, type } = asked;
  if (type === 'NS' && !name.includes('.')) {
    asked.reply({ answers: [{ name, type: 'NS', ttl: 60, data: 'ns.example' }] });
  } else if (type === 'A' && (exists(name) || isWild(name))) asked.reply({ answers: [a(name)] });
  else nxdomain(asked);
};
const inventing: Behaviour = (asked) => asked.reply({ answers: [a(asked.name, '198.51.100.1')] });
const truncating: Behaviour = (asked) => asked.reply({ flags: 0x0380 });
/** Does one thing about some names, and what is right about all others. */
const about =
  (isMeant: (name: string) => boolean, behave: Behaviour, others: Behaviour = right): Behaviour =>
  (asked) =>
    (isMeant(asked.name) ? behave : others)(asked);
const overTcp =
  (behave: Behaviour): Behaviour =>
  (asked) =>
    (asked.transport === 'tcp' ? behave : truncating)(asked);
const second = (name: string) => /[13579]\.zone/.test(name);
const withError =
  (code: number): Behaviour =>
  (asked) => {
    const options = [{ code: 15, data: Buffer.of(0, code) }];
    const opt = { name: '.', type: 'OPT', udpPayloadSize: 1232, options } as never;
    asked.reply({ flags: RCODE.NXDOMAIN | 0x80, authorities: [soa], additionals: [opt] });
  };
const header =
  (code: number): Behaviour =>
  (asked) =>
    asked.send(asked.message({ flags: code, questions: [] }));
const ns = (name: string): Answer => ({ name, type: 'NS', ttl: 60, data: 'ns.example' });

type Rows = Record<string, Behaviour>;

const lame: Rows = {
  'says nothing at all': (asked) => asked.reply({ flags: 0 }),
  'points to the root': (asked) => asked.reply({ flags: 0, authorities: [ns('.')] }),
  'points to the top-level domain': (asked) =>
    asked.reply({ flags: 0, authorities: [ns('example')] }),
  'points to the zone': (asked) => asked.reply({ flags: 0, authorities: [ns('zone.example')] }),
  'has only the address of a name server': (asked) =>
    asked.reply({ flags: 0, additionals: [a('ns.example')] }),
  'has only the name servers of the name': (asked) =>
    asked.reply({ flags: 0, authorities: [ns(asked.name)] }),
  'says nothing about names of the list': about(isListed, (asked) => asked.reply({ flags: 0 })),
  'says nothing over TCP, after a truncated answer': overTcp((asked) => asked.reply({ flags: 0 })),
  'is not authoritative, as a header alone': header(9),
  'says that it does not do this': rcode(RCODE.NOTIMP),
};

const contradicting: Rows = {
  'has an address and an alias for one name': (asked) =>
    asked.reply({ answers: [a(asked.name), cname(asked.name, 'gone.example')] }),
  'has two aliases for one name': (asked) =>
    asked.reply({
      answers: [
        cname(asked.name, 'gone.example'),
        cname(asked.name, 'more.example'),
        a('more.example'),
      ],
    }),
  'denies with the SOA of the very name': (asked) =>
    asked.reply({ flags: RCODE.NXDOMAIN | 0x80, authorities: [{ ...soa, name: asked.name }] }),
  'denies with the SOA of another zone': (asked) =>
    asked.reply({ flags: 0x80, authorities: [{ ...soa, name: 'elsewhere.test' }] }),
  'denies, with the record in the authority': (asked) =>
    asked.reply({ flags: RCODE.NXDOMAIN | 0x80, authorities: [soa, a(asked.name)] }),
  'denies, with the record in the additional section': (asked) =>
    asked.reply({ flags: RCODE.NXDOMAIN | 0x80, authorities: [soa], additionals: [a(asked.name)] }),
  'denies what it calls bogus': withError(6),
  'denies what it calls not ready': withError(14),
  'answers about other names only': (asked) => asked.reply({ answers: [a('other.example')] }),
  'says nothing over TCP of what did not fit': overTcp((asked) => asked.reply({ flags: 0x80 })),
};

const inventions: Rows = {
  'for every name, the same': inventing,
  'for every name, another': (asked) =>
    asked.reply({ answers: [a(asked.name, `198.51.100.${asked.id % 250}`)] }),
  'for what does not exist': about(exists, right, inventing),
  'for names of the list only': about(isListed, inventing),
  'by an alias whose target has to be asked for': (asked) =>
    asked.name === 'park.example'
      ? inventing(asked)
      : asked.reply({ answers: [cname(asked.name, 'park.example')] }),
  'below one top-level domain only': about((name) => name.endsWith('example'), inventing),
  'over TCP, and truncates over UDP': overTcp(inventing),
  'and refuses the check': about(isListed, inventing, rcode(RCODE.REFUSED)),
  'and fails the check': about(isListed, inventing, rcode(RCODE.SERVFAIL)),
  'by an alias to a parking place': (asked) =>
    asked.reply({ answers: [cname(asked.name, 'park.example'), a('park.example')] }),
};

const denials: Rows = {
  'every name': nxdomain,
  'every record': nodata,
  'names of the list only': about(isListed, nxdomain),
  'what exists': about(exists, nxdomain),
  'every record, without a SOA': (asked) => asked.reply({ flags: 0x80 }),
  'without a SOA': (asked) => asked.reply({ flags: RCODE.NXDOMAIN | 0x80 }),
  'over TCP, and truncates over UDP': overTcp(nxdomain),
  'and refuses the check': about(isListed, nxdomain, rcode(RCODE.REFUSED)),
  'and says that it filters': withError(17),
  'and says that it is stale': withError(19),
};

const siblings: Rows = {
  'denies them': about(isSibling, nxdomain),
  'says that they have no address': about(isSibling, nodata),
  'is silent about them': about(isSibling, () => {}),
  'refuses them': about(isSibling, rcode(RCODE.REFUSED)),
  'fails about them': about(isSibling, rcode(RCODE.SERVFAIL)),
  'says nothing of use about them': about(isSibling, (asked) => asked.reply({ flags: 0 })),
  'has another address for them': about(isSibling, inventing),
  'denies half of them': about((name) => /^[0-7][0-9a-f]{15}\./.test(name), nxdomain),
  'denies them without a SOA': about(isSibling, (asked) =>
    asked.reply({ flags: RCODE.NXDOMAIN | 0x80 }),
  ),
  'sends half an answer about them': about(isSibling, (asked) =>
    asked.send(asked.message({ answers: [a(asked.name)] }).subarray(0, -2)),
  ),
};

const useless: Rows = {
  'is silent': () => {},
  refuses: rcode(RCODE.REFUSED),
  fails: rcode(RCODE.SERVFAIL),
  'does not understand': rcode(RCODE.FORMERR),
  'fails as a header alone': header(RCODE.SERVFAIL),
  'sends half an answer': (asked) =>
    asked.send(asked.message({ answers: [a(asked.name)] }).subarray(0, -2)),
  'promises more records than there are': (asked) => {
    const message = asked.message({ answers: [a(asked.name)] });
    message.writeUInt16BE(9, 6);
    asked.send(message);
  },
  'answers other questions': (asked) =>
    asked.reply({
      questions: [{ name: 'other.example', type: 'A' }],
      answers: [a('other.example')],
    }),
  'truncates, and closes every stream': (asked) =>
    asked.transport === 'tcp' ? asked.close() : truncating(asked),
  'refuses every second name': about(second, rcode(RCODE.REFUSED)),
};

/** What is not as it should be, name by name. */
async function faults(behaviours: readonly Behaviour[], list: readonly string[]) {
  const servers = await Promise.all(behaviours.map((behave) => scriptedDns(behave)));
  const wrong: string[] = [];
  const prober = openProber({ resolvers: servers.map(({ resolver }) => resolver) });
  for await (const result of prober.results(list)) {
    const { name, status } = result;
    const mark = 'wildcard' in result ? ` ${result.wildcard}` : '';
    const isRight = isWild(name)
      ? mark !== '' && status === 'found'
      : status === (exists(name) ? 'found' : 'missing');
    if (!isRight) wrong.push(`${name} ${status}${mark}`);
  }
  await prober.close();
  for (const server of servers) await server[Symbol.asyncDispose]();
  return wrong;
}

const wild = Array.from({ length: 40 }, (_, i) => `n${i}.w.example`);
const kinds: [kind: string, Rows, Behaviour[], list: readonly string[]][] = [
  ['lame: beside one that', lame, [right], names],
  ['contradicting answers: beside one that', contradicting, [right], names],
  ['made-up addresses: beside one that makes them up', inventions, [right, right], names],
  ['denial of what exists: beside one that denies', denials, [right, right], names],
  ['wildcards told as own names: beside one that, of siblings,', siblings, [right, right], wild],
  ['unknown although a good one was there: beside one that', useless, [right], names],
];

describe.each(kinds)('kind: %s', (_, rows, others, list) => {
  it.each(Object.entries(rows))('%s', async (_title, behave) => {
    expect(await faults([behave, ...others], list)).toEqual([]);
  });
});
