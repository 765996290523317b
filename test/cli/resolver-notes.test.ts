import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/in-process.js';
import { lacks } from '../support/installed.js';
import { makeCertificate } from '../support/made-certificate.js';
import {
  type Behaviour,
  delegation,
  found,
  nodata,
  nxdomain,
  RCODE,
  rcode,
  scriptedDns,
  soa,
} from '../support/scripted-dns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const CLOSED = '127.0.0.1:1';
const names = Array.from({ length: 40 }, (_, i) => `n${i}.example`);

/** What is said of a run, without its summary. */
async function notesOf(args: readonly string[]) {
  const { stderr, code } = await runInProcess(['probe', '--transport', 'udp', ...args]);
  return {
    code,
    lines: stderr.split('\n').filter((line) => line && !/ names a second$/.test(line)),
  };
}

describe('a resolver that fails', () => {
  it('is named with the cause at the end, though the others have answered; not with -q', async () => {
    await using good = await scriptedDns((asked) =>
      (names.includes(asked.name) ? found : nxdomain)(asked),
    );
    const args = ['-r', `${good.resolver},${CLOSED}`, '--wildcards', 'off', ...names];
    expect(await notesOf(args)).toEqual({
      code: 0,
      lines: [
        expect.stringMatching(
          /^127\.0\.0\.1:1 is failing, so the others are asked: nothing listens there \(.*ECONNREFUSED.*\)$/,
        ),
      ],
    });
    expect(await notesOf([...args, '-q'])).toEqual({ code: 0, lines: [] });
  });

  it('is named with -q where names stay unknown, and so are the reasons', async () => {
    await using refusing = await scriptedDns(rcode(RCODE.REFUSED));
    const [a = '', b = ''] = names;
    expect(await notesOf(['-q', '-f', 'tsv', '-r', refusing.resolver, a, b])).toEqual({
      code: 1,
      lines: [
        `${refusing.resolver} is failing: it refuses all that it is asked`,
        '2 unknown: 2 refused',
      ],
    });
  });

  it.skipIf(lacks('openssl'))('is named with the HTTP status that it answers with', async () => {
    const certificate = makeCertificate();
    await using folder = await temporaryFolder();
    const ca = join(folder.path, 'ca.pem');
    await writeFile(ca, certificate.cert);
    await using server = await scriptedDns(({ respond }) => respond(404, {}), { certificate });
    const { https } = server.fronts;
    const args = ['-r', https, '--tls-ca', ca, 'a.example', '--transport', 'https'];
    expect(await notesOf(args)).toEqual({
      code: 1,
      lines: [
        `${https} is failing: it answers with an HTTP status and no DNS message (HTTP 404: check the path of its URL)`,
        '1 unknown: 1 http',
      ],
    });
  });

  it('is not said to fail because of a single name', async () => {
    await using broken = await scriptedDns(rcode(RCODE.SERVFAIL));
    expect(await notesOf(['-r', broken.resolver, 'a.example'])).toEqual({
      code: 1,
      lines: ['1 unknown: 1 servfail'],
    });
  });
});

