/** A resolver that is out to deceive, beside two that are right: what becomes of the verdicts. */

import type { Answer } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { fnv1a } from '../../src/core/shard.js';
import type { ProbeOptions } from '../../src/probe/options.js';
import { openProber } from '../../src/probe/prober.js';
import type { DistrustNotice } from '../../src/resolver/distrust-text.js';
import {
  type Asked,
  a,
  type Behaviour,
  cname,
  framed,
  nxdomain,
  RCODE,
  rcode,
  type ScriptedDns,
  scriptedDns,
  soa,
} from '../support/scripted-dns.js';
import { probeAll, verdict } from '../support/verdicts.js';

const names = Array.from({ length: 240 }, (_, i) => `n${i}.zone.example`);
const isListed = (name: string) => /^n\d+\.zone\.example$/.test(name);
const exists = (name: string) => /^n\d*[02468]\.zone\.example$/.test(name);
const isTld = ({ name, type }: Asked) => type === 'NS' && !name.includes('.');

const honest: Behaviour = (asked) => {
  if (isTld(asked))
    return asked.reply({
      answers: [{ name: asked.name, type: 'NS', ttl: 60, data: 'ns.example' }],
    });
  return exists(asked.name) ? asked.reply({ answers: [a(asked.name)] }) : nxdomain(asked);
};
const inventing: Behaviour = (asked) => asked.reply({ answers: [a(asked.name, '198.51.100.1')] });
/** Treats names of the list in one way, and those that only a check asks about in another. */
const toList =
  (listed: Behaviour, others: Behaviour): Behaviour =>
  (asked) =>
    (isListed(asked.name) ? listed : others)(asked);
const silence: Behaviour = () => {};
const lame: Behaviour = (asked) => asked.reply({ flags: 0 });
/** Tells the truth so often, and then something else. */
const honestFor = (count: number, then: Behaviour): Behaviour => {
  let asked = 0;
  return (each) => (asked++ < count ? honest : then)(each);
};
const otherSoa: Answer = { ...soa, name: 'elsewhere.test' };
const badVersion: Answer = {
  name: '.',
  type: 'OPT',
  udpPayloadSize: 512,
  extendedRcode: 1,
} as never;
const park: Behaviour = (asked) =>
  asked.name === 'park.example'
    ? inventing(asked)
    : asked.reply({ answers: [cname(asked.name, 'park.example')] });

const hostile: Record<string, Behaviour> = {
  'refuses the check and makes up the list': toList(inventing, rcode(RCODE.REFUSED)),
  'fails the check and makes up the list': toList(inventing, rcode(RCODE.SERVFAIL)),
  'is silent at the check and makes up the list': toList(inventing, silence),
  'is lame at the check and makes up the list': toList(inventing, lame),
  'sends half an answer to the check and makes up the list': toList(inventing, (asked) =>
    asked.send(asked.message({ answers: [a(asked.name)] }).subarray(0, -3)),
  ),
  'refuses the check and denies the list': toList(nxdomain, rcode(RCODE.REFUSED)),
  'denies what exists, and knows its top-level domain': (asked) =>
    (isTld(asked) ? honest : nxdomain)(asked),
  'makes up an alias, whose target must be asked for': park,
  'makes up an alias for what does not exist': (asked) =>
    (exists(asked.name) ? honest : park)(asked),
  'truncates over UDP and makes up over TCP': (asked) =>
    asked.transport === 'udp' ? asked.reply({ flags: 0x0380 }) : inventing(asked),
  'makes up addresses under the top-level domain of the list only': (asked) =>
    (asked.name.endsWith('.example') ? inventing : honest)(asked),
  'makes up addresses under SERVFAIL': (asked) =>
    asked.reply({ flags: RCODE.SERVFAIL | 0x80, answers: [a(asked.name)] }),
  'denies with an address': (asked) =>
    asked.reply({ flags: RCODE.NXDOMAIN | 0x80, answers: [a(asked.name)], authorities: [soa] }),
  'answers each question with sixty records of others': (asked) =>
    asked.reply({ answers: Array.from({ length: 60 }, (_, i) => a(`x${i}.example`)) }),
  'floods with answers that nobody asked for': (asked) => {
    for (let i = 0; i < 20; i++) {
      asked.send(asked.message({ id: (asked.id + 1 + i) & 0xffff, answers: [a(asked.name)] }));
    }
  },
  'takes the address back with a second answer': (asked) => {
    if (exists(asked.name)) nxdomain(asked);
    honest(asked);
  },
  'denies without a SOA what it is asked too fast': honestFor(40, (asked) =>
    asked.reply({ flags: RCODE.NXDOMAIN | 0x80 }),
  ),
  'says nothing at all when it is asked too fast': honestFor(40, (asked) =>
    asked.reply({ flags: 0x80 }),
  ),
  'denies with the SOA of another zone': (asked) =>
    asked.reply({ flags: 0x80, authorities: [otherSoa] }),
  'answers in another class': (asked) =>
    asked.reply({ flags: 0x80, answers: [{ ...a(asked.name), class: 'CH' } as Answer] }),
  'does not know the version of EDNS': (asked) =>
    asked.hasEdns ? asked.reply({ additionals: [badVersion] }) : honest(asked),
  'truncates over UDP and closes every TCP connection': (asked) =>
    asked.transport === 'udp' ? asked.reply({ flags: 0x0380 }) : asked.close(),
  'speaks over TCP in frames without end': (asked) => {
    if (asked.transport === 'tcp') return void asked.write(framed(Buffer.alloc(60_000)));
    return asked.reply({ flags: 0x0380 });
  },
};

