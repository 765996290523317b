/** Several resolvers of which some are dead, slow, or lie: every name has its right verdict. */

import { describe, expect, it } from 'vitest';
import { openProber } from '../../src/probe/prober.js';
import { freePort } from '../support/free-port.js';
import { isFull } from '../support/full.js';
import { gate } from '../support/gate.js';
import {
  type Behaviour,
  found,
  nxdomain,
  RCODE,
  rcode,
  type ScriptedDns,
  scriptedDns,
} from '../support/scripted-dns.js';
import { manyNames, probeAll, verdict } from '../support/verdicts.js';

/** Even names exist. */
const truth: Behaviour = (asked) => (isThere(asked.name) ? found : nxdomain)(asked);
const isThere = (name: string) => Number(/\d+/.exec(name)) % 2 === 0;
const truthOf = (names: readonly string[]) =>
  names.map((name) => (isThere(name) ? 'found' : 'nxdomain'));
const silence: Behaviour = () => {};
const isCanary = ({ type }: { type: string }) => type === 'NS';
const after =
  (delay: number, behave: Behaviour): Behaviour =>
  (asked) =>
    setTimeout(behave, delay, asked);

/** The names that were asked here, canaries left out. */
const namesAskedAt = (server: ScriptedDns) => server.asked.filter((asked) => !isCanary(asked));

/** Where nothing listens. */
const nobody = async () => `127.0.0.1:${await freePort()}`;

describe('two resolvers that know inside names only', () => {
  it('and leave all others unanswered are there: no outage is told', async () => {
    const insideOnly: Behaviour = (asked) => asked.name.endsWith('.example') && truth(asked);
    await using one = await scriptedDns(insideOnly);
    await using other = await scriptedDns(insideOnly);
    const told: boolean[] = [];
    const names = manyNames(20);
    const results = await probeAll(names, {
      ...{ resolvers: [one.resolver, other.resolver], transport: 'udp', timeout: 0.6 },
      onOutage: (isOut) => told.push(isOut),
    });
    expect(results.map(verdict)).toEqual(truthOf(names));
    expect(told).toEqual([]);
  });
});

describe('a list of ten, of which one refuses, two are silent and one is slow', () => {
  it.each(['udp', 'auto'] as const)(
    'has the right verdict for each name, over %s',
    async (transport) => {
      const running: ScriptedDns[] = [];
      const start = async (behave: Behaviour) => {
        const server = await scriptedDns(behave);
        running.push(server);
        return server;
      };
      const good = await Promise.all(Array.from({ length: 6 }, () => start(truth)));
      const silent = await Promise.all(Array.from({ length: 2 }, () => start(silence)));
      const slow = await start(after(300, truth));
      const resolvers = [
        await nobody(),
        ...[silent[0], slow, ...good, silent[1]].map((server) => server?.resolver ?? ''),
      ];
      const names = manyNames(isFull ? 3000 : 2000);
      // Counted here is what the pace costs, not what is asked to check resolvers.
      const options = { resolvers, transport, tries: 50, checkResolvers: 'off' } as const;
      const results = await probeAll(names, options);
      expect(results.map(verdict)).toEqual(truthOf(names));
      // A window or two were spent on the dead, and what they had was asked elsewhere.
      const share = names.length / resolvers.length;
      for (const server of silent) expect(namesAskedAt(server).length).toBeLessThan(share);
      // A slow one is asked less than any of the others; where all are starved it may not be the slowest.
      for (const server of isFull ? good : []) {
        expect(namesAskedAt(server).length).toBeGreaterThan(namesAskedAt(slow).length);
      }
      for (const server of running) await server[Symbol.asyncDispose]();
    },
    240_000,
  );
});

