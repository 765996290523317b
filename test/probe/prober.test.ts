/** The library's idioms. */

import { getActiveResourcesInfo } from 'node:process';
import { describe, expect, it, vi } from 'vitest';
import { multiProbe, openProber, type ProbeResult, probe, UsageError } from '../../src/index.js';
import { HeldAnswers } from '../../src/resolver/held-answers.js';
import { gate } from '../support/gate.js';
import { openHttpServer } from '../support/http-server.js';
import { found, nxdomain, type ScriptedDns, scriptedDns } from '../support/scripted-dns.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Sockets that this process holds open. */
const sockets = () =>
  getActiveResourcesInfo().filter((kind) => /^(UDP|TCPSocket)/.test(kind)).length;

function* endless(): Generator<string> {
  for (let i = 0; ; i++) yield `n${i}.example`;
}

/** Waits until those of the test before are gone; a scripted server holds two itself. */
async function quiet(own: 0 | 2 = 2): Promise<number> {
  await expect.poll(sockets).toBe(own);
  return own;
}

const local = { resolvers: ['local'] };
/** No siblings are asked: these tests count what the server sees. */
const at = (server: ScriptedDns) => ({
  resolvers: [server.resolver],
  wildcards: 'off' as const,
});

describe('multiProbe', () => {
  it('yields a name and its status for each name', async () => {
    const lines: string[] = [];
    for await (const { name, status } of multiProbe(['def.dev', 'none.dev', 'a..b'], local)) {
      lines.push(`${name}\t${status}`);
    }
    expect(lines.sort()).toEqual(['a..b\tinvalid', 'def.dev\tfound', 'none.dev\tmissing']);
  });

  it.each([
    ['a set', new Set(['def.dev', 'none.dev'])],
    [
      'a generator',
      (function* () {
        yield* ['def.dev', 'none.dev'];
      })(),
    ],
    [
      'an async generator',
      (async function* () {
        yield* ['def.dev', 'none.dev'];
      })(),
    ],
  ])('takes %s', async (_, names) => {
    const results = [];
    for await (const { status } of multiProbe(names, local)) results.push(status);
    expect(results.sort()).toEqual(['found', 'missing']);
  });

  it('yields the evidence', async () => {
    for await (const result of multiProbe(['ALIAS.dev.'], local)) {
      expect(result).toEqual({
        name: 'alias.dev',
        input: 'ALIAS.dev.',
        status: 'found',
        rcode: 'NOERROR',
        records: [
          { name: 'alias.dev', type: 'CNAME', ttl: 300, data: 'def.dev.' },
          { name: 'def.dev', type: 'A', ttl: 300, data: '192.0.2.1' },
        ],
        resolver: 'local',
        transport: 'udp',
        ms: expect.any(Number),
      });
    }
  });

  it('gives each duplicate its result and asks once for those in flight', async () => {
    const all = gate();
    await using server = await scriptedDns(async (asked) => {
      await all.passed;
      nxdomain(asked);
    });
    const names = Array.from({ length: 50 }, (_, i) => (i % 2 ? 'Same.example' : 'same.example.'));
    const results = multiProbe(names, at(server));
    const first = results.next();
    await turn();
    all.open();
    const inputs = [((await first).value as ProbeResult).input];
    for await (const { input, name, status } of results) {
      expect([name, status]).toEqual(['same.example', 'missing']);
      inputs.push(input);
    }
    expect(inputs.sort()).toEqual([...names].sort());
    expect(server.asked).toHaveLength(1);
  });

  it('asks again for a name whose question is over: nothing is cached', async () => {
    await using server = await scriptedDns(nxdomain);
    await using prober = openProber(at(server));
    await prober.probe('same.example');
    await prober.probe('same.example');
    expect(server.asked).toHaveLength(2);
  });

  it('pulls names only as fast as they are answered', async () => {
    const answers = gate();
    await using server = await scriptedDns(async (asked) => {
      await answers.passed;
      nxdomain(asked);
    });
    let pulled = 0;
    function* counted() {
      for (const name of endless()) {
        pulled++;
        yield name;
      }
    }
    let taken = 0;
    const results = multiProbe(counted(), { ...at(server), concurrency: 10 });
    const first = results.next();
    await expect.poll(() => server.asked.length).toBeGreaterThan(0);
    // Not one by one with the questions in flight, but a bounded number ahead of the answers.
    const ahead = 100;
    expect(pulled).toBeLessThanOrEqual(ahead);
    answers.open();
    await first;
    for await (const _ of results) {
      expect(pulled).toBeLessThanOrEqual(++taken + ahead);
      if (taken === 1000) break;
    }
  });

  it('yields while its source is idle', async () => {
    await using server = await scriptedDns(found);
    const more = gate();
    async function* names() {
      yield 'a.example';
      await more.passed;
      yield 'b.example';
    }
    const results = multiProbe(names(), at(server));
    expect((await results.next()).value).toMatchObject({ name: 'a.example' });
    more.open();
    expect((await results.next()).value).toMatchObject({ name: 'b.example' });
    expect((await results.next()).done).toBe(true);
  });

  it('throws the reason of an abort, and yields no verdict for what it interrupted', async () => {
    await using server = await scriptedDns(() => controller.abort(reason));
    const controller = new AbortController();
    const reason = new Error('enough');
    const results: ProbeResult[] = [];
    const run = async () => {
      const options = { ...at(server), signal: controller.signal };
      for await (const result of multiProbe(endless(), options)) results.push(result);
    };
    await expect(run()).rejects.toBe(reason);
    expect(results).toEqual([]);
  });

  it('throws at once under a signal that was aborted before', async () => {
    const signal = AbortSignal.abort('never');
    await expect(multiProbe(['a.example'], { signal }).next()).rejects.toBe('never');
    await expect(probe('a.example', { signal })).rejects.toBe('never');
  });

  it.each<[string, object, string]>([
    ['concurrency', { concurrency: 0 }, 'an integer from 1 to 65536, got `0` (number)'],
    ['timeout', { timeout: '3' }, 'a number of seconds from 0.001 to 86400, got `3`'],
    ['tries', { tries: 1.5 }, 'an integer from 1 to 100, got `1.5` (number)'],
    [
      'resolvers',
      { resolvers: 'local' },
      'HOST, HOST:PORT, [IPV6]:PORT, a tls or https URL or local, got `local`',
    ],
    ['tlds', { tlds: ['a b'] }, 'top-level domains such as dev or com.br, got `a b` (object)'],
    ['ordered', { ordered: 1 }, 'true or false, got `1` (number)'],
  ])('a wrong `%s` is a UsageError that says what is allowed', async (option, options, rest) => {
    const error = new UsageError(`Expected \`${option}\` to be ${rest}`, { option });
    expect(() => openProber(options)).toThrow(error);
    await expect(multiProbe([], options).next()).rejects.toThrow(error);
  });
});

