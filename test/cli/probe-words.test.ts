import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sorted } from '../support/cli.js';
import { interruptInProcess, runInProcess, startInProcess } from '../support/in-process.js';
import { nxdomain, scriptedDns } from '../support/scripted-dns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** The names that a probe looks up, in the order of its input. */
async function namesOf(...args: string[]): Promise<string[]> {
  const common = ['-r', 'local', '-q', '--ordered', '-f', 'tsv'];
  const { stdout, stderr } = await runInProcess(['probe', ...args, ...common]);
  // The server inside knows names under .dev and .app only.
  expect(stderr).toMatch(/^(?:local is failing: .*\n)?(?:\d unknown: \d refused\n)?$/);
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

  it('are not what affixes and patterns with {} are put to, where a name has a dot', async () => {
    const args = ['probe', 'a.dev', '--prefix', 'get', '-r', 'local', '-f', 'tsv'];
    const { stdout, stderr } = await runInProcess(args);
    expect(stdout).toBe('a.dev\tmissing\n');
    expect(stderr).toContain('`a.dev` is a whole name: prefixes and suffixes are for words');
  });

  it('of patterns with a dot are whole names, which is said where their TLD is none', async () => {
    const stderrOf = async (pattern: string) =>
      (await runInProcess(['probe', 'go', '--pattern', pattern, '-r', 'local'])).stderr;
    expect(await stderrOf('[bc].[dt]')).toContain(
      'the pattern `[bc].[dt]` makes whole names, such as b.d: . stands for itself; [a-z] is any letter',
    );
    expect(await stderrOf('{}.(dev|app)')).not.toContain('pattern');
  });

  it('that are all too long leave nothing to look up, which is said', async () => {
    const args = ['probe', 'abc', '--tld', 'dev', '-L', '2', '-r', 'local'];
    const { stdout, stderr, code } = await runInProcess(args);
    expect([stdout, code]).toEqual(['', 0]);
    expect(stderr).toMatch(
      /^there was no name to look up \(--max-length 2 leaves out longer ones\)\n0 found, /,
    );
  });

  it.each([
    ['dve', '127.0.0.1:1', '`dve` is no top-level domain that is known here (did you mean `dev`?)'],
    [
      'cmo,con',
      '127.0.0.1:1',
      '`cmo` is no top-level domain that is known here (did you mean `com`?)\n`con` is no top-level domain that is known here (did you mean `com`?)\n',
    ],
    ['io,oi', '127.0.0.1:1', '`oi` is no top-level domain that is known here\n'],
    [
      'local,q',
      '127.0.0.1:1',
      '`local` is no top-level domain that is known here\n`q` is no top-level domain that is known here\n',
    ],
    ['dev,x.lan', '127.0.0.1:1', '`lan` is no top-level domain that is known here'],
    ['dev,io', 'local', 'the server `local` knows only dev and app, and not io'],
  ])(
    'under %s, a TLD that %s does not have, are looked up, and that is said',
    async (tld, resolver, text) => {
      const args = ['probe', '@', '--tld', tld, '-r', resolver];
      expect((await runInProcess(args)).stderr).toContain(text);
    },
  );

  it('that are whole names under a TLD that is near another are looked up, and that is said', async () => {
    const names = ['x.cmo', 'y.lan', 'z.corp', '@.com', 'http://a.dve/', 'b.qqqqqqqq'];
    const { stderr } = await runInProcess([
      'probe',
      ...names,
      '-r',
      '127.0.0.1:1',
      '--rate',
      '999',
    ]);
    expect(stderr.split('no resolver')[0]).toBe(
      ['cmo', 'dve']
        .map(
          (tld) =>
            `\`${tld}\` is no top-level domain that is known here (did you mean \`${tld === 'cmo' ? 'com' : 'dev'}\`?)\n`,
        )
        .join(''),
    );
  });

  it('that are whole names of a list under a TLD that is very near another are counted at the end', async () => {
    await using dns = await scriptedDns(nxdomain);
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'names.txt');
    const names = ['a.con', 'b.con', 'http://c.ogr/', 'a.com', 'a.lan', 'a.svc', 'a.io', 'con'];
    await writeFile(path, names.join('\n'));
    const saidOf = async (...args: string[]) => {
      const { stderr } = await runInProcess(['probe', '-r', dns.resolver, '-i', path, ...args]);
      return stderr.split('\n').filter((line) => line.includes('of the missing'));
    };
    const isNone = 'which is no top-level domain that is known here (did you mean';
    const con = `2 of the missing are under \`con\`, ${isNone} \`com\`?)`;
    const ogr = `1 of the missing is under \`ogr\`, ${isNone} \`org\`?)`;
    expect(await saidOf()).toEqual([con, ogr]);
    expect(await saidOf('--tld', 'ogr', 'https://x.con/')).toEqual([]);
  });

  it('are looked up under the TLDs of a file, which has to have some', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'tlds.txt');
    const run = (tld: string) => runInProcess(['probe', 'def', '-r', 'local', '-q', '--tld', tld]);
    await writeFile(path, '# two\nDEV\n.app # the other\n');
    expect(sorted((await run(`@${path}`)).stdout)).toEqual(['+ def.app', '+ def.dev']);
    expect((await run(path)).stderr).toContain(
      `got \`${path}\`, which is a file: \`--tld @${path}\` reads it`,
    );
    await writeFile(path, 'dev\nno tld\n');
    const wrong = 'to hold top-level domains, one on each line, got';
    expect((await run(`@${path}`)).stderr).toContain(`${wrong} \`no tld\``);
    await writeFile(path, '# none\n');
    expect((await run(`@${path}`)).stderr).toContain(`${wrong} an empty one`);
  });

  it.each(['dev,io,ai,uk,eu', 'COM.BR', 'рф', 'edu'])(
    'under %s need no word about it',
    async (tld) => {
      const { stderr } = await runInProcess(['probe', '@', '--tld', tld, '-r', '127.0.0.1:1']);
      expect(stderr).toMatch(/^0 found, .* 1 invalid.*\n$/);
    },
  );

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
    ['--pattern [a-z]{2,3}', 'got `[a-z]{2,3}`: {2,3} is not known, only a number such as {3}'],
    ['--pattern get?', "got `get?`: ? is not known; '(|s)' is an s or nothing"],
    ['--pattern x.', 'got `x.`: . stands for itself, between two labels of a name; [a-z] is any'],
    [
      '--pattern [bc].[dt] --tld dev',
      '`--pattern` to make words without a dot beside `--tld`, got `[bc].[dt]`: . stands for itself',
    ],
    ['--pattern ^ab$', 'got `^ab$`: ^ is not known; a pattern always stands for whole words'],
    ['--pattern b\\w', 'got `b\\w`: \\w is not known; [a-z] is any letter'],
    ['--pattern a{70}', 'got `a{70}`: {70} repeats nothing: {3} stands behind what it repeats'],
    ['--pattern [a-z]{2', 'got `[a-z]{2`: each { needs its }'],
    ['--prefix a.b', '`--prefix` to be letters, digits and hyphens, such as get,my-, got `a.b`'],
    [
      '--affixed-only',
      '`--affixed-only` to come with `--prefix`, `--suffix` or a `--pattern` with {}',
    ],
    ['x --sort name --ordered', '`--sort` or `--ordered`, got both'],
    ['x --sort name --resume', '`--sort` or `--resume`, got both'],
    ['x --whois', 'got `--whois` (did you mean `--rdap`?)'],
    ['x --free', 'got `--free` (did you mean `--rdap --only unregistered`?)'],
    ['x --rdap --only free', 'got `free` (did you mean `unregistered`?)'],
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

  it('says of a run into a file that is stopped that it cannot be gone on with', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'sorted');
    const run = startInProcess(['probe', '-', '-r', 'local', '--sort', 'name', '-o', path]);
    run.stdin.write('def.dev\n');
    // It is made only when the run may be interrupted.
    await expect.poll(() => readFile(path, 'utf8').catch(() => undefined)).toBe('');
    interruptInProcess();
    const { stderr, signal } = await run.ended;
    expect(stderr).toContain(
      `stopped before all names were read; \`${path}\` is not whole, and cannot be gone on with\n`,
    );
    expect(signal).toBe('SIGTERM');
    expect(await folder.names()).toEqual(['sorted']);
  });

  it('leaves an earlier file as it is until the end', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'sorted.csv');
    await writeFile(path, 'before\n');
    const sort = ['probe', '-', '-r', 'local', '--sort', 'name', '-o', path];
    const run = startInProcess(sort);
    // Input is read when the output is open.
    run.stdin.write(`def.dev\n${'# and more\n'.repeat(30_000)}`);
    await once(run.stdin, 'drain');
    await run.said('because of --sort, and a stopped run cannot be gone on with\n');
    expect(await readFile(path, 'utf8')).toBe('before\n');
    run.stdin.end('as.dev\n');
    expect((await run.ended).code).toBe(0);
    const lines = (await readFile(path, 'utf8')).split('\r\n');
    expect(lines.map((line) => line.split(',')[0])).toEqual(['name', 'as.dev', 'def.dev', '']);
  });
});

