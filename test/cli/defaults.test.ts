import { afterEach, describe, expect, it, vi } from 'vitest';
import { runInProcess, startInProcess } from '../support/in-process.js';

const probe = ['probe', 'def.dev', '-r', 'local', '-q'];

describe('defaults', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('--json is -f jsonl', async () => {
    const { stdout } = await runInProcess([...probe, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'def.dev', status: 'found' });
  });

  it('come from the environment where the command line says nothing', async () => {
    vi.stubEnv('FLAGPROBE_FORMAT', 'tsv');
    vi.stubEnv('FLAGPROBE_RESOLVER', 'local');
    vi.stubEnv('FLAGPROBE_CONCURRENCY', '');
    expect((await runInProcess(['probe', 'def.dev', '-q'])).stdout).toBe('def.dev\tfound\n');
    expect((await runInProcess([...probe, '-f', 'names'])).stdout).toBe('def.dev\n');
  });

  it.each([
    ['FLAGPROBE_FORMAT', 'xml', 'one of text, columns, names, tsv, csv, jsonl, csv-safe'],
    ['FLAGPROBE_CONCURRENCY', '0', 'an integer from 1 to 65536'],
  ])('a wrong %s is named', async (variable, value, expected) => {
    vi.stubEnv(variable, value);
    const { stderr, code } = await runInProcess(probe);
    expect(stderr).toBe(
      `flagprobe: Expected \`${variable}\` to be ${expected}, got \`${value}\`\n`,
    );
    expect(code).toBe(2);
  });

  it.each([
    ['always', undefined, true],
    ['auto', undefined, false],
    ['auto', 80, true],
    ['never', 80, false],
  ])('--color %s with a terminal of %s columns', async (when, columns, isColored) => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('TERM', 'xterm-256color');
    const { stdout } = await runInProcess([...probe, '--color', when], columns);
    expect(stdout).toContain('def.dev');
    expect(stdout.includes('\u001b[')).toBe(isColored);
  });
});

describe('a word without --tld', () => {
  const hint =
    '`mystartup` is looked up as it stands; --tld dev,io would look up mystartup.dev and mystartup.io';

  it('gets a hint', async () => {
    const { stderr } = await runInProcess(['probe', 'a.dev', 'mystartup', '-r', 'local']);
    expect(stderr.split('\n')[0]).toBe(hint);
  });

  it('gets one hint in lists too', async () => {
    const run = startInProcess(['probe', '-', '-r', 'local']);
    run.stdin.end('# words\nmystartup\nother\n');
    const { stderr } = await run.ended;
    expect(stderr.split('\n')[0]).toBe(hint);
    expect(stderr.split('looked up as it stands')).toHaveLength(2);
  });

  it('gets a hint about what is looked up of it', async () => {
    const affixed = await runInProcess([
      ...['probe', 'nova', '--prefix', 'get', '--affixed-only', '-r', 'local'],
    ]);
    expect(affixed.stderr).toContain('`getnova` is looked up as it stands; --tld dev,io would');
    const dotted = await runInProcess([
      'probe',
      'nova',
      '--pattern',
      '{}.(dev|app)',
      '-r',
      'local',
    ]);
    expect(dotted.stderr).toContain(
      '`nova` is looked up as it stands; --affixed-only leaves it out',
    );
  });

  it.each([
    ['nova', '--pattern', '{}.(dev|app)', '--affixed-only'],
    ['mystartup', '--tld', 'dev'],
    ['mystartup', '-q'],
    ['com', '-t', 'NS'],
    ['mystartup.dev'],
    ['localhost'],
    ['2001:db8::1'],
  ])('but not %j', async (...args) => {
    const { stderr } = await runInProcess(['probe', ...args, '-r', 'local']);
    expect(stderr).not.toContain('as it stands');
  });

  it('that is a TLD behind a TLD gets a hint', async () => {
    const stderrOf = async (...args: string[]) =>
      (await runInProcess(['probe', ...args, '-r', 'local'])).stderr;
    const hint = '`app` is looked up as a word; --tld dev,app takes it for a TLD too';
    expect(await stderrOf('nova', '--tld', 'dev', 'app')).toContain(hint);
    expect(await stderrOf('--tld', 'dev', 'nova', 'app')).not.toContain('as a word');
    expect(await stderrOf('app', '--tld', 'dev')).not.toContain('as a word');
  });
});