describe('where nothing is found', () => {
  it('a denial of `com` with the SOA of `com` itself is told like another', async () => {
    await using denying = await scriptedDns((asked) =>
      asked.reply({
        flags: RCODE.NXDOMAIN,
        authorities: [{ ...soa, name: asked.name === 'com' ? 'com' : '' } as typeof soa],
      }),
    );
    const { lines, code } = await notesOf(['-r', denying.resolver, 'a.example']);
    expect([code, lines.some((line) => line.includes('denies `com` too'))]).toEqual([1, true]);
  });

  const knowing: Behaviour = (asked) => (asked.name === 'com' ? delegation : nxdomain)(asked);

  it.each<[string, Behaviour, readonly string[]]>([
    ['', nxdomain, []],
    [', with -q too', nxdomain, ['-q']],
    [', also where every name is said to have no address', nodata, []],
  ])(
    'that the resolver denies `com` as well is said, for one question%s',
    async (_, behaviour, args) => {
      await using denying = await scriptedDns(behaviour);
      const { lines, code } = await notesOf([
        '-r',
        denying.resolver,
        'a.example',
        'b.example',
        ...args,
      ]);
      expect([code, lines]).toEqual([
        1,
        [expect.stringContaining(`${denying.resolver} denies \`com\` too`)],
      ]);
      expect(denying.asked.filter(({ name }) => name === 'com')).toMatchObject([{ type: 'NS' }]);
    },
  );

  it('the denial of `com` is told beside names that nobody answers', async () => {
    await using denying = await scriptedDns((asked) =>
      (asked.name === 'b.example' ? rcode(RCODE.SERVFAIL) : nxdomain)(asked),
    );
    const { lines, code } = await notesOf(['-q', '-r', denying.resolver, 'a.example', 'b.example']);
    expect([code, lines]).toEqual([
      1,
      [expect.stringContaining('denies `com` too'), '1 unknown: 1 servfail'],
    ]);
  });

  it.each<[string, Behaviour, readonly string[]]>([
    ['the resolver knows `com`', knowing, ['a.example']],
    ['a name was found', (asked) => (asked.name === 'b.example' ? found : nxdomain)(asked), names],
  ])('nothing is said where %s', async (_, behaviour, args) => {
    await using server = await scriptedDns(behaviour);
    const { lines } = await notesOf([
      '-r',
      server.resolver,
      '--wildcards',
      'off',
      'b.example',
      ...args,
    ]);
    expect(lines).toEqual([]);
  });
});

describe('where a name is found by a wildcard', () => {
  it.each<[string, Behaviour, number]>([
    ['makes up names that cannot exist', found, 1],
    ['has a wildcard', (asked) => (asked.name.endsWith('.example') ? found : nxdomain)(asked), 0],
  ])('a resolver that %s is told of accordingly', async (_, behaviour, code) => {
    await using server = await scriptedDns(behaviour);
    expect(await notesOf(['-q', '-f', 'tsv', '-r', server.resolver, 'a.b.example'])).toEqual({
      code,
      lines: code ? [expect.stringMatching(/ makes up names that cannot exist, /)] : [],
    });
    const made = server.asked.filter(({ name }) => name.endsWith('.invalid'));
    expect(made).toMatchObject([{ type: 'A' }]);
  });

  it('several resolvers of a file are not asked once more: they were checked', async () => {
    await using folder = await temporaryFolder();
    await using one = await scriptedDns(found);
    await using other = await scriptedDns(found);
    const file = join(folder.path, 'resolvers.txt');
    await writeFile(file, `${one.resolver}\n${other.resolver}\n`);
    const { code } = await notesOf(['-q', '-f', 'tsv', '-r', `@${file}`, 'a.b.example']);
    expect(code).toBe(0);
  });
});

it('with --progress json every line on standard error is an object, also of an error and with -q', async () => {
  await using refusing = await scriptedDns(rcode(RCODE.REFUSED));
  const json = ['probe', '--progress', 'json'];
  const runs = [
    [...json, '-r', refusing.resolver, 'a.example', '--expect', 'found'],
    [...json, '-r', refusing.resolver, 'a.example', '-q'],
    [...json, '-r', 'local', 'def.dev', '-v', '--sort', 'name'],
    [...json, '--tld'],
    ['probe', '--progress=json', '--no-such-option'],
  ];
  const events: string[][] = [];
  for (const argv of runs) {
    const { stderr } = await runInProcess(argv);
    const lines = stderr.trimEnd().split('\n');
    const all = lines.map((line) => (JSON.parse(line) as { event: string }).event);
    // There is one each second.
    events.push(all.filter((event) => event !== 'progress'));
  }
  expect(events).toEqual([
    ['error', 'summary'],
    ['error', 'summary'],
    ['note', 'summary'],
    ['error'],
    ['error'],
  ]);
});

it('what `--expect` did not hold for is said, with -q too', async () => {
  const args = ['-q', '-r', 'local', '--expect', 'found', 'def.dev', 'nope.dev', 'mail.dev'];
  expect(await notesOf(args)).toEqual({
    code: 3,
    lines: ['`--expect found` did not hold: 1 missing nxdomain, 1 missing nodata'],
  });
});
