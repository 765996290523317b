import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/in-process.js';

/** The names that a probe looks up, in the order of its input. */
async function namesOf(...args: string[]): Promise<string[]> {
  const common = ['-r', 'local', '-q', '--ordered', '-f', 'tsv'];
  const { stdout, stderr } = await runInProcess(['probe', ...args, ...common]);
  expect(stderr).toBe('');
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] as string]));
}

describe('words', () => {
  it('come with prefixes and suffixes', async () => {
    expect(
      await namesOf('mail', 'a.dev', '--tld', 'dev', '--prefix', 'get,my-', '--suffix=-hq'),
    ).toEqual(['mail.dev', 'getmail.dev', 'my-mail.dev', 'mail-hq.dev', 'a.dev']);
    expect(await namesOf('mail', '--tld', 'dev,io', '--prefix', 'get', '--affixed-only')).toEqual([
      'getmail.dev',
      'getmail.io',
    ]);
  });

  it('come from patterns, alone and with a word', async () => {
    expect(await namesOf('--pattern', '[ab][12]')).toEqual([
      'a1.dev',
      'a2.dev',
      'b1.dev',
      'b2.dev',
    ]);
    expect(await namesOf('x', '--tld', 'io', '--pattern', '(get|try){}')).toEqual([
      'x.io',
      'getx.io',
      'tryx.io',
    ]);
    expect(await namesOf('--pattern', '[ab]', '--prefix', 'my', '--tld', 'dev')).toEqual([
      'a.dev',
      'mya.dev',
      'b.dev',
      'myb.dev',
    ]);
  });

  it('come from several lists, and are measured with what was put to them', async () => {
    const words = await namesOf('-w', 'python,go', '-L', '2');
    expect(words).toEqual(
      ['_', 'as', 'if', 'in', 'is', 'or', 'go', 'if'].map((word) => `${word}.dev`),
    );
    expect(await namesOf('abc', 'ab', '--tld', 'dev', '--suffix', 'x', '-L', '3')).toEqual([
      'abc.dev',
      'ab.dev',
      'abx.dev',
    ]);
  });

  it.each([
    [
      '--pattern [a-z]{6}',
      '`--pattern` to make at most 10,000,000 names, got `[a-z]{6}`: 308,915,776',
    ],
    [
      '--pattern [a-z]{4} --tld a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x',
      'got `[a-z]{4}`: 10,967,424',
    ],
    ['--pattern [a-z]{63}', 'more than 1,000,000,000,000,000'],
    ['--pattern [a-z', "`--pattern` to be a pattern such as 'get{}app' or '[a-z]{3}', got `[a-z`"],
    ['--prefix a.b', '`--prefix` to be letters, digits and hyphens, such as get,my-, got `a.b`'],
    [
      '--affixed-only',
      '`--affixed-only` to come with `--prefix`, `--suffix` or a `--pattern` with {}',
    ],
    ['x --sort name --ordered', '`--sort` or `--ordered`, got both'],
    ['x --sort name --resume', '`--sort` or `--resume`, got both'],
    ['x --sort size', '`--sort` to be one of name, length, status, got `size`'],
  ])('%s is wrong, and nothing is sent', async (line, message) => {
    const { stdout, stderr, code } = await runInProcess([
      'probe',
      ...line.split(' '),
      ...['-r', 'local', '-q'],
    ]);
    expect([stdout, code]).toEqual(['', 2]);
    expect(stderr).toContain(message);
  });
});

describe('--sort', () => {
  const words = ['mystartup', 'def', 'mail', 'as', 'zz'];

  it.each([
    ['name', ['as', 'def', 'mail', 'mystartup', 'zz']],
    ['length', ['as', 'zz', 'def', 'mail', 'mystartup']],
    ['status', ['as', 'def', 'mail', 'mystartup', 'zz']],
  ])('%s', async (key, sorted) => {
    const { stdout, stderr } = await runInProcess([
      ...['probe', ...words, '--tld', 'dev', '-r', 'local', '-f', 'tsv', '--sort', key],
    ]);
    expect(
      stdout
        .split('\n')
        .map((line) => line.split('\t')[0])
        .slice(0, -1),
    ).toEqual(sorted.map((word) => `${word}.dev`));
    expect(stderr).toContain('results are printed at the end, because of --sort\n');
  });
});
