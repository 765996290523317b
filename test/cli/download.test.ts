import { createReadStream, existsSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runReported } from '../../src/cli/main.js';
import { type HttpServer, openHttpServer } from '../support/http-server.js';
import { gif } from '../support/images.js';
import { runInProcess, startReading } from '../support/in-process.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
let server: HttpServer;
let isBroken: boolean;
beforeEach(async () => {
  folder = await temporaryFolder();
  isBroken = true;
  server = await openHttpServer(({ url }, response) => {
    if (isBroken && url?.includes('us')) response.writeHead(418).end();
    // That of ZW never comes.
    else if (!url?.includes('zw')) response.end(gif);
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const download = (...args: string[]) =>
  runInProcess(['download', '-d', join(folder.path, 'out'), '-f', 'tsv', '--ordered', ...args]);

it('lists the services, each as it is written', async () => {
  const { stdout, code } = await runInProcess(['download', '--list']);
  const servers = stdout.split('\n').map((line) => line.split(' ')[0]);
  for (const name of ['remote', 'flagcdn', 'flagcdn:svg', 'circle-flags', 'local', 'error']) {
    expect(servers).toContain(name);
  }
  expect(code).toBe(0);
});

it('fetches a list of URLs, codes beside them, and says whose name has a number', async () => {
  const list = join(folder.path, 'list');
  await writeFile(
    list,
    `# two of one name\n${server.url}/a/x.gif\n\nbr\n${server.url}/b/x.gif\nno\n?\n`,
  );
  const { stdout, stderr, code } = await download('-i', list, '-s', `${server.url}/{cc}.gif`);
  expect(stdout).toBe(
    `BR\tok\nNO\tok\n?\terror\n${server.url}/a/x.gif\tok\n${server.url}/b/x.gif\tok\n`,
  );
  expect(stderr).toContain(
    '1 file got a number, as its name is taken: x.gif is saved as x_2.gif; the list may give it another ' +
      '(URL<TAB>name).\n',
  );
  expect(await readFile(join(folder.path, 'out/x_2.gif'))).toEqual(gif);
  expect(code).toBe(1);
});

it('says how many files of the user --skip-existing took for flags', async () => {
  await mkdir(join(folder.path, 'out'));
  for (const file of ['BR.gif', 'JP.gif']) await writeFile(join(folder.path, 'out', file), 'mine');
  const skip = ['--skip-existing', '-s', `${server.url}/{cc}.gif`];
  const one = await download('br', 'no', ...skip);
  expect(one.stderr).toContain(
    '\n1 file is not from this program, or was changed since, and was skipped.\n',
  );
  const two = await download('br', 'jp', ...skip);
  expect(two.stderr).toContain(
    '\n2 files are not from this program, or were changed since, and were skipped.\n',
  );
  expect((await download('no', ...skip)).stderr).not.toContain('skipped');
});

it('says that a list is empty, and that a placeholder in its URLs is none', async () => {
  const list = join(folder.path, 'list');
  await writeFile(list, '\n');
  const empty = await download('-i', list);
  expect([empty.stderr.split('\n')[0], empty.code]).toEqual([
    'there was no country and no URL to download',
    1,
  ]);
  const { stderr } = await download(`${server.url}/{cc}.gif`);
  expect(stderr).toContain(`\`${server.url}/{cc}.gif\` is asked for as it stands: only -s fills`);
});

it('reads a list on standard input where nothing is named', async () => {
  const list = join(folder.path, 'list');
  const run = async (text: string, ...args: string[]) => {
    await writeFile(list, text);
    const stdin = createReadStream('', { fd: openSync(list, 'r') });
    const source = ['-s', `${server.url}/{cc}.gif`, '-d', join(folder.path, 'out')];
    const argv = ['download', '-f', 'tsv', '--ordered', ...source, ...args];
    return await startReading(stdin, argv).ended;
  };
  const urls = await run(`${server.url}/a/x.gif\nBR\n`);
  expect([urls.stdout, urls.code]).toEqual([`BR\tok\n${server.url}/a/x.gif\tok\n`, 0]);
  const empty = await run('');
  expect(empty.stderr).toMatch(/^standard input has no country and no URL .* < \/dev\/null/);
  expect([empty.stdout, empty.code]).toEqual(['', 1]);
  expect((await run('NO\n', 'fr')).stdout).toBe('FR\tok\n');
});

it('asks for two letters that are no country as they stand, wherever they are from, and says what was most likely meant', async () => {
  const list = join(folder.path, 'list');
  await writeFile(list, 'UK\nBR\nZZ\nuk\n🇺🇰\n');
  const hint = '`UK` is no country and is asked for as it stands; did you mean GB?\nTEMPLATE';
  const source = ['-s', `${server.url}/{cc}.gif`];
  for (const inputs of [
    ['-i', list],
    ['uk', 'BR', 'zz', 'UK'],
    ['🇺🇰', 'br', 'ZZ'],
  ]) {
    const { stderr, stdout, code } = await download(...inputs, ...source);
    expect(stderr.slice(0, hint.length)).toBe(hint);
    expect(stdout.split('\n').sort().slice(1)).toEqual([
      expect.stringMatching(/^BR\t(ok|unchanged)$/),
      'UK\tok',
      'ZZ\tok',
    ]);
    expect(code).toBe(0);
  }
  expect((await download('U', ...source)).stderr).toMatch(/^TEMPLATE/);
});

it('reads the column of a table that has the URLs, or the one that is named', async () => {
  const list = join(folder.path, 'list.csv');
  const rows = ['a', 'b'].map((name) => `1;"${name};\n${name}";${server.url}/${name}.gif;${name}`);
  await writeFile(list, `id;name;image;page\r\n${rows.join('\r\n')}\r\n9;"none";;x\r\n`);
  const { stdout, stderr, code } = await download('-i', list);
  expect([stdout, code]).toEqual([
    `9;"none";;x\terror\n${server.url}/a.gif\tok\n${server.url}/b.gif\tok\n`,
    1,
  ]);
  expect(stderr).toMatch(
    /^`[^`]+list\.csv` is read as a table with URLs in column 3, `image`; --column takes another, 0 the lines as they stand\n/,
  );
  const other = await download('-i', list, '--column', 'ID');
  expect(other.stdout).toMatch(/^1\terror\n1\terror\n9\terror\n$/);
  const none = await download('-i', list, '--column', 'picture');
  expect([none.stderr.split(': the first row of ')[1], none.code]).toEqual([
    `\`${list}\` has \`id\`, \`name\`, \`image\`, \`page\`\n`,
    2,
  ]);
  const plain = await download('-i', list, '--column', '0', '-l', '1');
  expect(plain.stdout.split('\n')[0]).toBe('id;name;image;page\terror');
});

it('takes no row with nothing in it for an input, and says which table it takes for none', async () => {
  const list = join(folder.path, 'team.csv');
  const source = ['-s', `${server.url}/{cc}.gif`];
  const ok = 'BR\tok\nJP\tok\n';
  for (const rows of ['Country;Town\nBR;x\n;\nJP;\n;;;\n', 'BR\n;\n,,\nJP\n']) {
    await writeFile(list, rows);
    expect((await download('-i', list, ...source)).stdout).toBe(ok);
  }
  await writeFile(list, 'x;y\nBR;Utopia\n;\nJP;Ur\nUtopia;Ur\n');
  const { stderr, code } = await download('-i', list, ...source);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /team.csv` looks like a table, but .*; --column takes one of `x`, `y`, or/,
  );
  const named = await download('-i', list, ...source, '--column', 'x');
  expect(named.stdout).toBe(`${ok}Utopia\terror\n`);
});

it('takes the head of a list with one column for no input', async () => {
  const list = join(folder.path, 'list.csv');
  await writeFile(list, `# made today\nImage URL\n${server.url}/a.gif\n`);
  expect((await download('-i', list)).stdout).toBe(`${server.url}/a.gif\tok\n`);
  const long = Array.from({ length: 250 }, (_, i) => `${i},${server.url}/${i}.gif\n`);
  await writeFile(list, `n,url\n${long.join('')}`);
  const { stdout } = await download('-i', list, '-c', '50');
  expect(stdout.match(/\tok\n/g)).toHaveLength(250);
  await writeFile(list, 'codes\nbr\n');
  expect((await download('-i', list, '-s', `${server.url}/{cc}.gif`)).stdout).toBe('BR\tok\n');
});

it('reads a JSON list, one input on each line or all on one', async () => {
  const list = join(folder.path, 'list.json');
  const [a, b] = ['a', 'b'].map((name) => `${server.url}/${name}.gif`);
  const lists = [
    `[\n  "${a}",\n  "${b}"\n]\n`,
    `["${a}","${b}"]`,
    `{"url":"${a}"}\n{"url":"${b}"}`,
  ];
  for (const text of lists) {
    await writeFile(list, text);
    const { stdout } = await download('-i', list, '--force');
    expect(stdout).toBe(`${a}\tok\n${b}\tok\n`);
  }
});

it('reads JSON over several lines, all on a long one, and by a key', async () => {
  const list = join(folder.path, 'list.json');
  const write = (value: unknown, indent?: number) =>
    writeFile(list, JSON.stringify(value, null, indent));
  const from = ['-i', list, '-s', `${server.url}/{cc}.gif`, '--force'];
  await write([{ code: 'BR', name: 'Brazil' }, null, { code: 'de', tags: ['x'] }, { id: 7 }], 2);
  const { stdout, stderr, code } = await download(...from);
  expect([stdout, code]).toEqual([
    'BR\tok\nDE\tok\nentry 2: null\terror\nentry 4: {"id":7}\terror\n',
    1,
  ]);
  expect(stderr).toMatch(
    /json` is read as JSON with countries in `code`; --column takes another key\n/,
  );
  await write(Array.from({ length: 200 }, (_, i) => `${server.url}/${i}.gif?${'x'.repeat(450)}`));
  expect((await download('-i', list, '-c', '50')).stdout.match(/\tok\n/g)).toHaveLength(200);
  await write([{ code: 'DE', of: 'FR' }, { of: 76 }], 2);
  expect((await download(...from, '--column', 'of')).stdout).toBe('BR\tok\nFR\tok\n');
  await writeFile(list, `BR\n{"code":\nDE\n["FR"]\n`);
  expect((await download(...from)).stdout).toBe(
    'BR\tok\nDE\tok\nFR\tok\nentry 1: {"code": (no end)\terror\n',
  );
});

it('says that a .json file gets lines of JSON', async () => {
  const output = join(folder.path, 'list.json');
  const remark = 'list.json` gets JSON lines, an object on each';
  const args = ['download', 'br', '-s', `${server.url}/{cc}.gif`, '-d', join(folder.path, 'out')];
  expect((await runInProcess([...args, '-o', output])).stderr).toContain(remark);
  expect((await readFile(output, 'utf8')).match(/^\{.*\}\n$/)).not.toBeNull();
  for (const more of [['-q'], ['--json'], ['-f', 'csv']]) {
    expect((await runInProcess([...args, '-o', output, ...more])).stderr).not.toContain(remark);
  }
});

it('of a list of URLs only, names no service and calls them images', async () => {
  const list = join(folder.path, 'list');
  await writeFile(list, `htp://x\n${server.url}/a/x.gif\n`);
  const { stderr } = await download('-i', list);
  expect(stderr).toMatch(/^Searching for 2 images: htp:\/\/x, http/);
  expect(stderr).toContain('\n  1 image downloaded.\n');
  const any = await download(`${server.url}/a/y.gif`, '--accept', 'any');
  expect(any.stderr).toMatch(/^Searching for 1 file: http/);
});

it('asks the next server where the first has nothing', async () => {
  const servers = ['-s', `${server.url}/us/{cc}.gif`, '-s', `${server.url}/{cc}.gif`];
  const { stdout, stderr, code } = await download('br', ...servers);
  expect([stdout, code]).toEqual(['BR\tok\n', 0]);
  expect(stderr).toMatch(/^TEMPLATE site: .*\/us\nTEMPLATE site: /);
});

describe('--retry-failed', () => {
  const source = () => ['-s', `${server.url}/{cc}.gif`];

  it('keeps what failed of the inputs, and without any takes all that failed', async () => {
    expect((await download('br', 'us', ...source())).stdout).toBe('BR\tok\nUS\terror\n');
    expect((await download('br', 'us', 'fr', '--retry-failed', ...source())).stdout).toBe(
      'US\terror\n',
    );
    isBroken = false;
    expect((await download('--retry-failed', ...source())).stdout).toBe('US\tok\n');
    const { stdout, stderr, code } = await download('--retry-failed', ...source());
    expect([stdout, stderr, code]).toEqual(['', NOTHING_FAILED, 0]);
  });
});

describe('a run that is cut short', () => {
  const source = () => ['-c', '1', '-s', `${server.url}/{cc}.gif`];
  const SUMMED_UP =
    /\n {2}\d flags? downloaded\.\n {2}\d not asked\.\nElapsed time: .*\nThe same command goes on:/;

  it('by a reader who leaves ends with 0 and is summed up; --retry-failed says that there is more', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    const streams = { stdin: new PassThrough().end(), stdout, stderr: new PassThrough() };
    const argv = ['download', 'br', 'zw', '-d', join(folder.path, 'out'), ...source()];
    expect(await runReported(argv, streams)).toBe(0);
    expect(String(streams.stderr.read())).toMatch(SUMMED_UP);

    const again = await download('--retry-failed', ...source());
    expect(again.stderr).toMatch(/^Nothing failed the last time\.\nThe last run was cut short;/);
    expect([again.stdout, again.code]).toEqual(['', 1]);
    expect((await download('br', 'us', ...source())).stdout).toBe('BR\tok\nUS\terror\n');
    isBroken = false;
    const whole = await download('--retry-failed', ...source());
    expect([whole.stdout, whole.code]).toEqual(['US\tok\n', 0]);
  });

  it('by a full disk is summed up', async () => {
    const { stderr, code } = await download('br', '-o', '/dev/full', ...source());
    expect(stderr).toMatch(/\n {2}1 flag downloaded\.\n {2}0 not asked\.\n/);
    expect(stderr).toMatch(/\nflagprobe: cannot write `\/dev\/full`: no space left/);
    expect(code).toBe(4);
  });

  it('before there was any result is not', async () => {
    const { stderr, code } = await download('br', '-o', '/no/folder/x', ...source());
    expect(stderr).toMatch(
      /connection will be used\.\nflagprobe: cannot write `\/no\/folder\/x`: .*\n$/,
    );
    expect(code).toBe(4);
  });
});

it('says how many errors had which reason, and how to ask again', async () => {
  const list = join(folder.path, 'list');
  await writeFile(list, `us\n?\n${server.url}/us.gif\nhttp://127.0.0.1:1/x.gif\n`);
  const source = ['-s', `${server.url}/{cc}.gif`, '--retries', '0'];
  const { stderr } = await download('-i', list, ...source);
  expect(stderr).toMatch(
    /Elapsed time: .*\nErrors: 2 http, 1 (?:bad-code, 1 network|network, 1 bad-code); --retry-failed asks for them again\.\n$/,
  );
  await writeFile(list, 'br\n?\n');
  expect((await download('-i', list, ...source)).stderr).toMatch(/\nErrors: 1 bad-code\.\n$/);
});

describe('--retry-failed with a list', () => {
  it('keeps what is no input, which always fails, and says what was never asked for', async () => {
    const list = join(folder.path, 'list');
    await writeFile(list, `BR\nGermny\n${server.url}/us.gif\ta\n`);
    const source = ['-s', `${server.url}/{cc}.gif`];
    await download('-i', list, ...source);
    isBroken = false;
    await writeFile(list, `BR\nGermny\n${server.url}/us.gif\ta\n${server.url}/us.gif\tb\nFR\n`);
    const first = await download('-i', list, '--retry-failed', ...source);
    expect(first.stdout).toBe(`Germny\terror\n${server.url}/us.gif\tok\n`);
    expect(first.stderr).toContain(
      `\`FR\` and 1 more have no record in \`${join(folder.path, 'out')}\` and are not asked for now`,
    );
    expect(first.code).toBe(1);
    const second = await download('fr', '--retry-failed', ...source);
    expect(second.stderr).toMatch(/^Nothing failed the last time\.\n`FR` has no record in .*\n$/);
    expect(second.code).toBe(1);
  });

  it('passes over a record that stands for no input', async () => {
    await mkdir(join(folder.path, 'out'));
    const record = { url: 'http://h/a', code: 'zzz', status: 'error' };
    await writeFile(join(folder.path, 'out/.flagprobe.jsonl'), `${JSON.stringify(record)}\n`);
    const { stdout, stderr, code } = await download('--retry-failed', 'us');
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('`US` has no record');
  });

  it('asks for a URL without a name under each name that it failed under', async () => {
    const url = `${server.url}/us.gif`;
    const list = join(folder.path, 'list');
    await writeFile(list, `${url}\ta\n${url}\tb\n`);
    await download('-i', list);
    isBroken = false;
    const { stdout } = await download('--retry-failed', '-f', 'names', url);
    expect(stdout).toBe(
      ['a.gif', 'b.gif'].map((name) => `${join(folder.path, 'out', name)}\n`).join(''),
    );
  });
});

it('says that a space in a URL is asked for, where most likely a tab was meant', async () => {
  const list = join(folder.path, 'list');
  await writeFile(list, `${server.url}/a.gif\tmy flag\n${server.url}/b.gif flag\n`);
  const { stderr } = await download('-i', list);
  expect(stderr).toContain(`\`${server.url}/b.gif flag\` has a space, which is asked for as %20`);
});

it('reads a list as it was written for another program', async () => {
  const list = join(folder.path, 'list');
  const at = (path: string) => `${server.url}/${path}`;
  const lines = [`"${at('a.gif')}",`, `<${at('b.gif')}>`, at('c.gif'), '  out=named.gif'];
  await writeFile(list, [...lines, at('d.gif'), '\tout=last.gif', ''].join('\n'));
  const { stdout } = await download('-i', list, '-f', 'names');
  const files = ['a.gif', 'b.gif', 'last.gif', 'named.gif'];
  expect(stdout.trim().split('\n').sort()).toEqual(
    files.map((name) => join(folder.path, 'out', name)),
  );
});

const NOTHING_FAILED = 'Nothing failed the last time.\n';

describe('--retry-failed after a run with other servers and names', () => {
  /** Failures come in the order in which they were answered. */
  const retry = async (...args: string[]) => {
    const { stdout, stderr } = await download('--retry-failed', '-f', 'names', ...args);
    return { files: stdout.trim().split('\n').sort(), stderr };
  };
  const inOut = (name: string) => join(folder.path, 'out', name);

  it('saves a file of a list under the name that the list gave it', async () => {
    const list = join(folder.path, 'list');
    await writeFile(list, `${server.url}/us.gif\tlogo-1.5\n${server.url}/x/us.gif\t../large\n`);
    await download('-i', list);
    isBroken = false;
    const { files, stderr } = await retry();
    expect(files).toEqual([inOut('large.gif'), inOut('logo-1.5.gif')]);
    expect(stderr).toMatch(/^Searching for 2 images: \S+\.gif, \S+\.gif\n/);
  });

  it('asks for codes where they failed, and calls their files as they were to be called', async () => {
    const servers = [`${server.url}/us/{cc}.gif`, `${server.url}/other/us/{cc}.gif`];
    await download('br', 'us', '-s', servers[0]!, '-s', servers[1]!, '--name', 'cc');
    await download('fr', '-s', servers[0]!, '--name', 'alpha3');
    isBroken = false;
    const asked = server.requests.length;
    const { files, stderr } = await retry();
    expect(files).toEqual([inOut('FRA.gif'), inOut('br.gif'), inOut('us.gif')]);
    expect(
      server.requests
        .slice(asked)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/us/br.gif', '/us/fr.gif', '/us/us.gif']);
    expect(stderr).toMatch(/^(TEMPLATE site: .*us\n){2}Searching for 3 flags: [A-Z, ]+\n/);
  });

  it('asks for a code that is given where it failed, unless another server and name are', async () => {
    await download('us', '-s', `${server.url}/us/{cc}.gif`, '--name', 'cc');
    isBroken = false;
    const other = ['-s', `${server.url}/other/{cc}.gif`, '--name', 'CC'];
    expect((await retry('us', 'fr', ...other)).files).toEqual([inOut('US.gif')]);
    isBroken = true;
    await download('us', '-s', `${server.url}/us/{cc}.gif`, '--name', 'cc');
    isBroken = false;
    expect((await retry('us', 'fr')).files).toEqual([inOut('us.gif')]);
  });

  it('asks for one kind of image though the other came since, and no more once it was asked elsewhere', async () => {
    const kind = (name: string) => ['-s', `${server.url}/${name}/{cc}.${name}`];
    expect((await download('us', ...kind('svg'))).stdout).toBe('US\terror\n');
    isBroken = false;
    expect((await download('us', ...kind('png'))).stdout).toBe('US\tok\n');
    isBroken = true;
    expect((await retry()).stderr).toContain('/svg\n');
    expect((await retry('us', '-s', `${server.url}/other/{cc}`)).stderr).toContain('/other\n');
    isBroken = false;
    const asked = server.requests.length;
    expect((await retry()).files).toEqual([inOut('US.gif')]);
    expect(server.requests.slice(asked).map(({ path }) => path)).toEqual(['/other/us']);
    expect((await retry()).stderr).toBe(NOTHING_FAILED);
  });

  it('leaves the file alone whose name the failed line of a list wanted as well', async () => {
    const list = join(folder.path, 'list');
    await writeFile(list, `${server.url}/br.gif\tlogo\n${server.url}/us.gif\tlogo\n`);
    await download('-i', list);
    isBroken = false;
    const asked = server.requests.length;
    expect((await retry()).files).toEqual([inOut('logo_2.gif')]);
    isBroken = true;
    await download('-i', list, '--force');
    isBroken = false;
    expect((await retry('-i', list)).files).toEqual([inOut('logo_2.gif')]);
    expect(server.requests.slice(asked).filter(({ path }) => path === '/us.gif')).toHaveLength(3);
    expect((await download('-i', list, '-f', 'names')).stdout).toBe(
      `${inOut('logo.gif')}\n${inOut('logo_2.gif')}\n`,
    );
  });

  it('starts a server inside the program for codes that failed there', async () => {
    await mkdir(join(folder.path, 'out'));
    const place = { url: 'local:/flags/br/br.gif', servers: ['local'] };
    const record = { ...place, code: 'BR', status: 'error', name: 'alpha3' };
    await writeFile(join(folder.path, 'out/.flagprobe.jsonl'), `${JSON.stringify(record)}\n`);
    const { files, stderr } = await retry();
    expect(files).toEqual([inOut('BRA.gif')]);
    expect(stderr).toMatch(/^LOCAL site: inside the program\nSearching for 1 flag: BR\n/);
  });
});

it('--retry-failed makes no folder: one that is not there is most likely a typing error', async () => {
  const dir = join(folder.path, 'nowhere');
  const { stderr, code } = await runInProcess(['download', '--retry-failed', '-d', dir]);
  expect(stderr).toContain(
    `Expected \`--dir\` to be the folder of an earlier download, got \`${dir}\``,
  );
  expect([existsSync(dir), code]).toEqual([false, 2]);
});

it('writes a gallery', async () => {
  const { stderr } = await download('br', '-s', 'local', '--gallery');
  expect(stderr).toContain(`Gallery: ${join(folder.path, 'out/index.html')}\n`);
});

it.each([
  ['a page of the user', (path: string) => writeFile(path, '<h1>mine</h1>')],
  ['a folder', (path: string) => mkdir(path)],
])('says before it downloads that %s has the name of the gallery', async (_, make) => {
  const dir = join(folder.path, 'other');
  await mkdir(dir);
  await make(join(dir, 'index.html'));
  const { code, stdout, stderr } = await runInProcess([
    ...['download', 'br', '-d', dir, '-s', 'local', '--gallery'],
  ]);
  expect(stderr).toContain(`\`${join(dir, 'index.html')}\` is no page of this program`);
  expect([code, stdout]).toEqual([4, '']);
  expect(await readdir(dir)).toEqual(['index.html']);
});

it.each([
  [
    ['--dir', '/proc/x'],
    'Expected `--dir` to be a folder in which files can be made, got `/proc/x`',
  ],
  [
    ['--ca', '/no/file'],
    'Expected `--ca` to be a file of certificates (PEM), got `/no/file`: no such file or directory (ENOENT)',
  ],
  [['-d', ''], 'Expected `--dir` to be the name of a folder, got ``\n'],
  [['--header', 'x'], 'Expected `--header` to be a line such as'],
  [['--force', '--skip-existing'], 'Expected one of `--force` and `--skip-existing`, got both'],
  [['-s', 'nowhere'], 'Expected `--server` to be remote, local'],
  [['--per-host', '0'], 'Expected `--per-host` to be an integer from 1 to 1000, got `0`'],
  [['www.example.org/x.gif'], '; did you mean https://www.example.org/x.gif?'],
  [['http://'], "Expected `code` to be a country's code or name, one letter for all codes"],
])('%j is a wrong command line', async (args, message) => {
  const { stdout, stderr, code } = await runInProcess(['download', ...args]);
  expect(stderr).toContain(message);
  expect([stdout, code]).toEqual(['', 2]);
});
