import { describe, expect, it } from 'vitest';
import { probe, registration } from '../../src/index.js';
import { sorted } from '../support/cli.js';
import { runInProcess } from '../support/in-process.js';

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
    expect(lines(stderr).slice(1)).toEqual([
      '6 asked at 1 registry: 1 registered, 1 not registered, 2 reserved, 2 unknown',
      'Not registered is no promise: a registry may keep, block or price such a name.',
    ]);
    expect(code).toBe(1);
  });

  it('tells the statuses of the registry with -v', async () => {
    const { stdout, code } = await runInProcess(['probe', ...rdap, 'pass.dev', 'none.dev', '-v']);
    expect(sorted(stdout)).toEqual([
      '# none.dev\tblocked',
      '= pass.dev\tclient hold; client transfer prohibited',
    ]);
    expect(code).toBe(0);
  });

  it('never gets an answer out of a registry that wants peace for ever', async () => {
    const { stdout, code } = await runInProcess(['probe', ...rdap, 'limited.app', 'pass.dev']);
    expect(sorted(stdout)).toEqual(['  limited.app\trdap-limited', '= pass.dev']);
    expect(code).toBe(1);
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
    ['unregistered', 0],
    ['registered', 3],
    ['missing', 0],
  ])('holds --expect %s against the registration too', async (expected, exit) => {
    const { code } = await runInProcess(['probe', ...rdap, 'for.dev', '--expect', expected]);
    expect(code).toBe(exit);
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

  it('asks no registry unless it is told to', async () => {
    expect(await probe('pass.dev', { resolvers: ['local'] })).not.toHaveProperty('registration');
  });
});
