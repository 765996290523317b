import { describe, expect, it } from 'vitest';
import { multiProbe, type ProbeOptions } from '../../src/index.js';
import { type Asked, scriptedDns } from '../support/scripted-dns.js';

const a = (name: string, data: string) => ({ type: 'A', name, data, ttl: 60 }) as const;

/** A zone with a wildcard at `*.wild.test` (two addresses in turn) and plain names elsewhere. */
function zone(asked: Asked): void {
  const { name, type, time } = asked;
  const nxdomain = () => asked.reply({ flags: 0x8183 });
  if (type !== 'A' && !name.includes('v6')) {
    asked.reply();
  } else if (name === 'own.wild.test') {
    asked.reply({ answers: [a(name, '192.0.2.99')] });
  } else if (name.endsWith('.wild.test')) {
    const pair = [a(name, '192.0.2.1'), a(name, '192.0.2.2')];
    asked.reply({ answers: time % 2 ? pair : pair.reverse() });
  } else if (name.endsWith('.alias.test')) {
    const target = name === 'own.alias.test' ? 'other.test' : 'pool.test';
    // The target's address differs each time: only the alias tells.
    asked.reply({
      answers: [
        { type: 'CNAME', name, data: target, ttl: 60 },
        a(target, `192.0.2.${10 + (asked.id % 200)}`),
      ],
    });
  } else if (/^(www|mail)\.plain\.test$/.test(name)) {
    asked.reply({ answers: [a(name, '192.0.2.7')] });
  } else {
    nxdomain();
  }
}

async function probed(names: string[], options: ProbeOptions = {}, behave = zone) {
  await using server = await scriptedDns(behave);
  const marks: Record<string, string> = {};
  for await (const result of multiProbe(names, { resolvers: [server.resolver], ...options })) {
    const isWild = 'wildcard' in result && result.wildcard;
    marks[result.name] = result.status + (isWild ? ' wildcard' : '');
  }
  const siblings = server.asked.filter(({ name }) => !names.includes(name));
  return { marks, siblings: siblings.map(({ name, type }) => `${type} ${name}`) };
}

describe('wildcards', () => {
  it('marks what a random sibling has too, and asks one sibling a parent', async () => {
    const names = ['a.wild.test', 'b.wild.test', 'c.wild.test', 'own.wild.test'];
    const { marks, siblings } = await probed(names);
    expect(marks).toEqual({
      'a.wild.test': 'found wildcard',
      'b.wild.test': 'found wildcard',
      'c.wild.test': 'found wildcard',
      'own.wild.test': 'found',
    });
    expect(siblings).toHaveLength(1);
    expect(siblings[0]).toMatch(/^A [0-9a-f]{16}\.wild\.test$/);
  });

  it('knows a wildcard by its alias, whatever the address behind it', async () => {
    const { marks } = await probed(['a.alias.test', 'own.alias.test']);
    expect(marks).toEqual({ 'a.alias.test': 'found wildcard', 'own.alias.test': 'found' });
  });

  it('marks names several levels below a wildcard', async () => {
    const { marks, siblings } = await probed(['x.y.wild.test', 'u.v.w.wild.test']);
    expect(marks).toEqual({
      'x.y.wild.test': 'found wildcard',
      'u.v.w.wild.test': 'found wildcard',
    });
    expect(siblings).toHaveLength(2);
  });

  it('leaves names alone whose siblings do not exist', async () => {
    const names = ['www.plain.test', 'mail.plain.test', 'gone.plain.test'];
    const { marks, siblings } = await probed(names);
    expect(marks).toEqual({
      'www.plain.test': 'found',
      'mail.plain.test': 'found',
      'gone.plain.test': 'missing',
    });
    expect(siblings).toHaveLength(1);
  });

  it('calls them missing when told so', async () => {
    const { marks } = await probed(['a.wild.test', 'own.wild.test'], { wildcards: 'missing' });
    expect(marks).toEqual({ 'a.wild.test': 'missing wildcard', 'own.wild.test': 'found' });
  });

  it('asks no sibling when turned off', async () => {
    const { marks, siblings } = await probed(['a.wild.test'], { wildcards: 'off' });
    expect(marks).toEqual({ 'a.wild.test': 'found' });
    expect(siblings).toEqual([]);
  });

  it('sees through a resolver that rewrites NXDOMAIN', async () => {
    const rewriting = (asked: Asked) =>
      asked.reply(
        asked.type === 'A'
          ? { answers: [a(asked.name, asked.name === 'real.test' ? '192.0.2.5' : '192.0.2.254')] }
          : {},
      );
    const { marks } = await probed(['real.test', 'free.test'], {}, rewriting);
    expect(marks).toEqual({ 'real.test': 'found', 'free.test': 'found wildcard' });
  });

  it('calls nothing a wildcard when the sibling cannot be found out', async () => {
    const { marks } = await probed(['www.plain.test'], { timeout: 0.05, tries: 2 }, (asked) => {
      if (asked.name.startsWith('www.')) zone(asked);
    });
    expect(marks).toEqual({ 'www.plain.test': 'found' });
  });
});
