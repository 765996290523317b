import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/in-process.js';

const types = 'A, AAAA, CNAME, MX, NS, TXT, CAA, TLSA, ANY';
const statuses =
  'some of found, missing, unknown, invalid, nxdomain, nodata, wildcard, registered, unregistered, reserved';
const shown = `${statuses}, unchecked, dangling`;
const resolvers =
  'HOST, HOST:PORT, [IPV6]:PORT, a tls or https URL or local, or @FILE with one on each line';
const missing = 'no such file or directory (ENOENT)';

describe('a wrong command line is one line and 2, and nothing is asked', () => {
  it.each<[string, string]>([
    ['probe -c 0', 'Expected `--concurrency` to be an integer from 1 to 65536, got `0`'],
    ['probe -c 65537', 'Expected `--concurrency` to be an integer from 1 to 65536, got `65537`'],
    ['probe -c 1e3', 'Expected `--concurrency` to be an integer from 1 to 65536, got `1e3`'],
    [
      'probe --concurrency=-1',
      'Expected `--concurrency` to be an integer from 1 to 65536, got `-1`',
    ],
    ['probe -c 5 -c x', 'Expected `--concurrency` to be an integer from 1 to 65536, got `x`'],
    ['probe -c', 'Expected `--concurrency` to be an integer from 1 to 65536, got nothing'],
    ['probe --tries 0', 'Expected `--tries` to be an integer from 1 to 100, got `0`'],
    [
      'probe --timeout 0',
      'Expected `--timeout` to be a number of seconds from 0.001 to 86400, got `0`',
    ],
    [
      'probe --timeout 1s',
      'Expected `--timeout` to be a number of seconds from 0.001 to 86400, got `1s`',
    ],
    ['probe -L 0', 'Expected `--max-length` to be an integer from 1 to 63, got `0`'],
    [
      'probe --tld a_b,c/d',
      'Expected `--tld` to be top-level domains such as dev or com.br, or @FILE with one on each line, got `a_b,c/d`',
    ],
    [
      'probe --tld dev,,io',
      'Expected `--tld` to be top-level domains such as dev or com.br, or @FILE with one on each line, got `dev,,io`',
    ],
    [
      'probe -t AXFR',
      `Expected \`--type\` to be record types such as ${types} or TYPE65, got \`AXFR\``,
    ],
    [
      'probe -t A,TYPE0',
      `Expected \`--type\` to be record types such as ${types} or TYPE65, got \`A,TYPE0\``,
    ],
    ['probe x -o a -o b', 'Expected `--output` once, got `a` and `b`'],
    [
      'probe -foo',
      'Expected `--format` to be one of text, columns, names, tsv, csv, jsonl, csv-safe, got `oo`; `-foo` is an input if it stands behind --',
    ],
    ['probe -r 1.2.3', `Expected \`--resolver\` to be ${resolvers}, got \`1.2.3\``],
    ['probe -r 192.0.2.1:0', `Expected \`--resolver\` to be ${resolvers}, got \`192.0.2.1:0\``],
    ['probe -r [::1', `Expected \`--resolver\` to be ${resolvers}, got \`[::1\``],
    ['probe -r local,', `Expected \`--resolver\` to be ${resolvers}, got \`local,\``],
    [
      'probe -r @/no/file',
      `Expected \`--resolver\` to be @ and a readable file, got \`/no/file\`: ${missing}`,
    ],
    [
      'probe -i /no/file',
      `Expected \`--input\` to be a readable file or -, got \`/no/file\`: ${missing}`,
    ],
    ['probe -i /', 'Expected `--input` to be a readable file or -, got `/`: it is a folder'],
    ['probe -i', 'Expected `--input` to be a readable file or -, got nothing'],
    [
      'probe -w klingon',
      `Expected \`--words\` to be c, go, java, javascript, python, rust, typescript or a readable file, got \`klingon\`: ${missing}`,
    ],
    [
      'probe -w pythn',
      `Expected \`--words\` to be c, go, java, javascript, python, rust, typescript or a readable file, got \`pythn\`: ${missing} (did you mean \`python\`?)`,
    ],
    ...[
      ['--only unregistered', ': no registry is asked without it'],
      ['--expect registered', ': no registry is asked without it'],
      ['--rdap-rate 100', ''],
      ['--rdap-max 5', ''],
      ['--rdap-bootstrap off', ''],
      ['--rdap-server dev=http://x', ''],
    ].map(([option = '', why]): [string, string] => {
      const shown = /^--[oe]/.test(option) ? option : option.split(' ')[0];
      return [`probe ${option}`, `Expected \`${shown}\` to come with \`--rdap\`${why}`];
    }),
    ...['--prefix get', '--suffix app', '--pattern {}app'].map((option): [string, string] => [
      `probe --tld dev ${option}`,
      `Expected \`${option.split(' ')[0]}\`${option.includes('{}') ? ' with {}' : ''} to come with words: names without a dot, \`--input\` or \`--words\``,
    ]),
    [
      'probe x --suffix --tld dev',
      'Expected `--suffix` to be letters, digits and hyphens, such as app,-hq, got `--tld`: its value is missing, as `--tld` is an option',
    ],
    [
      'probe nova --tld -r local',
      'Expected `--tld` to be top-level domains such as dev or com.br, or @FILE with one on each line, got `-r`: its value is missing, as `-r` is an option',
    ],
    [
      'probe nova -o -q',
      'Expected `--output` to be the name of a file (./- for one called -), got `-q`: its value is missing, as `-q` is an option',
    ],
    [
      'probe nova --tld dev-',
      'Expected `--tld` to be top-level domains such as dev or com.br, or @FILE with one on each line, got `dev-`',
    ],
    ['probe x -tld dev', 'Expected `--tld` with two hyphens, got `-tld`'],
    ['probe -o -', 'Expected `--output` to be the name of a file (./- for one called -), got `-`'],
    [
      'probe -f xml',
      'Expected `--format` to be one of text, columns, names, tsv, csv, jsonl, csv-safe, got `xml`',
    ],
    ['probe --only found,lost', `Expected \`--only\` to be ${shown}, got \`found,lost\``],
    ['probe --only', `Expected \`--only\` to be ${shown}, got nothing`],
    ['probe --expect ok', `Expected \`--expect\` to be ${statuses}, got \`ok\``],
    [
      'probe --progress all',
      'Expected `--progress` to be one of auto, bar, plain, json, none, got `all`',
    ],
    [
      'probe --bogus',
      'Expected an option of `flagprobe probe`, got `--bogus` (`flagprobe probe --help` lists them)',
    ],
    [
      'probe --tyep A',
      'Expected an option of `flagprobe probe`, got `--tyep` (did you mean `--type`?)',
    ],
    [
      'download --conccurency 3',
      'Expected an option of `flagprobe download`, got `--conccurency` (did you mean `--concurrency`?)',
    ],
    [
      'probe -bad',
      'Expected an option of `flagprobe probe`, got `-bad` (`flagprobe probe --help` lists them; behind -- it is a name)',
    ],
    ['--bogus', 'Expected an option of `flagprobe`, got `--bogus` (`flagprobe --help` lists them)'],
    [
      'probe -f jsno',
      'Expected `--format` to be one of text, columns, names, tsv, csv, jsonl, csv-safe, got `jsno` (did you mean `jsonl`?)',
    ],
    [
      'probe --expect found,mising',
      `Expected \`--expect\` to be ${statuses}, got \`found,mising\` (did you mean \`missing\`?)`,
    ],
    ['-v', 'Expected an option of `flagprobe`, got `-v` (did you mean `flagprobe --version`?)'],
    [
      'probe -t MXX',
      `Expected \`--type\` to be record types such as ${types} or TYPE65, got \`MXX\` (did you mean \`MX\`?)`,
    ],
    [
      'download BR,JP',
      "Expected `code` to be a country's code or name, one letter for all codes that begin with it, or an http(s) URL, got `BR,JP`; did you mean BR JP?",
    ],
    [
      'download http://h:99999/',
      "Expected `code` to be a country's code or name, one letter for all codes that begin with it, or an http(s) URL, got `http://h:99999/`: not a valid http(s) URL",
    ],
    [
      'download package.json',
      "Expected `code` to be a country's code or name, one letter for all codes that begin with it, or an http(s) URL, got `package.json`; did you mean -i package.json?",
    ],
    ['serve now', 'Expected no argument for `serve`, got `now`'],
  ])('%s', async (line, message) => {
    // With `-r local` a question that is asked by mistake stays on this machine.
    const args = line.replace(/^probe/, 'probe -r local').split(' ');
    expect(await runInProcess(args)).toEqual({
      stdout: '',
      stderr: `flagprobe: ${message}\n`,
      code: 2,
      signal: null,
    });
  });

  it.each([
    ['prob', 'did you mean `probe`?'],
    ['dwonload', 'did you mean `download`?'],
    ['example.org', 'did you mean `flagprobe probe example.org`?'],
    ['version', 'did you mean `flagprobe --version`?'],
  ])('%s: %s', async (line, hint) => {
    const { stderr, code } = await runInProcess([line]);
    expect(stderr).toMatch(/^flagprobe: Expected the command to be one of probe, .*\n$/);
    expect(stderr).toContain(`got \`${line}\` (${hint})`);
    expect(code).toBe(2);
  });

  it.each([['xxxxxx'], ['help nope'], ['--']])('%s names the commands', async (line) => {
    const { stdout, stderr, code } = await runInProcess(line.split(' '));
    expect([stdout, code]).toEqual(['', 2]);
    expect(stderr).toMatch(
      /^flagprobe: Expected the command to be one of probe, .*help, got `\w*`\n$/,
    );
  });

  it.each([
    [
      '--transport dot',
      /^flagprobe: Expected `--transport` to be one of auto, system, udp, tcp.*, got `dot`\n$/,
    ],
    ['--transport system -t MX', /^flagprobe: Expected `--transport` to be .* with `types`: .*\n$/],
    [
      '--transport system -r local',
      /^flagprobe: Expected `--transport` to be .* with `resolvers`: .*\n$/,
    ],
  ])('probe a.dev %s', async (line, stderr) => {
    expect(await runInProcess(['probe', 'a.dev', ...line.split(' ')])).toEqual({
      stdout: '',
      stderr: expect.stringMatching(stderr),
      code: 2,
      signal: null,
    });
  });
});

