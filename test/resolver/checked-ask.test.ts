/** Lists of resolvers of which one is good and nine have the same fault, with default settings. */

import { describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probe/options.js';
import { openProber } from '../../src/probe/prober.js';
import type { DistrustNotice } from '../../src/resolver/distrust-text.js';
import { isFull } from '../support/full.js';
import {
  type Asked,
  a,
  type Behaviour,
  nxdomain,
  RCODE,
  rcode,
  type ScriptedDns,
  scriptedDns,
  soa,
} from '../support/scripted-dns.js';

const COUNT = isFull ? 2000 : 120;
const TIMEOUT_MS = isFull ? 240_000 : 60_000;
const names = Array.from({ length: COUNT }, (_, i) => `n${i}.example`);
const exists = ({ name }: Asked) => /^n\d*[02468]\.example$/.test(name);

/** Half of the names exist; what it is not asked about by the list does not. */
const good: Behaviour = (asked) =>
  exists(asked) ? asked.reply({ answers: [a(asked.name, '192.0.2.7')] }) : nxdomain(asked);

const inventing: Behaviour = (asked) => asked.reply({ answers: [a(asked.name, '198.51.100.1')] });
const SLOW_MS = 400;
/** An OPT record with an extended error: 17 is "Filtered" (RFC 8914, 4.18). */
const filtered = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  options: [{ code: 15, data: Buffer.of(0, 17) }],
} as never;

const bad: Record<string, Behaviour> = {
  refuses: rcode(RCODE.REFUSED),
  fails: rcode(RCODE.SERVFAIL),
  'is lame': (asked) => asked.reply({ flags: 0 }),
  'points elsewhere': (asked) =>
    asked.reply({ authorities: [{ name: 'example', type: 'NS', data: 'ns.example' }] }),
  'makes up an address for every name': inventing,
  'makes up another address for every name': (asked) =>
    asked.reply({ answers: [a(asked.name, `198.51.100.${asked.id % 250}`)] }),
  'makes up an address for what does not exist': (asked) =>
    exists(asked) ? good(asked) : asked.reply({ answers: [a(asked.name, '198.51.100.1')] }),
  'denies every name': nxdomain,
  'denies every record': (asked) => asked.reply(),
  'answers about other names': (asked) => asked.reply({ answers: [a('other.example')] }),
  'contradicts itself': (asked) =>
    asked.reply({
      answers: [a(asked.name), { name: asked.name, type: 'CNAME', data: 'gone.example' }],
    }),
  'sends half an answer': (asked) =>
    asked.send(asked.message({ answers: [a(asked.name)] }).subarray(0, -2)),
  truncates: (asked) => asked.reply({ flags: 0x0380 }),
  'is silent': () => {},
  'is slow, and right': (asked) => setTimeout(good, SLOW_MS, asked),
  'is slow, and makes up addresses': (asked) => setTimeout(inventing, SLOW_MS, asked),
  'answers other questions': (asked) =>
    asked.reply({
      questions: [{ name: 'other.example', type: 'A' }],
      answers: [a('other.example')],
    }),
  'mangles the case, and is right': (asked) => {
    const question = { name: asked.name.toUpperCase(), type: asked.type };
    const isThere = exists(asked);
    asked.reply({
      questions: [question],
      flags: isThere ? 0x0180 : 0x0183,
      ...(isThere ? { answers: [a(question.name, '192.0.2.7')] } : { authorities: [soa] }),
    });
  },
  'mangles every byte behind the question': (asked) => {
    const message = asked.message({ answers: [a(asked.name)] });
    for (let at = asked.name.length + 18; at < message.length; at++) message[at] = 0xff;
    asked.send(message);
  },
  'claims more records than there are': (asked) => {
    const message = asked.message({ answers: [a(asked.name)] });
    message.writeUInt16BE(9, 6);
    asked.send(message);
  },
  'leaves every second answer empty': (asked) =>
    asked.id % 2 === 0 ? asked.reply({ flags: 0x80 }) : good(asked),
  'cuts every second answer short': (asked) =>
    asked.id % 2 === 0
      ? asked.send(asked.message({ answers: [a(asked.name)] }).subarray(0, -2))
      : good(asked),
  'says that it filters': (asked) =>
    asked.reply({ flags: RCODE.NXDOMAIN, authorities: [soa], additionals: [filtered] }),
};