describe('a list of words that is not one word a line', () => {
  it.each([
    ['csv', 'word,score\nacme,3\nget-it,17\n', '`acme` from `acme,3`'],
    ['csv', 'id,word\n1,acme\n2,get-it\n', '`acme` from `1,acme`'],
    ['csv', '1,acme\n2,get-it\n', '`acme` from `1,acme`'],
    ['csv', 'Nr;Begriff;x\n1;acme;y\n2;get-it;\n', '`acme` from `1;acme;y`'],
    ['bullets', '- acme\n* get-it\n2. other\n', '`acme` from `- acme`'],
    ['several', 'acme get-it\nother, more\n', '`acme`, `get-it` from `acme get-it`'],
    ['several', 'acme,get-it,other\n', '`acme`, `get-it`, `other` from `acme,get-it,other`'],
  ])('gets a hint at --list %s: %j', async (format, text, reads) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'words');
    await writeFile(path, text);
    for (const option of ['-i', '-w']) {
      const args = ['probe', '-r', 'local', '--tld', 'dev', option, path];
      const { stderr } = await runInProcess(args);
      expect(stderr).toContain(
        `most lines of \`${path}\` are no names as they stand; \`--list ${format}\` reads ${reads}\n`,
      );
      const told = await runInProcess([...args, '--list', format]);
      expect(told.stdout).toContain('acme.dev\n');
      expect(told.stdout).not.toMatch(/[!]|word|score|begriff|[1x]\.dev/);
      expect(told.stderr.split('the words of').length - 1).toBe(format === 'csv' ? 1 : 0);
      expect(told.stderr).not.toContain('no names');
    }
  });

  it('gets none where most lines are words, or no format would read them', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'words');
    for (const text of ['acme\nget-it\nother\na b\n', 'a/b c!\n$ %\n']) {
      await writeFile(path, text);
      const { stderr } = await runInProcess(['probe', '-r', 'local', '--tld', 'dev', '-i', path]);
      expect(stderr).not.toContain('--list');
    }
  });
});