describe('what was most likely meant', () => {
  it.each([
    ['flagcdn:svgx', ': flagcdn has no variant `svgx` (did you mean `flagcdn:svg`?); `flagprobe'],
    ['flagcdn:w320', ': flagcdn has no variant `w320` (did you mean `flagcdn:w320/png`?); `flagp'],
    ['flagcdn:png', ': flagcdn has no variant `png` (did you mean `flagcdn:w320/png`?); `flagpro'],
    ['http://h/{code}.png', ': {code} is none of {cc}, {CC}, {name}, {alpha3}, {numeric}\n'],
    ['http://h/br.png', ': it has no place for a country, such as {cc}\n'],
    ['remotte', ' (did you mean `remote`?)\n'],
  ])('of --server %s is said', async (server, hint) => {
    const { stderr, code } = await runInProcess(['download', '-s', server]);
    expect(stderr).toMatch(/^flagprobe: Expected `--server` to be remote, .*\n$/);
    expect(stderr).toContain(`got \`${server}\`${hint}`);
    expect(code).toBe(2);
  });

  it('takes the server inside in any case', async () => {
    const { stdout, code } = await runInProcess(['probe', '-r', 'LOCAL', 'def.dev']);
    expect([stdout, code]).toEqual(['+ def.dev\n', 0]);
  });

  it.each([
    ['package.json', '`package.json` is looked up as a name; -i package.json would read names'],
    ['a.dev,b.dev', '`a.dev,b.dev` is taken for one name; names are parted by spaces'],
  ])('of the name %s is said, and it is looked up', async (name, hint) => {
    const { stdout, stderr } = await runInProcess(['probe', '-r', 'local', name]);
    expect(stdout).toContain(name);
    expect(stderr).toContain(hint);
  });
});

describe('help and version', () => {
  it('a bare flagprobe shows each command with an example, and ends with 0', async () => {
    const { stdout, stderr, code } = await runInProcess([]);
    expect([stderr, code]).toEqual(['', 0]);
    for (const command of ['probe', 'download', 'worker', 'serve']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} +\\w.*\\n +flagprobe ${command} `, 'm'));
    }
    expect(stdout).toBe((await runInProcess(['--help'])).stdout);
  });

  it('the version is that of the package', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    expect(await runInProcess(['--version'])).toEqual({
      stdout: `${manifest.version}\n`,
      stderr: '',
      code: 0,
      signal: null,
    });
  });

  it('help probe', async ({ expect }) => {
    const { stdout, code } = await runInProcess(['help', 'probe']);
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('help-probe.txt');
    expect((await runInProcess(['probe', '--help'])).stdout).toBe(stdout);
  });
});
