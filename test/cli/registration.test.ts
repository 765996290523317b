import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probe, registration } from '../../src/index.js';
import { sorted, startFlagprobe } from '../support/cli.js';
import { gate } from '../support/gate.js';
import { openHttpServer } from '../support/http-server.js';
import { runInProcess } from '../support/in-process.js';
import { nxdomain, scriptedDns } from '../support/scripted-dns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const rdap = ['--rdap', '--rdap-rate', '1000', '-r', 'local'];
const lines = (text: string) => text.trimEnd().split('\n');

describe('probe --rdap', () => {
  it('marks what the registry says of names that are not in the DNS', async () => {
    const names = ['def', 'pass', 'true', 'none', 'for', 'mail', '_', '-x', 'page', 'other'];
    const args = ['probe', ...rdap, '--tld', 'dev', '--', ...names];
    const { stdout, stderr, code } = await runInProcess(args);
    expect(sorted(stdout)).toEqual(
      [
        '+ def.dev',
        '= pass.dev',
        '# true.dev',
        '# none.dev',
        'o for.dev',
        '~ mail.dev',
        '  _.dev\tbad-label',
        '  -x.dev\tbad-label',
        '  page.dev\trdap-not-json',
        '  other.dev\trdap-other-name',
      ].sort(),
    );
    expect(lines(stderr.replace(/^127[\d.:]+/gm, 'HOST')).slice(1)).toEqual([
      '6 asked at 1 registry: 1 registered, 1 not registered, 2 reserved, 2 unknown',
      '2 are names that no registry takes (bad-label)',
      'HOST did not tell about 1 name (rdap-not-json): HTTP status 404, and no RDAP (JSON) in the body; --rdap-server TLD=URL names another server',
      'HOST did not tell about 1 name (rdap-other-name): the answer is not about the domain; --rdap-server TLD=URL names another server',
      'Not registered is no promise: a registry may keep, block or price such a name.',
    ]);
    expect(code).toBe(1);
  });

  it('counts what no registry takes, whatever the reason', async () => {
    const names = ['_x.dev', 'www._x.dev', 'dev', '192.0.2.1'];
    const { stderr } = await runInProcess(['probe', ...rdap, ...names]);
    expect(lines(stderr)).toContain(
      '3 are names that no registry takes (2 bad-label, 1 public-suffix)',
    );
  });

  it('names the TLDs that have no registry', async () => {
    await using dns = await scriptedDns(nxdomain);
    const noneOf = async (...names: string[]) => {
      const args = ['-r', dns.resolver, '--rdap-bootstrap', 'off', ...names];
      const { stderr } = await runInProcess(['probe', '--rdap', ...args]);
      return lines(stderr).find((line) => line.includes('no-rdap'));
    };
    const none = 'no registry that can be asked (no-rdap), under';
    expect(await noneOf('a.con')).toBe(`1 has ${none} con`);
    expect(await noneOf('a.b', 'a.con', 'b.con', 'c.con', 'b.b')).toBe(`5 have ${none} con, b`);
    const many = Array.from({ length: 100 }, (_, i) => `x.no-tld-${i}`);
    const first = many.slice(0, 8).map((name) => name.slice(2));
    expect(await noneOf('--ordered', ...many)).toBe(`100 have ${none} ${first.join(', ')}, …`);
  });

  it('says what a server said wrongly of a name that is registered', async () => {
    await using registry = await openHttpServer((_, response) => {
      response.writeHead(404).end();
    });
    await using dns = await scriptedDns(nxdomain);
    const server = ['--rdap-bootstrap', 'off', '--rdap-server', `dev=${registry.url}/`];
    const args = ['--rdap', '-r', dns.resolver, ...server, 'a.dev'];
    const { stdout, stderr } = await runInProcess(['probe', ...args]);
    expect(stdout).toBe('  a.dev\trdap-untrusted\n');
    expect(stderr).toContain(
      'about 1 name (rdap-untrusted): asked about `nic.dev`, which should be registered, it failed: it does not know that name',
    );
  });

  it('tells a server that speaks no TLS from one whose certificate is wrong', async () => {
    await using registry = await openHttpServer((_, response) => {
      response.end();
    });
    await using dns = await scriptedDns(nxdomain);
    const server = `dev=${registry.url.replace('http:', 'https:')}/`;
    const args = ['--rdap-bootstrap', 'off', '--rdap-server', server, '-r', dns.resolver, 'a.dev'];
    const { stderr } = await runInProcess(['probe', '--rdap', ...args]);
    expect(stderr).toMatch(/\(rdap-tls\): no TLS: .*; check the network, and the address if/);
  });

  it('counts only those names whose registry was asked', async () => {
    const names = ['for.dev', 'pass.dev', 'none.dev'];
    const { stderr, code } = await runInProcess(['probe', ...rdap, '--rdap-max', '1', ...names]);
    const capped = '2 not asked: more than `--rdap-max 1` names of one registry (rdap-cap)';
    expect(lines(stderr)[0]).toMatch(
      /^\S+ is asked about no more names than --rdap-max 1 allows: others stay unknown/,
    );
    expect(lines(stderr).slice(2, 4)).toEqual([
      expect.stringMatching(/^1 asked at 1 registry: .*, 0 unknown$/),
      `${capped}; --rdap-max 0 is no limit`,
    ]);
    expect(code).toBe(1);
    const quiet = await runInProcess(['probe', ...rdap, '--rdap-max', '1', '-q', ...names]);
    expect(quiet.stderr).toBe(`${capped}\n`);
  });

  it.each(['tsv', 'csv'])(
    'asks in a resumed run with a larger cap what was over it, in %s',
    async (format) => {
      await using folder = await temporaryFolder();
      const path = join(folder.path, 'out');
      const names = ['def.dev', 'none.dev', 'pass.dev', 'for.dev', 'true.dev'];
      const run = async (max: number, more: readonly string[] = []) => {
        const cap = ['--rdap-max', String(max), '-f', format, '-o', path, '--resume'];
        const { stderr, code } = await runInProcess(['probe', ...rdap, ...cap, ...names, ...more]);
        const text = await readFile(path, 'utf8');
        const unasked = lines(text).filter((line) => /rdap-cap|\tunknown$/.test(line));
        const answers = lines(text).map((line) => line.split(/[,\t]/)[0]);
        expect(answers.filter((name) => name !== 'name').sort()).toEqual(
          [...names, ...more].sort(),
        );
        return { unasked: unasked.length, stderr, text, code };
      };
      const first = await run(1);
      expect(first).toMatchObject({ unasked: 3, code: 1 });
      expect(first.stderr).toContain('the same command with --resume and a larger --rdap-max asks');
      const again = await run(1);
      expect([again.text, again.stderr.includes('is finished')]).toEqual([first.text, true]);
      expect(await run(2)).toMatchObject({ unasked: 1, code: 1 });
      // The list has grown behind names over the cap: they stay as they are, and are asked later.
      expect(await run(2, ['if.dev'])).toMatchObject({ unasked: 1 });
      const last = await run(0, ['if.dev']);
      expect(last).toMatchObject({ unasked: 0, code: 0 });
      expect(last.stderr).toContain('1 found, 5 missing');
      expect((await run(0, ['if.dev'])).text).toBe(last.text);
    },
  );

  it('tells the statuses of the registry with -v', async () => {
    const { stdout, code } = await runInProcess(['probe', ...rdap, 'pass.dev', 'none.dev', '-v']);
    expect(sorted(stdout)).toEqual([
      '# none.dev\tblocked',
      '= pass.dev\tclient hold; client transfer prohibited',
    ]);
    expect(code).toBe(0);
  });

  it('never gets an answer out of a registry that wants peace for ever', async () => {
    // What is open is printed by its own word.
    const open = ['--only', 'unregistered,unknown', '-q', 'limited.app', 'pass.dev'];
    const run = await runInProcess(['probe', ...rdap, ...open]);
    expect([run.stdout, run.code]).toEqual(['  limited.app\trdap-limited\n', 1]);
    expect(run.stderr.replace(/127[\d.:]+/, 'HOST')).toBe(
      'registration unknown: 1 not told by their registry\n' +
        'HOST did not tell about 1 name (rdap-limited): HTTP status 429, Retry-After: 1; ' +
        'a lower --rdap-rate asks more slowly\n',
    );
  });

  it.each([
    ['was given up', 429, 'rdap-limited', ', Retry-After: 0; a lower --rdap-rate asks more slowly'],
    ['failed', 400, 'rdap-http', '; --rdap-server TLD=URL names another server'],
    ['was down', 500, 'rdap-http', '; it may tell later'],
  ])('asks in a resumed run what a registry that %s had left', async (...row) => {
    const [, status, reason, said] = row;
    let isAngry = true;
    await using registry = await openHttpServer(({ url }, response) => {
      if (isAngry && url !== '/domain/a.dev' && url !== '/domain/nic.dev') {
        response.writeHead(status, status === 429 ? { 'retry-after': '0' } : {}).end();
      } else {
        const ldhName = url?.slice('/domain/'.length);
        response.end(JSON.stringify({ objectClassName: 'domain', ldhName }));
      }
    });
    await using dns = await scriptedDns(nxdomain);
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    const server = ['--rdap-bootstrap', 'off', '--rdap-server', `dev=${registry.url}/`];
    const args = ['--rdap', '--rdap-rate', '1000', '-r', dns.resolver, ...server];
    const resume = ['-f', 'tsv', '-o', path, '--resume', 'a.dev', 'b.dev', 'c.dev'];
    const run = async () => {
      const { stderr, code } = await runInProcess(['probe', ...args, ...resume]);
      return { stderr, code, lines: sorted(await readFile(path, 'utf8')) };
    };
    const first = await run();
    const left = ['b.dev\tmissing\tunknown', 'c.dev\tmissing\tunknown'];
    expect(first).toMatchObject({ code: 1, lines: ['a.dev\tmissing\tregistered', ...left] });
    expect(first.stderr).toContain(
      `${registry.host} did not tell about 2 names (${reason}), at first: HTTP status ${status}${said}\n` +
        'the same command with --resume asks registries that did not tell again\n',
    );
    isAngry = false;
    const second = await run();
    expect(second).toMatchObject({
      code: 0,
      lines: ['a', 'b', 'c'].map((name) => `${name}.dev\tmissing\tregistered`),
    });
    expect(registry.requests.filter(({ path: asked }) => asked === '/domain/a.dev')).toHaveLength(
      1,
    );
    expect((await run()).stderr).toContain('is finished');
  });

  it.each([
    [['-f', 'tsv'], 'for.dev\tmissing\tunregistered\npass.dev\tmissing\tregistered\n'],
    [['-f', 'tsv', '--only', 'unregistered'], 'for.dev\tmissing\tunregistered\n'],
    [['-f', 'columns', '--only', 'registered'], /\n\t\tpass\.dev\tregistered\n$/],
    [['-f', 'csv'], /,for\.dev,missing,nxdomain,.*,,unregistered,,,127\.0\.0\.1:\d+\r\n/],
    [
      ['-f', 'jsonl'],
      /"registration":"registered","registration_reason":null,"registry_status":\["client hold"/,
    ],
  ])('has it in the other formats: %j', async (args, expected) => {
    const all = ['probe', ...rdap, '--ordered', 'for.dev', 'pass.dev', ...args];
    const { stdout } = await runInProcess(all);
    if (typeof expected === 'string') expect(stdout).toBe(expected);
    else expect(stdout).toMatch(expected);
  });

  it.each([
    [['--only', 'missing'], '--only missing goes by the DNS'],
    [['--only', 'unknown,nxdomain', '-f', 'names'], '--only nxdomain goes by the DNS'],
    [['--only', 'found', '-f', 'csv'], '--only found goes by the DNS'],
    [['-f', 'names'], '-f names prints what the DNS has'],
    [['-f', 'names', '--only', 'missing,unregistered'], undefined],
    [['--only', 'unknown'], undefined],
    [['-f', 'tsv'], undefined],
  ])('tells where what is printed goes by the DNS alone: %j', async (args, said) => {
    const { stderr } = await runInProcess(['probe', ...rdap, 'for.dev', ...args]);
    const hint = lines(stderr).find((line) => line.includes('--only'));
    const way = '; --only unregistered prints the names that no registry has';
    expect(hint).toBe(said && `${said}${way}`);
  });

  it.each([
    ['unregistered', 0],
    ['registered', 3],
    ['missing', 0],
  ])('holds --expect %s against the registration too', async (expected, exit) => {
    const { code } = await runInProcess(['probe', ...rdap, 'for.dev', '--expect', expected]);
    expect(code).toBe(exit);
  });

  it.each([
    [['for', '--tld', 'dev', '--only', 'missing', '-f', 'names'], '--only missing'],
    [['for', '--tld', 'dev', '--only', 'nxdomain,unknown'], '--only nxdomain'],
    [['for', '--tld', 'dev', '--only', 'missing,found'], undefined],
    [['for', '--tld', 'dev', '--only', 'nodata'], undefined],
    [['for.dev', '--only', 'missing'], undefined],
    [['for', '--tld', 'dev'], undefined],
  ])(
    'is hinted at where words are looked up and missing ones are wanted: %j',
    async (args, what) => {
      const { stderr } = await runInProcess(['probe', '-r', 'local', ...args]);
      const hint = lines(stderr).find((line) => line.includes('registries'));
      const why = 'goes by the DNS, where a name may be registered and missing';
      expect(hint).toBe(what && `${what} ${why}; --rdap --only unregistered asks registries`);
    },
  );

  it('says for what reason a name without a registration is not what --expect names', async () => {
    const args = ['probe', ...rdap, '_x.dev', '--expect', 'unregistered'];
    const { stderr, code } = await runInProcess(args);
    expect(lines(stderr)[0]).toBe(
      '`--expect unregistered` did not hold: 1 missing nxdomain bad-label',
    );
    expect(code).toBe(3);
  });

  it('writes what it knows at once and the rest as it settles', async () => {
    const args = ['probe', '--rdap', '--rdap-rate', '20', '-r', 'local', '--tld', 'dev'];
    const unknown = ['for', 'is', 'or', 'case', 'elif'];
    const { stdout } = await runInProcess([...args, '-f', 'tsv', ...unknown, 'def', 'and', 'del']);
    const statuses = lines(stdout).map((line) => line.split('\t')[1]);
    expect(statuses).toHaveLength(8);
    // Five questions and the control at 20 a second: the DNS is done long before the last of them.
    expect(statuses.slice(-3)).toEqual(['missing', 'missing', 'missing']);
  });

  it('puts all names of a domain into one part with --shard, and each into one', async () => {
    const domains = Array.from({ length: 12 }, (_, i) => `n${i}.dev`);
    const names = domains.flatMap((domain) => [domain, `www.${domain}`, `a.b.${domain}`]);
    const parts = await Promise.all(
      ['1/2', '2/2'].map(async (shard) => {
        const args = ['probe', ...rdap, '-f', 'tsv', '--shard', shard, ...names];
        return lines((await runInProcess(args)).stdout).map((line) => line.split('\t')[0] ?? '');
      }),
    );
    expect(parts.flat().sort()).toEqual([...names].sort());
    const domainOf = (name: string) => name.split('.').slice(-2).join('.');
    const [first, second] = parts.map((part) => new Set(part.map(domainOf)));
    expect(first?.size).toBeGreaterThan(0);
    expect(second?.size).toBeGreaterThan(0);
    expect([...(first ?? [])].filter((domain) => second?.has(domain))).toEqual([]);
  });

  it.each([
    [['--rdap-rate', 'fast'], '--rdap-rate'],
    [['--rdap-max', '-1'], '--rdap-max'],
    [['--rdap-server', 'dev'], '--rdap-server'],
    [['--rdap-bootstrap', '/no/such/file'], '--rdap-bootstrap'],
    [['--redis', 'redis://127.0.0.1:1', '-o', '/tmp/x'], '--rdap'],
  ])('is a wrong command line with %j', async (args, option) => {
    const given = ['probe', '--rdap', '-r', '127.0.0.1:1', 'x.dev', ...args];
    const { stderr, code } = await runInProcess(given);
    expect(stderr).toContain(`Expected \`${option}\``);
    expect(code).toBe(2);
  });
});

describe('the library', () => {
  it('says of one name whether it is registered', async () => {
    const options = { resolvers: ['local'], rdapRate: 0 };
    expect(await registration('pass.dev', options)).toEqual({
      name: 'pass.dev',
      registration: 'registered',
      registryStatus: ['client hold', 'client transfer prohibited'],
      rdapServer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect(await registration('def.dev', options)).toEqual({
      name: 'def.dev',
      registration: 'registered',
    });
    expect(await registration('..', options)).toMatchObject({ registration: null });
  });

  it('is told to mark what no registry takes, where such names are missing', async () => {
    await using dns = await scriptedDns(nxdomain);
    const noteOf = async (...names: string[]) => {
      const { stderr } = await runInProcess(['probe', '-r', dns.resolver, '--', ...names]);
      return lines(stderr).filter((line) => line.includes('registry'));
    };
    const bad = ['-bad.dev', '_x.co.uk', 'bad-.com.br', 'ab--cd.dev', 'xn--a.test'];
    // Names below somebody's domain are nobody's to register.
    const others = ['good.dev', 'a-b--c.dev', 'xn--bcher-kva.dev', '_dmarc.example.dev', '_'];
    expect(await noteOf(...bad, ...others)).toEqual([
      '5 of the missing are names that no registry takes (bad-label); --rdap marks them',
    ]);
    expect(await noteOf('_x.dev', 'good.dev')).toEqual([
      '1 of the missing is a name that no registry takes (bad-label); --rdap marks it',
    ]);
    expect(await noteOf(...others)).toEqual([]);
  });

  it('asks no registry unless it is told to', async () => {
    expect(await probe('pass.dev', { resolvers: ['local'] })).not.toHaveProperty('registration');
  });
});

describe('a run that is stopped', () => {
  const names = Array.from({ length: 12 }, (_, i) => `n${i}.dev`);

  /** Runs against a registry that answers so many requests and then no more. */
  async function stopAfter(answered: number, more: readonly string[] = []) {
    const dns = await scriptedDns(nxdomain);
    let left = answered;
    const stuck = gate();
    const registry = await openHttpServer(({ url = '' }, response) => {
      if (left-- <= 0) return stuck.open();
      const ldhName = url.slice('/domain/'.length);
      response.end(JSON.stringify({ objectClassName: 'domain', ldhName }));
    });
    const folder = await temporaryFolder();
    const output = join(folder.path, 'out.txt');
    const server = ['--rdap-bootstrap', 'off', '--rdap-server', `dev=${registry.url}/`];
    const args = ['probe', '-r', dns.resolver, '--rdap', ...server, '-o', output, ...names];
    const run = startFlagprobe([...args, '--rdap-rate', '0', ...more]);
    run.child.stdin.end();
    return {
      ...{ args, output, registry, run, stuck: stuck.passed },
      goOn: () => {
        left = Number.POSITIVE_INFINITY;
      },
      async [Symbol.asyncDispose]() {
        run.child.kill('SIGKILL');
        for (const one of [dns, registry, folder]) await one[Symbol.asyncDispose]();
      },
    };
  }

  it('says what it knows, and asks no registry again about what is settled', async () => {
    await using stopped = await stopAfter(5);
    const { run, registry, args, output } = stopped;
    await stopped.stuck;
    run.child.kill('SIGINT');
    const { stderr, signal } = await run.ended;
    expect(signal).toBe('SIGINT');
    expect(stderr).toContain('5 missing (5 NXDOMAIN, 0 NODATA), 0 unknown, 0 invalid, 7 not asked');
    expect(stderr).toContain('5 asked at 1 registry: 5 registered');
    expect(stderr).toMatch(/^stopped; the same command with --resume goes on\n/);
    await expect.poll(() => registry.openConnections).toBe(0);
    const settled = (await readFile(output, 'utf8')).trimEnd().split('\n');
    expect(settled).toHaveLength(5);
    for (const other of [[], ['--rdap-server', 'dev=https://other.example/']]) {
      const changed =
        other.length > 0 ? [...args, ...other] : args.filter((arg) => arg !== '--rdap');
      const { code, stderr: said } = await runInProcess([...changed, '--resume']);
      expect([code, said]).toEqual([2, expect.stringContaining('--rdap')]);
    }
    stopped.goOn();
    const end = await runInProcess([...args, '--resume', '--rdap-rate', '0']);
    expect(end.code).toBe(0);
    expect(end.stderr).toContain('12 asked at 1 registry: 12 registered');
    const all = (await readFile(output, 'utf8')).trimEnd().split('\n');
    expect(all.sort()).toEqual(names.map((name) => `= ${name}`).sort());
    const asked = registry.requests.map(({ path }) => path);
    for (const line of settled) {
      expect(asked.filter((path) => path === `/domain/${line.slice(2)}`)).toHaveLength(1);
    }
  });

  it('ends at once while names wait for their turn', async () => {
    // Nothing is sent for a hundred seconds after the first.
    await using stopped = await stopAfter(1, ['--rdap-rate', '0.01', '--progress', 'json']);
    const { run, registry } = stopped;
    await run.said('"event":"progress","done":1,');
    run.child.kill('SIGINT');
    const { stderr, signal } = await run.ended;
    expect(signal).toBe('SIGINT');
    const progress = stderr.split('\n').find((line) => line.includes('"progress","done":1,'));
    expect(JSON.parse(progress as string)).toMatchObject({
      missing: 1,
      registration: {
        ...{ asked: 1, registries: 1, registered: 1, unregistered: 0, reserved: 0, unknown: 0 },
        waiting: 11,
      },
    });
    expect(stderr).toContain('11 not asked');
    expect(registry.requests).toHaveLength(1);
  });
});

describe('what a registry sends', () => {
  it.each(['text', 'tsv', 'csv', 'jsonl', 'columns'])(
    'does nothing to a terminal: %s',
    async (format) => {
      await using dns = await scriptedDns(nxdomain);
      await using registry = await openHttpServer(({ url = '' }, response) => {
        const status = ['\u001b[2J', 'a\r\nb', '\u009b31m', 'reserved'];
        const ldhName = url.slice('/domain/'.length);
        response.end(JSON.stringify({ objectClassName: 'domain', ldhName, status }));
      });
      const server = ['--rdap-bootstrap', 'off', '--rdap-server', `dev=${registry.url}/`];
      const args = ['probe', '-r', dns.resolver, '--rdap', ...server, '-f', format, '-v', 'x.dev'];
      const { stdout, stderr, code } = await runInProcess([...args, '--color', 'never'], 80);
      expect(code).toBe(0);
      expect(stdout).toContain('x.dev');
      expect(stdout + stderr).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
      expect(lines(stdout).filter((line) => line.startsWith('b'))).toEqual([]);
    },
  );
});
