import { describe, expect, it } from 'vitest';
import { multiProbe, type ProbeOptions } from '../../src/index.js';
import { WildcardSiblings } from '../../src/probe/wildcard-siblings.js';
import { HeldAnswers, MAX_ANSWER_BYTES_HELD } from '../../src/resolver/held-answers.js';
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
    const wildcard = 'wildcard' in result ? result.wildcard : undefined;
    const mark = wildcard === true ? ' wildcard' : wildcard ? ` ${wildcard}` : '';
    marks[result.name] = result.status + mark;
  }
  const isSibling = (name: string) => !names.includes(name) && name !== '.';
  const siblings = server.asked.filter(({ name }) => isSibling(name));
  return { marks, siblings: siblings.map(({ name, type }) => `${type} ${name}`) };
}

describe('wildcards', () => {
  it('marks what a random sibling has too, and asks one sibling a parent', async () => {
    const names = ['a.wild.test', 'b.wild.test', 'c.wild.test'];
    const { marks, siblings } = await probed(names);
    expect(marks).toEqual({
      'a.wild.test': 'found wildcard',
      'b.wild.test': 'found wildcard',
      'c.wild.test': 'found wildcard',
    });
    expect(siblings).toHaveLength(1);
    expect(siblings[0]).toMatch(/^A [0-9a-f]{16}\.wild\.test$/);
  });

  it('asks three more where a name leads elsewhere than its sibling', async () => {
    const { marks, siblings } = await probed(['a.wild.test', 'own.wild.test']);
    expect(marks).toEqual({ 'a.wild.test': 'found wildcard', 'own.wild.test': 'found' });
    expect(siblings).toHaveLength(4);
  });

  it('knows a name that has no address of the kind that the wildcard gives for its own', async () => {
    const { marks, siblings } = await probed(
      ['own.wild.test', 'six.wild.test'],
      // One after the other: the first takes all four questions about its parent.
      { concurrency: 1 },
      (asked) => {
        if (asked.name !== 'six.wild.test') zone(asked);
        else if (asked.type === 'A') asked.reply();
        else
          asked.reply({
            answers: [{ type: 'AAAA', name: asked.name, data: '2001:db8::1', ttl: 60 }],
          });
      },
    );
    expect(marks).toEqual({ 'own.wild.test': 'found', 'six.wild.test': 'found' });
    expect(siblings).toHaveLength(4);
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

  it('says that it is unchecked when no sibling can be found out', async () => {
    const failing = (asked: Asked) =>
      asked.name.startsWith('www.') ? zone(asked) : asked.reply({ flags: 0x8182 });
    const { marks, siblings } = await probed(['www.plain.test'], { tries: 1 }, failing);
    expect(marks).toEqual({ 'www.plain.test': 'found unchecked' });
    expect(siblings).toHaveLength(4);
  });

  it('asks another sibling where one cannot be found out', async () => {
    const siblings: string[] = [];
    const { marks } = await probed(['a.wild.test'], { tries: 1 }, (asked) => {
      if (asked.name.startsWith('a.')) return zone(asked);
      siblings.push(asked.name);
      return siblings.length < 3 ? asked.reply({ flags: 0x8182 }) : zone(asked);
    });
    expect(marks).toEqual({ 'a.wild.test': 'found wildcard' });
  });

  it('unites siblings and names where the answers rotate', async () => {
    let turn = 0;
    const names = Array.from({ length: 40 }, (_, i) => `n${i}.wild.test`);
    const own = ['one.wild.test', 'two.wild.test'];
    const { marks } = await probed([...names, ...own], {}, ({ name, reply }) => {
      const data = own.includes(name) ? `203.0.113.${own.indexOf(name)}` : `192.0.2.${turn++ % 8}`;
      reply({ answers: [a(name, data)] });
    });
    expect(marks).toEqual({
      ...Object.fromEntries(names.map((name) => [name, 'found wildcard'])),
      ...Object.fromEntries(own.map((name) => [name, 'found'])),
    });
  });

  it('knows a wildcard alias whose target holds the name', async () => {
    const { marks } = await probed(['a.w.test', 'own.w.test'], {}, ({ name, reply }) => {
      const label = name.split('.')[0];
      const data = name === 'own.w.test' ? 'other.cdn.test' : `${label}.cdn.test`;
      reply({ answers: [{ type: 'CNAME', name, data, ttl: 60 }, a(data, '192.0.2.1')] });
    });
    expect(marks).toEqual({ 'a.w.test': 'found wildcard', 'own.w.test': 'found' });
  });

  it('asks at most four siblings a parent, whatever the types', async () => {
    const names = ['a', 'b', 'v6', 'c', 'v6b'].map((label) => `${label}.mixed.test`);
    let turn = 0;
    const { siblings } = await probed(names, {}, ({ name, type, reply }) => {
      const isSix = name.includes('v6');
      if ((type === 'AAAA') !== isSix && names.includes(name)) return reply({ flags: 0x8180 });
      const data = `2001:db8::${(turn++).toString(16)}`;
      return reply({
        answers: [type === 'AAAA' ? { type, name, data, ttl: 60 } : a(name, `192.0.2.${turn}`)],
      });
    });
    expect(siblings.length).toBeLessThanOrEqual(4);
  });

  it('of 200 parents are told through two resolvers, of which one rewrites NXDOMAIN', async () => {
    // A third of the parents has a wildcard, a third the name itself, a third neither.
    const parentOf = (name: string) => Number(/p(\d+)\.test$/.exec(name)?.[1]);
    const known = ({ name, type }: Asked) => {
      if (type !== 'A' || Number.isNaN(parentOf(name))) return undefined;
      const kind = parentOf(name) % 3;
      return kind === 0 || (kind === 1 && name.startsWith('www.'))
        ? a(name, '192.0.2.5')
        : undefined;
    };
    const honest = (asked: Asked) => {
      const record = known(asked);
      asked.reply(record ? { answers: [record] } : { flags: 0x8183 });
    };
    const rewriting = (asked: Asked) => {
      const record = known(asked) ?? (asked.type === 'A' && a(asked.name, '198.51.100.1'));
      asked.reply(record ? { answers: [record] } : {});
    };
    await using other = await scriptedDns(rewriting);
    await using server = await scriptedDns(honest);
    const names = Array.from({ length: 200 }, (_, i) => `www.p${i}.test`);
    const marks = new Map<string, string>();
    const resolvers = [other.resolver, server.resolver];
    for await (const { name, ...result } of multiProbe(names, { resolvers })) {
      marks.set(name, `${result.status} ${'wildcard' in result ? result.wildcard : ''}`.trim());
    }
    const right = ['found true', 'found', 'missing'];
    expect(names.map((name) => marks.get(name))).toEqual(names.map((_, i) => right[i % 3]));
  });
});

describe('answers that wait for a sibling', () => {
  it('are told as unchecked while all that wait take too much memory', () => {
    const held = new HeldAnswers();
    const asked: string[] = [];
    const siblings = new WildcardSiblings({
      held,
      ask: (name) => asked.push(name),
      groupOf: (resolver) => resolver,
      noteSibling() {},
      isBelieved: () => true,
      changes: () => 0,
      canCompare: () => false,
      hasCompany: () => false,
      compare() {},
    });
    const record = { type: 'A', name: 'a.x.test', ttl: 60, data: '192.0.2.1' };
    const verdicts: unknown[] = [];
    const judge = () =>
      siblings.judge(
        'a.x.test',
        {
          outcome: 'found',
          records: [record],
          resolver: '192.0.2.53',
          rcode: 'NOERROR',
          transport: 'udp',
        },
        (verdict) => verdicts.push(verdict),
      );
    held.hold(MAX_ANSWER_BYTES_HELD);
    judge();
    expect([verdicts, asked]).toEqual([['unchecked'], []]);
    held.release(MAX_ANSWER_BYTES_HELD);
    judge();
    expect([verdicts, asked]).toEqual([['unchecked'], [expect.stringMatching(/\.x\.test$/)]]);
  });
});