/** Another fault each time, of which one is a denial. */
const faults = [
  'denies every name',
  'answers about other names',
  'points elsewhere',
  'sends half an answer',
  'contradicts itself',
  'claims more records than there are',
] as const;
bad['has another fault each time'] = (asked) =>
  bad[faults[asked.id % faults.length] as string]?.(asked);

async function open(behaviours: Behaviour[]): Promise<ScriptedDns[] & AsyncDisposable> {
  const servers = await Promise.all(behaviours.map((behave) => scriptedDns(behave)));
  return Object.assign(servers, {
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  });
}

async function probed(
  behaviours: Behaviour[],
  list: readonly string[],
  options: ProbeOptions = {},
) {
  await using servers = await open(behaviours);
  const notices: DistrustNotice[] = [];
  await using prober = openProber({
    resolvers: servers.map(({ resolver }) => resolver),
    onDistrust: (notice) => notices.push(notice),
    ...options,
  });
  const verdicts = new Map<string, string>();
  for await (const result of prober.results(list)) {
    const mark = 'wildcard' in result ? ` ${result.wildcard}` : '';
    verdicts.set(result.name, result.status + mark);
  }
  // Each question once, and no health checks (`. NS`): on a busy machine there are more of both.
  const checked = servers.map(({ asked }) => {
    const others = asked.filter(({ name }) => name !== '.' && !list.includes(name));
    return new Set(others.map(({ name, type }) => `${name} ${type}`)).size;
  });
  return { verdicts, notices, checked };
}

const right = (name: string) => (/[02468]\.example$/.test(name) ? 'found' : 'missing');

describe('one good resolver among nine that', () => {
  it.each(Object.entries(bad))(
    '%s',
    async (_, behave) => {
      const nine = Array.from({ length: 9 }, () => behave);
      const { verdicts } = await probed([...nine.slice(0, 4), good, ...nine.slice(4)], names);
      const wrong = names.filter((name) => verdicts.get(name) !== right(name));
      expect(wrong.map((name) => `${name} ${verdicts.get(name)}`)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('the check', () => {
  const list = names.slice(0, 40);

  it('is told once for each resolver', async () => {
    const lying = bad['makes up an address for every name'] as Behaviour;
    const { notices } = await probed([lying, good, lying], list);
    expect(notices).toHaveLength(2);
    expect(notices.every(({ standing }) => standing === 'lying')).toBe(true);
  });

  it('costs a resolver at most four questions, and one alone nothing but the sibling', async () => {
    expect(Math.max(...(await probed([good, good], list)).checked)).toBeLessThanOrEqual(4);
    const alone = await probed([good], list);
    expect(alone.checked[0]).toBeLessThanOrEqual(1);
  });

  it('is dropped where every resolver would be a liar', async () => {
    const lying = bad['makes up an address for every name'] as Behaviour;
    const { notices, verdicts } = await probed([lying, lying], list);
    expect(notices.at(-1)).toEqual({});
    expect([...new Set(verdicts.values())]).toEqual(['found true']);
    expect(verdicts.size).toBe(list.length);
  });

  it('leaves resolvers alone that refuse or deny names of the outside', async () => {
    const inside: Behaviour = (asked) =>
      asked.name.endsWith('.example') ? good(asked) : rcode(RCODE.REFUSED)(asked);
    const { notices, verdicts, checked } = await probed([inside, inside], list);
    expect(notices).toEqual([]);
    // A refusal is enough: it would be the same when asked again.
    expect(Math.max(...checked)).toBeLessThanOrEqual(4);
    expect(list.filter((name) => verdicts.get(name) !== right(name))).toEqual([]);
  });

  it('lets a denial stand where no other resolver can say', async () => {
    const silent: Behaviour = () => {};
    const { verdicts } = await probed([nxdomain, silent], ['gone.example'], {
      timeout: 0.2,
      tries: 2,
    });
    expect([...verdicts.values()]).toEqual(['missing']);
  });

  it('can be turned off', async () => {
    const { checked, notices } = await probed([good, good], list, { checkResolvers: 'off' });
    expect(Math.max(...checked)).toBeLessThanOrEqual(2);
    expect(notices).toEqual([]);
  });
});