async function open(behaviours: readonly Behaviour[]): Promise<ScriptedDns[] & AsyncDisposable> {
  const servers = await Promise.all(behaviours.map((behave) => scriptedDns(behave)));
  return Object.assign(servers, {
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  });
}

async function probed(
  behave: Behaviour,
  list: readonly string[],
  beside: readonly Behaviour[] = [honest, honest],
) {
  await using servers = await open([behave, ...beside]);
  const notices: DistrustNotice[] = [];
  await using prober = openProber({
    resolvers: servers.map(({ resolver }) => resolver),
    onDistrust: (notice) => notices.push(notice),
  });
  const wrong: string[] = [];
  for await (const { name, status } of prober.results(list)) {
    if (status !== (exists(name) ? 'found' : 'missing')) wrong.push(`${name} ${status}`);
  }
  // The label of a check has twenty letters, and one question is about a top-level domain.
  const checks = servers[0]?.asked.filter(
    (each) => /^[a-z]{20}\./.test(each.name) || isTld(each),
  ).length;
  return { wrong, notices, checks };
}

describe('every verdict is right beside one that', () => {
  it.each(Object.entries(hostile))('%s', async (_, behave) => {
    expect((await probed(behave, names)).wrong).toEqual([]);
  });
});

describe('beside a single one that is right', () => {
  const tlds = ['alpha', 'beta', 'gamma', 'delta'];
  const list = Array.from({ length: 200 }, (_, i) => `n${i}.${tlds[i % 4]}`);
  const isThere = (name: string) => /^n\d*[012345]\./.test(name);
  const right: Behaviour = (asked) => {
    const zone = { ...soa, name: asked.name.slice(asked.name.lastIndexOf('.') + 1) };
    if (isThere(asked.name)) asked.reply({ answers: [a(asked.name)] });
    else asked.reply({ flags: RCODE.NXDOMAIN | 0x80, authorities: [zone] });
  };
  const hijacking: Behaviour = (asked) =>
    asked.name.endsWith('.gamma')
      ? asked.reply({ answers: [a(asked.name, `198.51.100.${asked.name.length}`)] })
      : right(asked);

  it.each([
    ['first', [hijacking, right]],
    ['last', [right, hijacking]],
  ] as const)(
    'one that makes addresses up under one top-level domain only decides no verdict: it is %s',
    async (_, behaviours) => {
      await using servers = await open(behaviours);
      const notices: DistrustNotice[] = [];
      await using prober = openProber({
        resolvers: servers.map(({ resolver }) => resolver),
        onDistrust: (notice) => notices.push(notice),
      });
      const wrong: string[] = [];
      for await (const result of prober.results(list)) {
        const { name, status } = result;
        const mark = 'wildcard' in result ? ` ${result.wildcard}` : '';
        const expected = isThere(name) ? 'found' : 'missing';
        if (status + mark !== expected) wrong.push(`${name} ${status}${mark}`);
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe('a resolver behind whose address another machine serves streams', () => {
  /** Over UDP honest but for what it truncates: one name in so many, whichever. */
  const behind = (stream: Behaviour, share: number): Behaviour => {
    const isCut = (name: string) => isListed(name) && fnv1a(`cut ${name}`) % share === 0;
    return (asked) => {
      if (asked.transport === 'tcp') stream(asked);
      else if (isCut(asked.name)) asked.reply({ flags: 0x0380 });
      else honest(asked);
    };
  };

  describe.each([2, 3])('one of %i', (count) => {
    it.each([
      ['makes up all names there', inventing, 'lying', 16],
      ['makes up all names there that it is asked for often', inventing, 'lying', 2],
      ['denies all names there', nxdomain, 'withholding', 8],
      ['denies all names there that it is asked for often', nxdomain, 'withholding', 2],
    ])('%s: no verdict is wrong, and it is told', async (_, stream, standing, share) => {
      const beside = Array<Behaviour>(count - 1).fill(honest);
      const { wrong, notices } = await probed(behind(stream, share), names, beside);
      expect(wrong).toEqual([]);
      expect(notices).toMatchObject([{ standing }]);
    });
  });

  it('is believed where it is honest there too, for four questions over each', async () => {
    const { wrong, notices, checks } = await probed(behind(honest, 4), names, [honest]);
    expect([wrong, notices]).toEqual([[], []]);
    expect(checks).toBeLessThanOrEqual(8);
  });
});

describe('a resolver that says of what does not exist that it has no address', () => {
  const blurring: Behaviour = (asked) => {
    const zone = asked.name.slice(asked.name.lastIndexOf('.') + 1);
    if (exists(asked.name) || isTld(asked)) honest(asked);
    else asked.reply({ flags: 0x80, authorities: [{ ...soa, name: zone }] });
  };
  const verdicts = async (behaviours: readonly Behaviour[]) => {
    await using servers = await open(behaviours);
    const resolvers = servers.map(({ resolver }) => resolver);
    return (await probeAll(names.slice(0, 60), { resolvers })).map(verdict);
  };

  it.each([1, 2])('is not believed that a name exists beside %i that denies it', async (count) => {
    const others = Array<Behaviour>(count).fill(honest);
    const expected = names.slice(0, 60).map((name) => (exists(name) ? 'found' : 'nxdomain'));
    expect(await verdicts([blurring, ...others])).toEqual(expected);
  });

  it('is believed where no other says more', async () => {
    expect(new Set(await verdicts([blurring, blurring]))).toEqual(new Set(['found', 'nodata']));
  });
});

describe.each([
  ['stale', 19],
  ['of one server, as another could not be reached', 23],
])('a denial that its resolver calls %s', (_, code) => {
  const option = { code: 15, data: Buffer.of(0, code) };
  const opt = { name: '.', type: 'OPT', udpPayloadSize: 1232, options: [option] } as never;
  const denying: Behaviour = (asked) =>
    asked.reply({ flags: RCODE.NXDOMAIN | 0x80, authorities: [soa], additionals: [opt] });
  const even = names.filter(exists).slice(0, 20);
  const verdicts = async (behaviours: readonly Behaviour[]) => {
    await using servers = await open(behaviours);
    const resolvers = servers.map(({ resolver }) => resolver);
    const results = await probeAll(even, { resolvers, checkResolvers: 'off' });
    return new Set(results.map(verdict));
  };

  it('is asked for elsewhere, and stands where every other one says the same', async () => {
    expect(await verdicts([denying, honest])).toEqual(new Set(['found']));
    expect(await verdicts([denying, denying])).toEqual(new Set(['nxdomain']));
    expect(await verdicts([denying])).toEqual(new Set(['nxdomain']));
  });
});

describe('alone', () => {
  const few = names.slice(0, 40);
  const verdicts = async (behave: Behaviour, options: ProbeOptions = {}) => {
    await using server = await scriptedDns(behave);
    const results = await probeAll(few, { resolvers: [server.resolver], ...options });
    return new Set(results.map(verdict));
  };

  it('one that truncates and closes every TCP connection leaves names unknown, and soon', async () => {
    const closing = hostile['truncates over UDP and closes every TCP connection'] as Behaviour;
    const reasons = [...(await verdicts(closing))];
    expect(reasons.filter((each) => !each.startsWith('unknown '))).toEqual([]);
  });

  it('one that does not know the version of EDNS is asked without', async () => {
    const old = hostile['does not know the version of EDNS'] as Behaviour;
    expect(await verdicts(old)).toEqual(new Set(['found', 'nxdomain']));
  });

  it.each(['denies with the SOA of another zone', 'answers in another class'])(
    'one that %s leaves names unknown',
    async (kind) => {
      const behave = hostile[kind] as Behaviour;
      expect([...(await verdicts(behave, { tries: 2 }))]).toEqual(['unknown contradiction']);
    },
  );

  it('one that drops datagrams and answers over TCP is asked there before a name is given up', async () => {
    const dropping: Behaviour = (asked) => {
      // The first shows that its streams work.
      if (asked.name === 'n0.zone.example' && asked.transport === 'udp') {
        asked.reply({ flags: 0x0380 });
      } else if (asked.transport === 'tcp' || asked.type === 'NS') honest(asked);
    };
    const options: ProbeOptions = { transport: 'udp', tries: 2, timeout: 2 };
    expect(await verdicts(dropping, options)).toEqual(new Set(['found', 'nxdomain']));
  });
});
