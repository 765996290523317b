import { TRUNCATED_RESPONSE } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../src/core/model.js';
import type { ProbeOptions } from '../../src/probe/options.js';
import { openProber } from '../../src/probe/prober.js';
import { freePort } from '../support/free-port.js';
import { gate } from '../support/gate.js';
import {
  type Asked,
  a,
  type Behaviour,
  cname,
  found,
  framed,
  nodata,
  nxdomain,
  RCODE,
  rcode,
  scriptedDns,
  soa,
} from '../support/scripted-dns.js';

/** What the server does to each query, and what must come out for every name. */
type Row = readonly [sentence: string, behave: Behaviour, verdict: string, options?: ProbeOptions];

const names = ['a.example', 'b.example', 'c.example', 'a.example', 'd.example'];
/** The least that a row needs where it waits for a try to end. */
const brief: ProbeOptions = { timeout: 0.15, tries: 3 };

function verdict(result: ProbeResult): string {
  if (result.status === 'found') return 'found';
  return result.status === 'missing' ? result.reason : `${result.status} ${result.reason}`;
}

async function probeAll(options: ProbeOptions, inputs: readonly string[] = names) {
  await using prober = openProber(options);
  const results: ProbeResult[] = [];
  for await (const result of prober.results(inputs)) results.push(result);
  return results;
}

/** With the sentence beside the row, for `each`. */
const titled = (rows: readonly Row[]) => rows.map((row) => [row[0], row] as const);