describe('leaving', () => {
  it.each(['udp', 'tcp'] as const)('the loop closes every socket, over %s', async (transport) => {
    await using server = await scriptedDns((asked) => {
      if (asked.name === 'n3.example') found(asked);
    });
    const before = await quiet();
    for await (const { name } of multiProbe(endless(), { ...at(server), transport })) {
      expect(name).toBe('n3.example');
      expect(sockets()).toBeGreaterThan(before);
      break;
    }
    await expect.poll(sockets).toBe(before);
    expect(server.standing).toBe(0);
  });

  it('by an error in the loop closes every socket', async () => {
    await using server = await scriptedDns(found);
    const before = await quiet();
    const run = async () => {
      for await (const _ of multiProbe(endless(), at(server))) throw new Error('mine');
    };
    await expect(run()).rejects.toThrow('mine');
    await expect.poll(sockets).toBe(before);
  });

  it('by an abort closes every socket', async () => {
    await using server = await scriptedDns(found);
    const before = await quiet();
    const controller = new AbortController();
    const options = { ...at(server), signal: controller.signal };
    const results = multiProbe(endless(), options);
    await results.next();
    controller.abort();
    await expect(async () => {
      for await (const _ of results);
    }).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(sockets).toBe(before);
  });

  it('closes the embedded server too', async () => {
    const before = await quiet(0);
    for await (const _ of multiProbe(['def.dev', 'none.dev'], local)) break;
    await expect.poll(sockets).toBe(before);
  });
});

