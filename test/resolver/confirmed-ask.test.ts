/** Resolvers that the user trusts confirm what the others say. */

import { describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probe/options.js';
import { runInProcess } from '../support/in-process.js';
import {
  type Asked,
  a,
  type Behaviour,
  found,
  nxdomain,
  RCODE,
  rcode,
  scriptedDns,
} from '../support/scripted-dns.js';
import { manyNames, probeAll, verdict } from '../support/verdicts.js';

const names = manyNames(40);
const isThere = ({ name }: { readonly name: string }) => /^n\d*[02468]\.example$/.test(name);
const honest: Behaviour = (asked) => (isThere(asked) ? found : nxdomain)(asked);
const right = names.map((name) => (isThere({ name }) ? 'found' : 'nxdomain'));
const inventing: Behaviour = (asked) => asked.reply({ answers: [a(asked.name, '198.51.100.1')] });
const listed = ({ asked }: { readonly asked: readonly Asked[] }) =>
  asked.filter(({ name }) => names.includes(name)).map(({ name }) => name);

async function probed(others: Behaviour, trusted: Behaviour, options: ProbeOptions = {}) {
  await using other = await scriptedDns(others);
  await using judge = await scriptedDns(trusted);
  const results = await probeAll(names, {
    resolvers: [other.resolver],
    trusted: [judge.resolver],
    ...options,
  });
  return { results, verdicts: results.map(verdict), confirmed: listed(judge), judge };
}

describe('--trusted', () => {
  it('confirms what the others found, once, and nothing else', async () => {
    const { verdicts, confirmed } = await probed(honest, honest);
    expect(verdicts).toEqual(right);
    expect(confirmed.sort()).toEqual(names.filter((name) => isThere({ name })).sort());
  });

  it('says the last word about what the others make up', async () => {
    const { verdicts, results, judge } = await probed(inventing, honest);
    expect(verdicts).toEqual(right);
    expect(new Set(results.map((result) => 'resolver' in result && result.resolver))).toEqual(
      new Set([judge.resolver]),
    );
  });

  it('with --confirm all also about what the others deny', async () => {
    expect((await probed(nxdomain, honest)).verdicts).toEqual(names.map(() => 'nxdomain'));
    const { verdicts, confirmed } = await probed(nxdomain, honest, { confirm: 'all' });
    expect(verdicts).toEqual(right);
    expect(confirmed).toHaveLength(names.length);
  });

  it('leaves unknown what cannot be confirmed', async () => {
    const { verdicts } = await probed(honest, rcode(RCODE.REFUSED), { tries: 2 });
    expect(verdicts).toEqual(right.map((is) => (is === 'found' ? 'unknown refused' : is)));
  });

  it('is asked for the siblings of what it has found', async () => {
    const wild: Behaviour = (asked) => asked.reply({ answers: [a(asked.name, '192.0.2.9')] });
    const { results, judge } = await probed(wild, wild, { wildcards: 'mark' });
    expect(results.every((result) => 'wildcard' in result && result.wildcard === true)).toBe(true);
    expect(judge.asked.length).toBeGreaterThan(names.length);
  });

  it('finds out who is wrong among the others', async () => {
    const trap = ({ name }: Asked) => /^n\d*[13]\.example$/.test(name);
    const partly: Behaviour = (asked) => (trap(asked) ? inventing : honest)(asked);
    await using good = await scriptedDns(honest);
    const notices: unknown[] = [];
    const { verdicts } = await probed(partly, honest, {
      onDistrust: ({ standing }) => notices.push(standing),
    });
    expect(verdicts).toEqual(right);
    expect(notices).toEqual([]);
    await using other = await scriptedDns(partly);
    await using judge = await scriptedDns(honest);
    const many = manyNames(400);
    await probeAll(many, {
      resolvers: [other.resolver, good.resolver],
      trusted: [judge.resolver],
      onDistrust: ({ resolver, standing }) => notices.push([resolver, standing]),
    });
    expect(notices).toEqual([[other.resolver, 'contradicting']]);
  });

  it('may be asked over another transport than the others', async () => {
    await using other = await scriptedDns(inventing);
    await using judge = await scriptedDns(honest);
    const results = await probeAll(names, {
      transport: 'udp',
      resolvers: [other.resolver],
      trusted: [`tcp://${judge.resolver}`],
    });
    expect(results.map(verdict)).toEqual(right);
    expect(new Set(judge.asked.map(({ transport }) => transport))).toEqual(new Set(['tcp']));
  });
});

describe('on the command line', () => {
  it('--trusted takes the forms of --resolver', async () => {
    await using other = await scriptedDns(inventing);
    const args = ['probe', 'def.dev', 'none.dev', '-r', other.resolver, '--trusted', 'local'];
    const { stdout, stderr, code } = await runInProcess([...args, '--ordered', '-q']);
    expect([stdout, stderr, code]).toEqual(['+ def.dev\n  none.dev\n', '', 0]);
  });

  it.each([
    [['--trusted', '192.0.2.1:x'], '`--trusted` to be HOST, HOST:PORT'],
    [['--trusted', 'tls://192.0.2.1,192.0.2.2'], '`tls://192.0.2.1`'],
    [['--confirm', 'most'], '`--confirm` to be one of found, all, got `most`'],
  ])('%j is wrong', async (args, message) => {
    const { stderr, code } = await runInProcess(['probe', 'a.dev', '-r', 'local', ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('--progress json counts the resolvers that are not believed, standard error names each once', async () => {
    await using liars = await scriptedDns(inventing);
    await using good = await scriptedDns(honest);
    const args = ['probe', ...names, '-r', `${liars.resolver},${good.resolver}`];
    const { stderr } = await runInProcess([...args, '--progress', 'json', '-f', 'names']);
    const lines = stderr.split('\n');
    expect(lines.filter((line) => line.includes('makes up names'))).toEqual([
      expect.stringContaining(
        `${liars.resolver} makes up names that cannot exist and is not asked any more`,
      ),
    ]);
    const last = lines.findLast((line) => line.startsWith('{')) as string;
    expect(JSON.parse(last)).toMatchObject({ done: 40, found: 20, missing: 20, distrusted: 1 });
  });

  it('two resolvers that contradict each other are named once, and trusted ones decide', async () => {
    const denied = ({ name }: Asked) => /[24]\.example$/.test(name);
    await using denier = await scriptedDns((asked) => (denied(asked) ? nxdomain : honest)(asked));
    await using good = await scriptedDns(honest);
    const args = ['probe', ...manyNames(300), '-r', `${denier.resolver},${good.resolver}`];
    const { stderr, code } = await runInProcess([...args, '--progress', 'json', '-f', 'names']);
    const lines = stderr.split('\n');
    const said = lines.filter((line) => line.includes('contradict each other'));
    expect(said).toEqual([
      expect.stringMatching(/ about \d+ of \d+ names compared, so such names /),
    ]);
    expect(said[0]).toContain(denier.resolver);
    const last = JSON.parse(lines.findLast((line) => line.startsWith('{')) as string);
    expect(last.unknown).toBeGreaterThan(0);
    expect(last.contradicted).toBeGreaterThanOrEqual(last.unknown);
    expect([last.distrusted, code]).toEqual([0, 1]);
    const decided = await runInProcess([...args, '--trusted', good.resolver, '-f', 'names']);
    expect(decided.stderr).toContain(`${denier.resolver} contradicts the others`);
    expect(decided.stderr).not.toContain('contradict each other');
    expect(decided.stderr).toContain(' 0 unknown');
  });
});

it('a resolver that denies everything does not decide whether a domain is registered', async () => {
  // The names do not exist, their domains do.
  const domains: Behaviour = (asked) =>
    /^n\d+\.example$/.test(asked.name) && asked.type === 'NS'
      ? asked.reply({ answers: [{ name: asked.name, type: 'NS', ttl: 60, data: 'ns.example' }] })
      : nxdomain(asked);
  await using denying = await scriptedDns(nxdomain);
  await using good = await scriptedDns(domains);
  const results = await probeAll(
    names.slice(0, 12).map((name) => `www.${name}`),
    { resolvers: [denying.resolver, good.resolver], rdap: true, rdapBootstrap: 'off' },
  );
  expect(results.map(({ registration }) => registration)).toEqual(Array(12).fill('registered'));
});