/** Every name has exactly one verdict, and it is the right one. */
async function holds(options: ProbeOptions, [, behave, expected, more]: Row): Promise<void> {
  await using server = await scriptedDns(behave);
  const results = await probeAll({ resolvers: [server.resolver], ...options, ...more });
  expect(results.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect(results.map(verdict)).toEqual(names.map(() => expected));
}

/** The first query for a name and type is treated by one behaviour, the others by another. */
const first =
  (behave: Behaviour, then: Behaviour): Behaviour =>
  (asked) =>
    (asked.time === 1 ? behave : then)(asked);
const silence: Behaviour = () => {};
const onlyFor =
  (type: string, behave: Behaviour, otherwise: Behaviour): Behaviour =>
  (asked) =>
    (asked.type === type ? behave : otherwise)(asked);
const all =
  (...behaviours: Behaviour[]): Behaviour =>
  (asked) => {
    for (const behave of behaviours) behave(asked);
  };

/** The message with something done to its bytes. */
function spoilt(asked: Asked, spoil: (message: Buffer) => Buffer): Buffer {
  return spoil(asked.message({ answers: [a(asked.name)] }));
}
const halfRecord: Behaviour = (asked) =>
  asked.send(spoilt(asked, (message) => message.subarray(0, message.length - 2)));
const shortAddress: Behaviour = (asked) =>
  asked.send(
    spoilt(asked, (message) => {
      message.writeUInt16BE(3, message.length - 6);
      return message.subarray(0, message.length - 1);
    }),
  );
const promisesMore: Behaviour = (asked) =>
  asked.send(
    spoilt(asked, (message) => {
      message.writeUInt16BE(65_535, 6);
      return message;
    }),
  );
const bareError =
  (flags: number): Behaviour =>
  (asked) =>
    asked.send(asked.message({ flags, questions: [] }));
const bareFormerr = bareError(RCODE.FORMERR);
const otherId: Behaviour = (asked) =>
  asked.send(asked.message({ id: asked.id ^ 0x5555, answers: [a(asked.name, '192.0.2.66')] }));
const otherQuestion = (question: { name?: string; type?: string; class?: string }): Behaviour => {
  return ({ name, type, send, message }) =>
    send(
      message({
        questions: [{ name, type, ...question }],
        flags: RCODE.NXDOMAIN,
        authorities: [soa],
      }),
    );
};
const mangledCase: Behaviour = ({ name, type, send, message }) =>
  send(
    message({
      questions: [{ name: name.toUpperCase(), type }],
      answers: [a(name.toUpperCase())],
    }),
  );
const referral: Behaviour = (asked) =>
  asked.reply({
    authorities: [{ name: 'example', type: 'NS', data: 'ns.elsewhere.example' }],
    additionals: [a('ns.elsewhere.example')],
  });
const lame: Behaviour = (asked) => asked.reply({ flags: 0 });
const badVersion: Behaviour = (asked) =>
  asked.reply({
    additionals: [{ name: '.', type: 'OPT', udpPayloadSize: 1232, extendedRcode: 1 }],
  });

/** An answer that holds the first step of a chain, whose other steps must be asked for. */
const chain =
  (length: number, end: Behaviour): Behaviour =>
  (asked) => {
    const [, base = '', step = '0'] = /^(.*?)(?:-(\d+))?\.example$/.exec(asked.name) ?? [];
    if (Number(step) >= length) return end(asked);
    return asked.reply({ answers: [cname(asked.name, `${base}-${Number(step) + 1}.example`)] });
  };
const loop: Behaviour = ({ name, reply }) =>
  reply({ answers: [cname(name, name.startsWith('x') ? name.slice(1) : `x${name}`)] });

const truths: Row[] = [
  ['an address', found, 'found'],
  ['no such name', nxdomain, 'nxdomain'],
  ['no address of either kind', nodata, 'nodata'],
  ['no address and no SOA', (asked) => asked.reply(), 'nodata'],
  [
    'an IPv6 address only',
    onlyFor(
      'AAAA',
      ({ name, reply }) => reply({ answers: [{ name, type: 'AAAA', data: '2001:db8::1' }] }),
      nodata,
    ),
    'found',
  ],
  ['NODATA for A and NXDOMAIN for AAAA', onlyFor('AAAA', nxdomain, nodata), 'nodata'],
  ['NODATA for A and silence for AAAA', onlyFor('AAAA', silence, nodata), 'unknown timeout', brief],
  [
    'a CNAME and its address',
    ({ name, reply }) => reply({ answers: [cname(name, 'z.example'), a('z.example')] }),
    'found',
  ],
  [
    'a CNAME with a SOA',
    ({ name, reply }) => reply({ answers: [cname(name, 'gone.example')], authorities: [soa] }),
    'nodata',
  ],
  [
    'a CNAME and NXDOMAIN for what is behind it',
    ({ name, reply }) =>
      reply({ answers: [cname(name, 'gone.example')], authorities: [soa], flags: RCODE.NXDOMAIN }),
    'nodata',
  ],
  ['a CNAME only, whose target has an address', chain(1, found), 'found'],
  ['a CNAME only, whose target does not exist', chain(1, nxdomain), 'nodata'],
  ['a CNAME only, whose target has no address', chain(1, nodata), 'nodata'],
  [
    'a CNAME only, whose target nobody knows',
    chain(1, rcode(RCODE.SERVFAIL)),
    'unknown servfail',
    { tries: 2 },
  ],
  ['thirty CNAMEs one by one', chain(30, found), 'found'],
  ['CNAMEs without end', chain(1000, found), 'unknown cname-loop'],
  ['CNAMEs in a ring', loop, 'unknown cname-loop'],
  ['the case of the question mangled', mangledCase, 'found'],
  [
    'records of strangers beside the right one',
    ({ name, reply }) => reply({ answers: [a('stranger.example'), a(name)] }),
    'found',
  ],
  [
    'records of strangers only, under a SOA',
    (asked) => asked.reply({ answers: [a('stranger.example')], authorities: [soa] }),
    'nodata',
  ],
  [
    'records of strangers only',
    (asked) => asked.reply({ answers: [a('stranger.example')] }),
    'unknown contradiction',
    { tries: 2 },
  ],
  ['REFUSED once', first(rcode(RCODE.REFUSED), found), 'found'],
  ['SERVFAIL once', first(rcode(RCODE.SERVFAIL), nxdomain), 'nxdomain'],
  ['SERVFAIL always', rcode(RCODE.SERVFAIL), 'unknown servfail', { tries: 3 }],
  ['REFUSED always', rcode(RCODE.REFUSED), 'unknown refused', { tries: 3 }],
  ['NOTIMP always', rcode(RCODE.NOTIMP), 'unknown rcode', { tries: 2 }],
  ['an rcode that nobody knows', rcode(11), 'unknown rcode', { tries: 2 }],
  [
    'an address under SERVFAIL',
    ({ name, reply }) => reply({ answers: [a(name)], flags: RCODE.SERVFAIL }),
    'unknown servfail',
    { tries: 2 },
  ],
  ['nothing from a server that knows nothing', lame, 'unknown lame', { tries: 2 }],
  ['nothing from such a server once', first(lame, found), 'found'],
  [
    'a CNAME and an address of one name',
    ({ name, reply }) => reply({ answers: [cname(name, 'gone.example'), a(name)] }),
    'unknown contradiction',
    { tries: 2 },
  ],
  [
    'an address and a CNAME of one name, once',
    first(({ name, reply }) => reply({ answers: [a(name), cname(name, 'gone.example')] }), found),
    'found',
  ],
  [
    'two CNAMEs of one name, the second leading to an address',
    ({ name, reply }) =>
      reply({ answers: [cname(name, 'gone.example'), cname(name, 'b.example'), a('b.example')] }),
    'unknown contradiction',
    { tries: 2 },
  ],
  [
    'a CNAME to a name with octets of any kind',
    (asked) =>
      asked.name.includes('/')
        ? found(asked)
        : asked.reply({ answers: [cname(asked.name, '0/25 x.example')] }),
    'found',
  ],
  ['a referral', referral, 'unknown referral', { tries: 2 }],
  ['FORMERR to EDNS', (asked) => (asked.hasEdns ? rcode(RCODE.FORMERR) : found)(asked), 'found'],
  [
    'NOTIMP to EDNS',
    (asked) => (asked.hasEdns ? rcode(RCODE.NOTIMP) : nxdomain)(asked),
    'nxdomain',
  ],
  [
    'FORMERR to EDNS without the question',
    (asked) => (asked.hasEdns ? bareFormerr : found)(asked),
    'found',
  ],
  ['an rcode of more than four bits', badVersion, 'unknown rcode', { tries: 2 }],
  ['FORMERR always', rcode(RCODE.FORMERR), 'unknown rcode', { tries: 2 }],
  ['FORMERR always, without the question', bareFormerr, 'unknown rcode', { tries: 2 }],
  ['SERVFAIL as a header alone', bareError(RCODE.SERVFAIL), 'unknown servfail', { tries: 2 }],
  ['REFUSED as a header alone', bareError(RCODE.REFUSED), 'unknown refused', { tries: 2 }],
  ['NOTIMP as a header alone', bareError(RCODE.NOTIMP), 'unknown rcode', { tries: 2 }],
  ['SERVFAIL as a header alone, once', first(bareError(RCODE.SERVFAIL), nxdomain), 'nxdomain'],
  ['half a record, then the whole', first(halfRecord, found), 'found'],
  ['half a record always', halfRecord, 'unknown malformed', { tries: 2 }],
  ['an address of three bytes', shortAddress, 'unknown malformed', { tries: 2 }],
  ['65,535 records that are not there', promisesMore, 'unknown malformed', { tries: 2 }],
];

describe.each(['udp', 'tcp', 'auto'] as const)('over %s', (transport) => {
  it.concurrent.each(titled(truths))('%s', (_, row) => holds({ transport }, row));

  it('a name of 253 letters and labels of 63 are asked like any other', async () => {
    const label = (letter: string, length: number) => letter.repeat(length);
    const long = ['a', 'b', 'c'].map((letter) => label(letter, 63));
    const inputs = [...long, [...long, label('d', 61)].join('.')];
    await using server = await scriptedDns((asked) =>
      (asked.name.length === 253 ? found : nxdomain)(asked),
    );
    const results = await probeAll({ transport, resolvers: [server.resolver] }, inputs);
    expect(results.map((result) => [result.name, verdict(result)]).sort()).toEqual(
      inputs.map((name) => [name, name.length === 253 ? 'found' : 'nxdomain']).sort(),
    );
  });

  it('asks once where the name does not exist, and twice where it has no address', async () => {
    await using server = await scriptedDns((asked) =>
      (asked.name === 'gone.example' ? nxdomain : nodata)(asked),
    );
    const inputs = ['gone.example', 'empty.example'];
    await probeAll({ transport, resolvers: [server.resolver] }, inputs);
    expect(server.asked.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
      'empty.example A',
      'empty.example AAAA',
      'gone.example A',
    ]);
  });

  it('gives up after as many tries as allowed', async () => {
    await using server = await scriptedDns(rcode(RCODE.SERVFAIL));
    const options: ProbeOptions = { transport, resolvers: [server.resolver], tries: 3 };
    expect((await probeAll(options, ['a.example'])).map(verdict)).toEqual(['unknown servfail']);
    expect(server.asked).toHaveLength(3);
  });

  it('asks nothing for what cannot be a name', async () => {
    await using server = await scriptedDns(found);
    const options: ProbeOptions = { transport, resolvers: [server.resolver] };
    const results = await probeAll(options, ['a..b', '192.0.2.1', 'a b']);
    expect(results.map(verdict)).toEqual([
      'invalid empty-label',
      'invalid ip-address',
      'invalid bad-character',
    ]);
    expect(server.asked).toHaveLength(0);
  });
});