describe('openProber', () => {
  it('keeps its sockets from one call to the next, and `await using` closes them', async () => {
    await using server = await scriptedDns(found);
    const before = await quiet();
    {
      await using prober = openProber({ ...at(server), transport: 'tcp' });
      expect(await prober.probe('a.example')).toMatchObject({ status: 'found' });
      expect(await prober.probe('b.example')).toMatchObject({ status: 'found' });
      expect(server.connections).toBe(1);
    }
    await expect.poll(sockets).toBe(before);
  });

  it('opens nothing before something is asked', async () => {
    const before = await quiet(0);
    await using _ = openProber(local);
    await turn();
    expect(sockets()).toBe(before);
  });

  it('ends with an error for whoever still waits when it is closed', async () => {
    const asked = gate();
    await using server = await scriptedDns(() => asked.open());
    const prober = openProber(at(server));
    const waiting = expect(prober.probe('a.example')).rejects.toThrow('closed');
    await asked.passed;
    await prober.close();
    await waiting;
    await expect(prober.probe('a.example')).rejects.toThrow('closed');
  });

  it('may be closed twice, before it was used, after it, and at once', async () => {
    const before = await quiet(0);
    for (const isUsed of [false, true]) {
      const prober = openProber({ ...local, rdap: true });
      if (isUsed) await prober.probe('def.dev');
      await Promise.all([prober.close(), prober.close()]);
      await prober.close();
    }
    await expect.poll(sockets).toBe(before);
  });

  it('tells how many verdicts it owes', async () => {
    await using prober = openProber({ ...local, tlds: ['dev', 'io'], tries: 1 });
    let count = 0;
    for await (const _ of prober.results(['def', 'none.dev', 'a..b'])) count++;
    expect([count, prober.taken]).toEqual([4, 4]);
  });

  it('gives lists for lists', async () => {
    await using prober = openProber(local);
    const results: ProbeResult[] = [];
    for await (const batch of prober.batches([['def.dev', 'none.dev'], [], ['as.dev']])) {
      expect(batch.length).toBeGreaterThan(0);
      results.push(...batch);
    }
    expect(results.map(({ name }) => name).sort()).toEqual(['as.dev', 'def.dev', 'none.dev']);
  });
});

describe('a name that only a wildcard answers for', () => {
  it.each(['mark', 'off'] as const)(
    'is asked about at its registry, with `wildcards` %s',
    async (wildcards) => {
      // A resolver that rewrites NXDOMAIN makes addresses up, and denies all other types.
      await using server = await scriptedDns((asked) =>
        (asked.type === 'A' ? found : nxdomain)(asked),
      );
      await using registry = await openHttpServer(({ url }, response) => {
        const isControl = url === '/domain/nic.test';
        const body = isControl
          ? { objectClassName: 'domain', ldhName: 'nic.test' }
          : { errorCode: 404 };
        response.writeHead(isControl ? 200 : 404, { 'content-type': 'application/rdap+json' });
        response.end(JSON.stringify(body));
      });
      const resolvers = [server.resolver];
      const results = [];
      await using prober = openProber({
        ...{ resolvers, wildcards, rdap: true, rdapRate: 0, rdapBootstrap: 'off' },
        rdapServers: [`test=${registry.url}`],
      });
      for await (const each of prober.results(['a.test', 'www.b.test'])) results.push(each);
      expect(results.map(({ status, registration }) => [status, registration])).toEqual([
        ['found', 'unregistered'],
        ['found', 'unregistered'],
      ]);
    },
  );
});

describe('probe', () => {
  it('is the verdict for one name', async () => {
    expect(await probe('def.dev', local)).toMatchObject({ name: 'def.dev', status: 'found' });
    expect(await probe('a..b', local)).toMatchObject({ status: 'invalid', reason: 'empty-label' });
  });
});

describe('misuse', () => {
  it('one name in place of a list is a UsageError', async () => {
    const message = 'Expected a list of names, got the text `def.dev`';
    await expect(multiProbe('def.dev').next()).rejects.toThrow(new UsageError(message));
  });

  it('a name that is no text is a UsageError, and its source is closed', async () => {
    let isClosed = false;
    function* names() {
      try {
        for (;;) yield 42 as never;
      } finally {
        isClosed = true;
      }
    }
    const run = async () => {
      for await (const _ of multiProbe(names(), { resolvers: ['local'] }));
    };
    await expect(run()).rejects.toThrow(
      new UsageError('Expected every name to be a text, got `42` (number)'),
    );
    expect(isClosed).toBe(true);
  });
});

describe('a prober whose answers wait for the checks of resolvers', () => {
  it('takes no more names while they hold too much, and goes on when they do not', async () => {
    const room = gate();
    const looked = gate();
    const spy = vi.spyOn(HeldAnswers.prototype, 'room', 'get').mockImplementationOnce(() => {
      looked.open();
      return room.passed;
    });
    try {
      await using prober = openProber(local);
      const results = prober.results(['def.dev']);
      const first = results.next();
      await Promise.race([looked.passed, first]);
      await turn();
      expect(prober.taken).toBe(0);
      room.open();
      expect((await first).value).toMatchObject({ name: 'def.dev', status: 'found' });
    } finally {
      spy.mockRestore();
    }
  });
});