describe.concurrent('with one resolver that', () => {
  it('is silent for some names, others answer for it', async () => {
    const hides = (name: string) => /[37]\./.test(name);
    await using liar = await scriptedDns((asked) => {
      if (!hides(asked.name)) truth(asked);
    });
    await using honest = await scriptedDns(truth);
    const resolvers = [liar.resolver, honest.resolver];
    const names = manyNames(400);
    // On a busy machine the honest one may be late as well, again and again.
    const options = { resolvers, transport: 'udp', timeout: 0.5, tries: 50 } as const;
    const results = await probeAll(names, { ...options, checkResolvers: 'off' });
    expect(results.map(verdict)).toEqual(truthOf(names));
    expect(namesAskedAt(liar).some(({ name }) => hides(name))).toBe(true);
  });

  it.each(['udp', 'tcp'] as const)(
    'goes away and comes back, no verdict is lost, and the outage is told twice (%s)',
    async (transport) => {
      const isTold = gate();
      let isAway = false;
      await using server = await scriptedDns((asked) => {
        if (server.asked.length === 200) isAway = true;
        if (!isAway) truth(asked);
      });
      const told: boolean[] = [];
      const names = manyNames(1000);
      const running = probeAll(names, {
        resolvers: [server.resolver],
        transport,
        // Longer than it takes to tell an outage, on a busy machine too.
        timeout: 10,
        onOutage(isOut) {
          told.push(isOut);
          isTold.open();
        },
      });
      // Were it never told, the verdicts would say why.
      await Promise.race([isTold.passed, running]);
      isAway = false;
      expect((await running).map(verdict)).toEqual(truthOf(names));
      expect(told).toEqual([true, false]);
    },
  );

  it('refuses above a rate, few names stay unknown', async () => {
    const RATE = 300;
    let tokens = RATE / 10;
    let filledAt = performance.now();
    await using server = await scriptedDns((asked) => {
      tokens = Math.min(RATE / 10, tokens + ((asked.at - filledAt) / 1000) * RATE);
      filledAt = asked.at;
      if (tokens < 1) return rcode(RCODE.REFUSED)(asked);
      tokens--;
      return truth(asked);
    });
    const names = manyNames(600);
    const results = await probeAll(names, { resolvers: [server.resolver], transport: 'udp' });
    const right = truthOf(names);
    const wrong = results.map(verdict).filter((is, i) => is !== right[i]);
    expect(new Set(wrong).size === 0 || [...new Set(wrong)].join() === 'unknown refused').toBe(
      true,
    );
    expect(wrong.length).toBeLessThanOrEqual(30);
  });

  it('closes after a hundred answers, nothing is lost', async () => {
    await using server = await scriptedDns((asked) => {
      if (asked.place <= 100) truth(asked);
      if (asked.place === 100) asked.close();
    });
    const names = manyNames(isFull ? 1500 : 600);
    const results = await probeAll(names, { resolvers: [server.resolver], transport: 'tcp' });
    expect(results.map(verdict)).toEqual(truthOf(names));
  });
});

describe('--rate', () => {
  it.each(['udp', 'tcp'] as const)(
    'is never exceeded, tries again included (%s)',
    async (transport) => {
      const RATE = 200;
      // Every third name is uncertain once, and asked again.
      await using server = await scriptedDns((asked) =>
        (asked.time === 1 && /[369]\./.test(asked.name) ? rcode(RCODE.SERVFAIL) : truth)(asked),
      );
      const names = manyNames(120);
      const options = { resolvers: [server.resolver], transport, rate: RATE };
      const start = performance.now();
      const results = await probeAll(names, options);
      expect(results.map(verdict)).toEqual(truthOf(names));
      // No more come than the bucket holds and is filled with since the start. Only from there on: on
      // a busy machine the server sees questions late, and closer together than they were sent.
      for (const [i, { at }] of server.asked.entries()) {
        expect(i + 1).toBeLessThanOrEqual(RATE / 10 + ((at - start) / 1000) * RATE + 1);
      }
      expect(server.asked.length).toBeGreaterThan(names.length);
    },
  );

  it('the first name that is found is told with the first answers', async () => {
    await using server = await scriptedDns(truth);
    await using prober = openProber({ resolvers: [server.resolver], rate: 50 });
    for await (const { status } of prober.results(manyNames(800))) if (status === 'found') break;
    // The bucket holds five; its sibling is asked before the names that wait.
    expect(server.asked.length).toBeLessThan(100);
  });
});

describe.concurrent('while no resolver answers', () => {
  it('the run waits as long as it was told, spends no tries, and says timeout', async () => {
    await using server = await scriptedDns(silence);
    const told: boolean[] = [];
    const names = manyNames(50);
    const start = performance.now();
    const results = await probeAll(names, {
      resolvers: [server.resolver, await nobody()],
      transport: 'udp',
      timeout: 20,
      outage: 0.5,
      onOutage: (isOut) => told.push(isOut),
    });
    // Silence is believed after three seconds; then the outage runs.
    expect(performance.now() - start).toBeGreaterThanOrEqual(3000);
    expect(results.map(verdict)).toEqual(names.map(() => 'unknown timeout'));
    expect(told).toEqual([true]);
  });
});