describe('over udp', () => {
  const rows: Row[] = [
    ['silence is never missing', silence, 'unknown timeout', brief],
    ['the first try is lost', first(silence, found), 'found', { ...brief, tries: 50 }],
    ['the answer comes twice', all(found, found), 'found'],
    ['the right answer, then another', all(nxdomain, found), 'nxdomain'],
    ['an answer with another id, then the right one', all(otherId, nxdomain), 'nxdomain'],
    ['an answer with another id only', otherId, 'unknown timeout', brief],
    [
      'an answer to another name, then the right one',
      all(otherQuestion({ name: 'z.example' }), found),
      'found',
    ],
    [
      'an answer to another type, then the right one',
      all(otherQuestion({ type: 'MX' }), found),
      'found',
    ],
    [
      'an answer in another class, then the right one',
      all(otherQuestion({ class: 'CH' }), found),
      'found',
    ],
    [
      'an answer to another name only',
      otherQuestion({ name: 'z.example' }),
      'unknown timeout',
      brief,
    ],
    [
      'an answer from another port',
      (asked) =>
        asked.sendFromElsewhere(asked.message({ flags: RCODE.NXDOMAIN, authorities: [soa] })),
      'unknown timeout',
      brief,
    ],
    [
      'an answer from another port, then the right one',
      (asked) => {
        asked.sendFromElsewhere(asked.message({ flags: RCODE.NXDOMAIN, authorities: [soa] }));
        found(asked);
      },
      'found',
    ],
    [
      'rubbish, then the right one',
      (asked) => {
        asked.send(Buffer.alloc(0));
        asked.send(Buffer.of(asked.id >> 8, asked.id));
        found(asked);
      },
      'found',
    ],
    [
      'our own query sent back, then the right one',
      (asked) => {
        const echo = asked.message();
        echo[2] = 1;
        asked.send(echo);
        found(asked);
      },
      'found',
    ],
    [
      'a forged FORMERR without a question, then the right one',
      first(all(bareFormerr, found), found),
      'found',
    ],
    [
      'SERVFAIL without a question, then the right one',
      first(all(bareError(RCODE.SERVFAIL), found), found),
      'found',
    ],
    [
      'truncated, whole over TCP',
      ({ transport, name, reply }) =>
        reply(transport === 'tcp' ? { answers: [a(name)] } : { flags: TRUNCATED_RESPONSE }),
      'found',
    ],
    [
      'truncated with part of the answer, NXDOMAIN over TCP',
      (asked) =>
        asked.transport === 'tcp'
          ? nxdomain(asked)
          : asked.reply({ flags: TRUNCATED_RESPONSE, answers: [a(asked.name)] }),
      'nxdomain',
    ],
    [
      'truncated, nothing over TCP',
      ({ transport, reply }) => reply(transport === 'tcp' ? {} : { flags: TRUNCATED_RESPONSE }),
      'unknown contradiction',
      { tries: 2 },
    ],
    [
      'truncated, NODATA over TCP',
      (asked) =>
        asked.transport === 'tcp' ? nodata(asked) : asked.reply({ flags: TRUNCATED_RESPONSE }),
      'nodata',
    ],
    [
      'truncated in the midst of a record',
      (asked) =>
        asked.transport === 'tcp'
          ? found(asked)
          : asked.send(
              asked
                .message({ flags: TRUNCATED_RESPONSE, answers: [a(asked.name)] })
                .subarray(0, -3),
            ),
      'found',
    ],
    [
      'truncated, silence over TCP',
      (asked) => {
        if (asked.transport === 'udp') asked.reply({ flags: TRUNCATED_RESPONSE });
      },
      'unknown timeout',
      brief,
    ],
  ];
  it.concurrent.each(titled(rows))('%s', (_, row) => holds({ transport: 'udp' }, row));

  it('an answer that comes after the question was asked again still counts', async () => {
    const [first, again] = [gate(), gate()];
    await using server = await scriptedDns(async (asked) => {
      if (asked.name !== 'late.example') {
        // Somebody is there, and answers after the late one was asked.
        await first.passed;
        return nxdomain(asked);
      }
      if (asked.time > 1) return again.open();
      first.open();
      await again.passed;
      return found(asked);
    });
    const options: ProbeOptions = { transport: 'udp', resolvers: [server.resolver], timeout: 10 };
    const results = await probeAll({ ...options, ordered: true }, ['late.example', ...names]);
    expect(results.map(verdict)).toEqual(['found', ...names.map(() => 'nxdomain')]);
  });

  it('a resend has another id', async () => {
    await using server = await scriptedDns(silence);
    const options: ProbeOptions = { transport: 'udp', resolvers: [server.resolver] };
    await probeAll({ ...options, timeout: 0.05, tries: 5 }, ['a.example']);
    const ids = server.asked.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(2);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('nobody listens', async () => {
    const resolvers = [`127.0.0.1:${await freePort()}`];
    const results = await probeAll({ resolvers, outage: 0.3, transport: 'udp' });
    expect(results.map(verdict)).toEqual(names.map(() => 'unknown network'));
  });
});

/**
 * Does something once so many queries have come, with those of each connection, and with all later ones at once:
 * on a busy machine they come over two connections, or a health check among them. What is done on one connection
 * ends before the next begins there, as a frame in the middle of another would spoil the stream.
 */
function gathered(count: number, act: (batch: Asked[]) => unknown): Behaviour {
  let waiting: Asked[] = [];
  let missing = count;
  const turns = new Map<number, Promise<unknown>>();
  return (asked) => {
    waiting.push(asked);
    if (--missing > 0) return;
    for (const connection of new Set(waiting.map((each) => each.connection))) {
      const batch = waiting.filter((each) => each.connection === connection);
      turns.set(
        connection,
        Promise.resolve(turns.get(connection)).then(() => act(batch)),
      );
    }
    waiting = [];
  };
}

const answerOf = (asked: Asked) => asked.message({ answers: [a(asked.name)] });
/** Four different names are in flight at once. */
const inFlight = new Set(names).size;

describe('over tcp', () => {
  const rows: Row[] = [
    [
      'the answers come out of order',
      gathered(inFlight, (batch) => {
        for (const asked of batch.reverse()) found(asked);
      }),
      'found',
    ],
    [
      'all answers come in one segment',
      gathered(inFlight, (batch) =>
        batch[0]?.write(Buffer.concat(batch.map((asked) => framed(answerOf(asked))))),
      ),
      'found',
    ],
    [
      'an answer comes in single bytes, and others behind it',
      gathered(inFlight, async (batch) => {
        const [first, ...others] = batch as [Asked, ...Asked[]];
        for (const byte of framed(answerOf(first))) await first.write(Buffer.of(byte));
        for (const asked of others) found(asked);
      }),
      'found',
      // On a busy machine each byte takes its time.
      { timeout: 60 },
    ],
    [
      'every answer comes twice',
      (asked) => asked.write(Buffer.concat([framed(answerOf(asked)), framed(answerOf(asked))])),
      'found',
    ],
    [
      'an answer with another id, then the right one',
      (asked) => {
        otherId(asked);
        nxdomain(asked);
      },
      'nxdomain',
    ],
    [
      'empty frames between the answers',
      (asked) => asked.write(Buffer.concat([Buffer.alloc(4), framed(answerOf(asked))])),
      'found',
    ],
    ['silence', silence, 'unknown timeout', brief],
  ];
  // These servers answer so many questions and no more: a random sibling would be one too many.
  it.concurrent.each(titled(rows))('%s', (_, row) =>
    holds({ transport: 'tcp', wildcards: 'off' }, row),
  );

  it.concurrent('the server closes after each answer', async () => {
    await using server = await scriptedDns((asked) => {
      if (asked.place > 1) return;
      nxdomain(asked);
      asked.close();
    });
    const inputs = Array.from({ length: 30 }, (_, i) => `n${i}.example`);
    const options: ProbeOptions = { transport: 'tcp', resolvers: [server.resolver] };
    const results = await probeAll(options, inputs);
    expect(results.map(verdict)).toEqual(inputs.map(() => 'nxdomain'));
  });

  it.concurrent('the server closes after ten answers', async () => {
    await using server = await scriptedDns((asked) => {
      if (asked.place <= 10) nxdomain(asked);
      if (asked.place === 10) asked.close();
    });
    const inputs = Array.from({ length: 200 }, (_, i) => `n${i}.example`);
    const options: ProbeOptions = { transport: 'tcp', resolvers: [server.resolver] };
    const results = await probeAll(options, inputs);
    expect(results.map(verdict)).toEqual(inputs.map(() => 'nxdomain'));
  });

  it.concurrent('the server closes before it has answered anything', async () => {
    await using server = await scriptedDns((asked) => asked.close());
    const options: ProbeOptions = { transport: 'tcp', resolvers: [server.resolver], outage: 0.3 };
    const results = await probeAll(options);
    expect(results.map(verdict)).toEqual(names.map(() => 'unknown timeout'));
  });

  it.concurrent('the server stops in the midst of a frame, and is asked again on a new connection', async () => {
    await using server = await scriptedDns((asked) => {
      if (asked.connection > 1) found(asked);
      else if (asked.place === 1) asked.write(framed(answerOf(asked)).subarray(0, 20));
    });
    const options: ProbeOptions = { transport: 'tcp', resolvers: [server.resolver] };
    const results = await probeAll({ ...options, timeout: 4, tries: 20 });
    expect(results.map(verdict)).toEqual(names.map(() => 'found'));
  });

  it.concurrent('the server stops in the midst of a frame and closes', async () => {
    await using server = await scriptedDns((asked) => {
      if (asked.connection > 1) found(asked);
      else if (asked.place === 1) {
        asked.write(framed(answerOf(asked)).subarray(0, 20));
        asked.close();
      }
    });
    const options: ProbeOptions = { transport: 'tcp', resolvers: [server.resolver] };
    const results = await probeAll(options);
    expect(results.map(verdict)).toEqual(names.map(() => 'found'));
  });

  it.concurrent('nobody listens', async () => {
    const resolvers = [`127.0.0.1:${await freePort()}`];
    const results = await probeAll({ resolvers, outage: 0.3, transport: 'tcp' });
    expect(results.map(verdict)).toEqual(names.map(() => 'unknown network'));
  });
});

describe('with several resolvers', () => {
  it('an uncertain answer is asked again at another', async () => {
    await using bad = await scriptedDns(rcode(RCODE.SERVFAIL));
    await using good = await scriptedDns(found);
    const resolvers = [bad.resolver, good.resolver];
    // The good one finds every name, which a check would hold against it.
    const results = await probeAll({ resolvers, transport: 'udp', checkResolvers: 'off' });
    expect(results.map(verdict)).toEqual(names.map(() => 'found'));
    for (const result of results) expect(result).toMatchObject({ resolver: good.resolver });
  });

  it('one that is silent costs no verdict', async () => {
    await using dead = await scriptedDns(silence);
    await using good = await scriptedDns(nxdomain);
    const resolvers = [dead.resolver, good.resolver];
    // On a busy machine the good one may be late as well, again and again.
    const options = { transport: 'udp', timeout: 0.3, tries: 50 } as const;
    const results = await probeAll({ resolvers, ...options, checkResolvers: 'off' });
    expect(results.map(verdict)).toEqual(names.map(() => 'nxdomain'));
  });
});
