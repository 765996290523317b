/** examples/nightly.sh, the script for every night, in the shells and with the tools that systems have. */

import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isFull } from './support/full.js';
import { runInProcess } from './support/in-process.js';
import { lacks } from './support/installed.js';
import { findProgram } from './support/programs.js';
import { type Behaviour, found, nodata, nxdomain, scriptedDns } from './support/scripted-dns.js';
import { temporaryFolder } from './support/temporary-folder.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const script = join(root, 'examples/nightly.sh');
/** As systems have them, macOS the last. */
const awks = ['gawk', 'mawk', 'original-awk'];
/** What of the script's tools busybox has everywhere. */
const applets = ['sh', 'awk', 'cat', 'cmp', 'cp', 'grep', 'mv', 'rm', 'sed', 'sort', 'wc'];

/**
 * Stands in for flagprobe: answers from the file `answers`, says what `said` has, notes what it was called with, and
 * does what the file `instead` has in place of all that.
 */
const FAKE = `#!/bin/sh
echo "$*" >>asked
while [ $# -gt 0 ]; do
  case $1 in -o) out=$2 ;; esac
  shift
done
if [ -f instead ]; then . ./instead; fi
cp answers "$out" && : >"$out.resume"
while IFS= read -r line; do printf '%s\\n' "$line"; done <said >&2
read -r code <code
exit "$code"
`;

/** As for all programs of the tests: see vitest.config.ts. */
const threads = { UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE };

const REAL = `#!/bin/sh\nexec '${process.execPath}' '${root}bin/flagprobe.cjs' "$@"\n`;

interface Ended {
  readonly mail: string;
  readonly code: number;
}

type Answers = Readonly<Record<string, string>>;

async function nightFolder(shell: string) {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const write = (name: string, text: string) => writeFile(at(name), text);
  await mkdir(at('bin'));
  const program = async (name: string, text: string) => {
    // Never through a link, to the program of the system.
    await rm(at(`bin/${name}`), { force: true });
    await write(`bin/${name}`, text);
    await chmod(at(`bin/${name}`), 0o755);
  };
  const link = async (name: string, target: string) => {
    await rm(at(`bin/${name}`), { force: true });
    await symlink(findProgram(target) as string, at(`bin/${name}`));
  };
  if (shell === 'busybox') {
    for (const name of applets) await link(name, 'busybox');
  }
  let nights = 0;
  await program('date', '#!/bin/sh\necho "$DAY"\n');
  await program('flagprobe', FAKE);
  await write('code', '0');
  await write('said', '{"event":"summary","done":1,"text":"all of it"}\n');
  await write('names.txt', 'a\n');
  const sh = shell === 'busybox' ? at('bin/sh') : shell;
  const night = (day: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const PATH = `${at('bin')}:${process.env.PATH}`;
      const options = { cwd: folder.path, env: { PATH, DAY: day, ...threads, ...env } };
      // Its programs may have to end it.
      const args = ['-c', 'NIGHT=$$; export NIGHT; exec "$0" "$1"', sh, script];
      execFile(sh, args, options, (error, out, err) =>
        resolve({ mail: out + err, code: Number(error?.code ?? 0) }),
      );
    });
  return {
    ...{ at, write, program, night },
    /** A night on which these are the answers. */
    async answered(day: string, answers: Answers, env: Readonly<Record<string, string>> = {}) {
      await write('answers', linesOf(answers));
      return night(day, env);
    },
    /** Every night another one. */
    async changeAwk() {
      const awk = awks[nights++ % awks.length] as string;
      if (shell !== 'busybox' && !lacks(awk)) await link('awk', awk);
    },
    read: (name: string) => readFile(at(name), 'utf8'),
    /** As after a night with these answers, which all are known since. */
    async known(day: string, answers: Answers) {
      for (const name of [`${day}.tsv`, 'known.tsv']) await write(name, linesOf(answers));
    },
    /** What nights leave behind. */
    async files() {
      const names = await readdir(folder.path);
      return names.filter((name) => /^(?:\d{4}-..-..\.(?!not)|known)/.test(name)).sort();
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function linesOf(answers: Answers): string {
  const lines = Object.entries(answers).map(([name, verdict]) => `${name}\t${verdict}\n`);
  return lines.join('');
}

/** What is told of each of these names. */
function told(names: readonly string[], text: string): string {
  return names.map((name) => `${name}: ${text}\n`).join('');
}

/** As many names of one verdict. */
function many(count: number, verdict: string, prefix = 'n'): Record<string, string> {
  const entries = Array.from({ length: count }, (_, i) => [
    `${prefix}${String(i).padStart(4, '0')}`,
    verdict,
  ]);
  return Object.fromEntries(entries);
}

/** As a captive portal has it: an address for every name. */
const portal: Behaviour = (asked) => (asked.type === 'A' ? found : nodata)(asked);

/** Denies what it does not have, and behaves otherwise from a hundred questions on. */
function beginning(after: Behaviour): Behaviour {
  let questions = 0;
  return (asked) => {
    questions++;
    const { name, reply } = asked;
    if (questions > 120) return after(asked);
    if (name !== 'com') return (/^n\d*[02468]\./.test(name) ? found : nxdomain)(asked);
    return reply({ answers: [{ name, type: 'NS', ttl: 60, data: 'ns.example.com' }] });
  };
}

/** A wildcard below one name, an alias whose target does not exist, and a name that is refused. */
const wildAndDangling: Behaviour = (asked) => {
  const { name, reply } = asked;
  if (name.endsWith('.wild.example.com')) return portal(asked);
  if (name === 'refused.example.com') return reply({ flags: 5 });
  if (name !== 'dangling.example.com') return beginning(nxdomain)(asked);
  const answers = [{ name, type: 'CNAME', ttl: 60, data: 'nowhere.example.com' }];
  return reply({ flags: 3, answers });
};

const others: readonly [string, Behaviour, string][] = [
  ['make up names', portal, 'the resolvers seem to make up names'],
  ['begin to deny', beginning(nxdomain), 'the resolvers did not answer alike all the time'],
];

const said = (event: 'note' | 'error' | 'summary', text: string) =>
  `${JSON.stringify({ event, text })}\n`;
const SUMMARY = 'all of it';
const meant = '; if that is meant: MEANT=yes sh nightly.sh\n';
const silent: Ended = { mail: '', code: 0 };

/** What depends on the shell and its tools is tried with those of busybox, too. */
const shells = ['/bin/sh', ...(lacks('busybox') || !isFull ? [] : ['busybox'])];

describe.each(shells)('the script for every night, by %s', (shell) => {
  it('moves what was left behind under its own day, asks today, and has nothing to say', async () => {
    await using at = await nightFolder(shell);
    await at.program('flagprobe', REAL);
    await at.write('names.txt', 'def.dev\nnope.dev\n');
    const env = { FLAGPROBE_RESOLVER: 'local' };
    const part = at.at('2020-02-01.part');
    const args = ['-i', at.at('names.txt'), '-f', 'tsv', '-o', part, '-q', '-r', 'local'];
    expect(await runInProcess(['probe', ...args])).toMatchObject({ code: 0 });
    const yesterday = new Date('2020-02-01');
    await utimes(part, yesterday, yesterday);

    expect(await at.night('2020-02-02', env)).toEqual(silent);
    expect(await at.files()).toEqual(['2020-02-01.tsv', '2020-02-02.tsv', 'known.tsv']);
    for (const file of await at.files()) {
      const lines = (await at.read(file)).split('\n').sort();
      expect(lines).toEqual(['', 'def.dev\tfound', 'nope.dev\tmissing']);
    }
    expect(await at.night('2020-02-02', env)).toEqual(silent);

    await at.write('names.txt', 'def.dev\n"<p>"\n');
    const registered = { ...env, OPTIONS: '--list plain --rdap --rdap-rate 100', MEANT: 'yes' };
    const { mail, code } = await at.night('2020-02-03', registered);
    expect(mail.split('\n').slice(1)).toEqual([
      '0 asked at 0 registries: 0 registered, 0 not registered, 0 reserved, 0 unknown',
      '"<p>": new in the list, invalid',
      'nope.dev: not in the list any more',
      '',
    ]);
    expect(code).toBe(1);
    expect(await at.read('known.tsv')).toBe('"<p>"\tinvalid\ndef.dev\tfound\tregistered\n');
  });

  it('tells a name that is unknown or invalid once, and again when it is known', async () => {
    await using at = await nightFolder(shell);
    await at.write('code', '1');
    // Some look like one number.
    const steady = { ...many(40, 'found'), '1.1': 'found', '1.10': 'missing', d: 'unknown' };
    const first = {
      ...steady,
      a: 'unknown\t-\t-\ttimeout',
      b: 'invalid',
      y: 'found',
      z: 'missing',
    };
    const unknown = said('error', '1 unknown: 1 timeout') + said('summary', SUMMARY);
    await at.write('said', unknown);
    const night = async (day: string, answers: Answers) => {
      await at.changeAwk();
      const { mail, code } = await at.answered(day, answers);
      expect(mail.startsWith(`${day}: ${SUMMARY}\n`)).toBe(true);
      return [mail.split('\n').slice(1, -1), code];
    };
    expect(await night('2020-03-01', first)).toEqual([
      ['a: unknown (timeout)', 'b: invalid', 'd: unknown'],
      1,
    ]);
    expect((await at.read('known.tsv')).slice(0, 24)).toBe('1.1\tfound\n1.10\tmissing\na');
    // What flagprobe notes is told once as well, whether it is an error or not, and whatever the numbers.
    const failing = (count: number, address: string, call = 'send') =>
      `${count} of 4 resolvers are failing\n  ${address}: nothing listens there (${call})`;
    await at.write(
      'said',
      said('note', failing(3, '192.0.2.1')) + said('note', '1,234 names wait') + unknown,
    );
    const unknownFor = 'unknown\t-\t-\tservfail';
    const second = { ...first, a: 'found', c: unknownFor, y: unknownFor, z: 'unknown' };
    expect(await night('2020-03-02', second)).toEqual([
      [
        ...['3 of 4 resolvers are failing', '  192.0.2.1: nothing listens there (send)'],
        '1,234 names wait',
        ...['a: unknown, now found', 'c: new in the list, unknown (servfail)'],
        ...['y: found, now unknown (servfail)', 'z: missing, now unknown'],
      ],
      1,
    ]);
    await at.write(
      'said',
      said('error', failing(2, '192.0.2.1', 'recvmsg')) + said('note', '7 names wait') + unknown,
    );
    expect(await at.answered('2020-03-03', second)).toEqual(silent);

    // Of two lines of one name the one that says something counts.
    const { c: _, ...last } = { ...second, y: 'found', z: 'found' };
    await at.write('said', said('note', failing(2, '192.0.2.2')) + unknown);
    const next = ['2 of 4 resolvers are failing', '  192.0.2.2: nothing listens there (send)'];
    await at.changeAwk();
    await at.write('answers', `c\tunknown\n${linesOf(last)}c\tmissing\n`);
    const { mail, code } = await at.night('2020-03-04');
    expect([mail.split('\n').slice(1, -1), code]).toEqual([
      [
        ...next,
        ...['c: unknown, now missing', 'z: missing, now found', 'y: unknown, now found as before'],
      ],
      0,
    ]);
    await at.write('said', unknown);
    const all = { ...last, c: 'missing' };
    expect(await night('2020-03-05', all)).toEqual([[`no longer: ${next[0]}`, next[1]], 0]);
    expect(await at.answered('2020-03-06', all)).toEqual(silent);
  });

  it('tells what flagprobe notes, as text, and no more lines than can be read', async () => {
    await using at = await nightFolder(shell);
    const note = 'a "quoted" \\name, and\n  a second line \\u001b of `2020-03-01.names`';
    await at.write('said', said('note', note) + said('summary', '`x.part` is finished\nsummed up'));
    // The list is a copy.
    const mail = `2020-03-01: summed up\n${note.replace('2020-03-01.names', 'names.txt')}\n`;
    expect(await at.answered('2020-03-01', many(500, 'found'))).toEqual({ mail, code: 0 });
    await at.write('said', 'x\n'.repeat(102));
    const next = { ...many(300, 'found'), ...many(201, 'missing', 'o') };
    const lines = (await at.answered('2020-03-02', next, { MEANT: 'yes' })).mail.split('\n');
    expect(lines.slice(100, 104)).toEqual([
      ...['x', 'and 2 more lines'],
      ...['o0000: new in the list, missing', 'o0001: new in the list, missing'],
    ]);
    expect([lines.length, lines[202], lines.at(-2)]).toEqual([
      102 + 101 + 101 + 1,
      'and 101 more new in the list',
      'and 100 more not in the list any more',
    ]);
  });

  it('tells apart what only a wildcard answers for, and what dangles', async () => {
    await using at = await nightFolder(shell);
    await using server = await scriptedDns(wildAndDangling);
    await at.program('flagprobe', REAL);
    const known =
      'a.wild.example.com\tfound\nb.wild.example.com\tmissing\ndangling.example.com\tmissing\nn2.example.com\tfound\n';
    await at.write('known.tsv', known);
    const odd = ['q"\\u0061', '\u202e\u2069', '"<p>"'];
    const spelled = ['"<p>"', '\\u202e\\u2069', 'q"\\u0061'];
    const names = [
      'a.wild.example.com',
      'b.wild.example.com',
      'dangling.example.com',
      'n2.example.com',
      'refused.example.com',
    ];
    await at.write('names.txt', `${[...names, ...odd].join('\n')}\n`);
    const OPTIONS = `-r ${server.resolver} --transport udp --list plain`;
    const env = { OPTIONS, MEANT: 'yes' };
    const { mail } = await at.night('2020-03-01', env);
    expect(mail.split('\n').slice(1, 4)).toEqual([
      'a.wild.example.com: found, now found by a wildcard',
      'b.wild.example.com: missing, now found by a wildcard',
      'dangling.example.com: missing, now dangling',
    ]);
    expect((await at.read('2020-03-01.tsv')).split('\n').sort()).toEqual([
      '',
      `${spelled[0]}\tinvalid`,
      `${spelled[1]}\tinvalid`,
      'a.wild.example.com\tfound\t-\twildcard',
      'b.wild.example.com\tfound\t-\twildcard',
      'dangling.example.com\tmissing\t-\tdangling',
      'n2.example.com\tfound',
      `${spelled[2]}\tinvalid`,
      'refused.example.com\tunknown\t-\t-\trefused',
    ]);
    expect(await at.read('known.tsv')).toBe(
      [
        ...[`${spelled[0]}\tinvalid`, `${spelled[1]}\tinvalid`],
        ...['a.wild.example.com\tfound by a wildcard', 'b.wild.example.com\tfound by a wildcard'],
        ...['dangling.example.com\tdangling', 'n2.example.com\tfound'],
        ...[`${spelled[2]}\tinvalid`, 'refused.example.com\tunknown', ''],
      ].join('\n'),
    );
    // The day before has the same, should what is known be lost.
    await rm(at.at('known.tsv'));
    expect(await at.night('2020-03-02', env)).toEqual(silent);
  });

  it('says of which day it is that a list is not there, or changes, or has no room', async () => {
    await using at = await nightFolder(shell);
    await rm(at.at('names.txt'));
    const none = await at.answered('2020-03-01', {});
    expect(none).toEqual({
      mail: expect.stringMatching(/^2020-03-01 is not begun: cp: .*names\.txt.*No such file.*\n$/),
      code: 4,
    });
    await at.write('names.txt', 'a\n');
    const copies = `PATH=\${PATH#*:}; cp "$@"`;
    await at.program('cp', `#!/bin/sh\n${copies}; echo b >>names.txt\n`);
    expect(await at.night('2020-03-01')).toEqual({
      mail: '2020-03-01 is not begun: names.txt was written to while it was copied\n',
      code: 4,
    });
    await at.program('cp', `#!/bin/sh\n${copies}; echo 'no room' >&2; exit 1\n`);
    expect(await at.night('2020-03-01')).toEqual({
      mail: '2020-03-01 is not begun: no room\n',
      code: 4,
    });
    expect(await at.files()).toEqual([]);
    await rm(at.at('bin/cp'));
    // Not every awk tells by how it ends that there was no room.
    await at.program(
      'awk',
      `#!/bin/sh\nPATH=\${PATH#*:}; awk "$@"; : >>known.tsv.new; : >known.tsv.new\n`,
    );
    const { mail, code } = await at.answered('2020-03-01', many(3, 'found'));
    expect([mail, code]).toEqual(['2020-03-01 is whole, but known.tsv.new cannot be written\n', 4]);
    await rm(at.at('bin/awk'));
    await at.program('sort', '#!/bin/sh\necho "sort: no room" >&2; exit 2\n');
    expect(await at.night('2020-03-01')).toEqual({
      mail: '2020-03-01 is whole, but cannot be held against known.tsv: sort: no room\n',
      code: 4,
    });
    expect((await at.files()).filter((name) => name.startsWith('known'))).toEqual([]);
  });
});

describe('the script for every night', () => {
  it('tells what changed once, also of a night that was cut off', async () => {
    await using at = await nightFolder('/bin/sh');
    const all = { ...many(20, 'found'), a: 'found', b: 'found', c: 'missing' };
    await at.known('2020-03-01', all);

    const killed = `printf '{"event":"progress"' >&2; kill -9 $$`;
    await at.write('instead', `echo a >"$out"; : >"$out.resume"; ${killed}`);
    await at.write('names.txt', 'of the second\n');
    const cut = await at.answered('2020-03-02', all);
    expect([cut.mail.startsWith('2020-03-02 is not whole (exit code 137)'), cut.code]).toEqual([
      true,
      137,
    ]);
    // The day that was cut off goes on with its own list.
    await rm(at.at('instead'));
    await at.write('names.txt', 'of the third\n');
    const { c: _, ...third } = { ...all, a: 'missing', d: 'found' };
    const changes =
      'a: found, now missing\nd: new in the list, found\nc: not in the list any more\n';
    const mail = `2020-03-02: ${SUMMARY}\n${changes}`;
    expect(await at.answered('2020-03-03', third)).toEqual({ mail, code: 0 });
    expect(await at.read('asked')).toContain('2020-03-02.names');
    expect(await at.night('2020-03-03')).toEqual(silent);
    expect(await at.files()).toEqual([
      ...['2020-03-01.tsv', '2020-03-02.tsv', '2020-03-03.tsv', 'known.tsv'],
    ]);
    await at.write('known.tsv', '');
    const { mail: next } = await at.answered('2020-03-04', { ...third, a: 'found' });
    expect(next).toBe(`2020-03-04: ${SUMMARY}\na: missing, now found\n`);
  });

  it('takes the day before for what is known where known.tsv was damaged, and says so', async () => {
    const all = { ...many(20, 'found'), a: 'found', b: 'missing' };
    const damages: readonly ((text: string) => string)[] = [
      (text) => text.slice(0, -30),
      (text) => `${text.split('\n').slice(0, 5).join('\n')}\n`,
      (text) => text.replace('n0003\tfound', '\0\0\0\0\0\0\0\0\0\0\0'),
      (text) => text.replaceAll('\n', '\r\n'),
    ];
    await using at = await nightFolder('/bin/sh');
    expect(await at.answered('2020-03-01', all)).toEqual(silent);
    let verdict = 'found';
    for (const [i, damage] of (isFull ? damages : damages.slice(0, 2)).entries()) {
      const day = `2020-03-0${2 + i}`;
      const known = await at.read('known.tsv');
      await at.write('known.tsv', damage(known));
      const before = verdict;
      verdict = before === 'found' ? 'missing' : 'found';
      const { mail, code } = await at.answered(day, { ...all, a: verdict });
      expect([code, mail.split('\n').sort()]).toEqual([
        1,
        [
          '',
          `${day}: ${SUMMARY}`,
          `${day}: known.tsv was changed or damaged since it was written, so the day before stood in for it`,
          `a: ${before}, now ${verdict}`,
        ],
      ]);
    }
    expect(await at.answered('2020-03-09', { ...all, a: verdict })).toEqual(silent);
    await rm(at.at('known.tsv'));
    await mkdir(at.at('known.tsv'));
    expect(await at.night('2020-03-10')).toEqual({
      mail: '2020-03-10 is not begun: known.tsv is no file\n',
      code: 4,
    });
  });

  it('tells changes of registration', async () => {
    await using at = await nightFolder('/bin/sh');
    const before = { ...many(20, 'found'), a: 'missing', b: 'missing', c: 'missing', d: 'invalid' };
    await at.known('2020-03-01', before);
    const registered = {
      ...many(20, 'found\tregistered'),
      a: 'missing\tunregistered',
      b: 'missing\tunregistered',
      c: 'missing\tunknown',
      d: 'invalid\t-',
    };
    const OPTIONS = '--rdap --rdap-rate 10';
    expect((await at.answered('2020-03-02', registered, { OPTIONS })).mail).toBe(
      `2020-03-02: ${SUMMARY}\nc: registration unknown\n`,
    );
    expect((await at.read('asked')).split('\n').at(-2)).toMatch(/^probe --rdap --rdap-rate 10 -i /);
    const next = {
      ...registered,
      a: 'found\tregistered',
      b: 'missing\tregistered',
      c: 'missing\treserved',
      e: 'missing\tunregistered',
    };
    expect((await at.answered('2020-03-03', next, { OPTIONS })).mail.split('\n').slice(1)).toEqual([
      'a: missing, now found; registration unregistered, now registered',
      'b: registration unregistered, now registered',
      'c: registration unknown, now reserved',
      'e: new in the list, missing, registration unregistered',
      '',
    ]);
    // What was known of registrations outlasts a night without.
    const without = { ...before, a: 'found', e: 'missing' };
    expect(await at.answered('2020-03-04', without)).toEqual(silent);
    expect(await at.answered('2020-03-05', next, { OPTIONS })).toEqual(silent);
  });

  it('keeps no day whose list or answers look like a mistake, unless that is meant', async () => {
    await using at = await nightFolder('/bin/sh');
    const doubted = async (day: string, answers: Answers) => {
      const before = await at.files();
      const { mail, code } = await at.answered(day, answers);
      expect([await at.files(), code]).toEqual([before, 1]);
      return mail;
    };
    const notKept = (day: string, why: string) =>
      `${day} is not kept: ${why}its results: ${day}.not-kept.tsv\n`;
    await at.write('said', said('summary', SUMMARY));
    const long = 'x'.repeat(400);
    const some = { ...many(9, 'found'), ...many(1, 'invalid', 'x'), [long]: 'invalid' };
    expect(await doubted('2020-03-01', some)).toBe(
      notKept(
        '2020-03-01',
        `2 of 11 names are invalid${meant}x0000: invalid\n${long.slice(0, 300)}...\n`,
      ),
    );
    expect(await at.read('2020-03-01.not-kept.tsv')).toBe(linesOf(some));
    const names = { ...many(18, 'found'), ...many(3, 'invalid', 'x') };
    const accepted = await at.answered('2020-03-01', names, { MEANT: 'yes' });
    expect(accepted.mail).toBe(
      `2020-03-01: ${SUMMARY}\nx0000: invalid\nx0001: invalid\nx0002: invalid\n`,
    );
    const gone = told(Object.keys(names).slice(11, 16), 'not in the list any more');
    expect(await doubted('2020-03-03', many(11, 'found'))).toBe(
      notKept(
        '2020-03-03',
        `10 of 21 known names are not in the list any more${meant}${gone}and 5 more not in the list any more\n`,
      ),
    );
    expect(await doubted('2020-03-03', {})).toBe('2020-03-03 is not kept: there was no name\n');
    await at.write('said', said('error', '3 unknown: 3 timeout') + said('summary', SUMMARY));
    // Those that were invalid before say nothing about the list.
    const unknown = many(3, 'unknown');
    expect(await doubted('2020-03-03', { ...names, ...unknown })).toBe(
      notKept(
        '2020-03-03',
        `3 of 21 names became unknown${meant}${told(Object.keys(unknown), 'found, now unknown')}3 unknown: 3 timeout\n`,
      ),
    );
    // Nobody means that: also not where the list is another one.
    expect(await doubted('2020-03-03', many(10, 'unknown'))).toBe(
      notKept('2020-03-03', '10 of 10 names became unknown\n3 unknown: 3 timeout\n'),
    );
    expect(await doubted('2020-03-03', { ...names, ...many(10, 'missing') })).toContain(
      '10 of 18 names that were found are missing',
    );
    await using other = await nightFolder('/bin/sh');
    await other.known('2020-03-01', { ...many(9, 'missing'), ...many(9, 'missing', 'm') });
    const won = { ...many(9, 'missing'), ...many(9, 'found', 'm'), n0000: 'found' };
    const first = told(Object.keys(many(5, '', 'm')), 'missing, now found');
    expect(await other.answered('2020-03-02', won)).toEqual({
      mail: notKept(
        '2020-03-02',
        `10 of 18 names that were missing are found${meant}${first}and 5 more changed\n`,
      ),
      code: 1,
    });
  });

  it('says so where a night that is not kept is of a wildcard that is new', async () => {
    await using at = await nightFolder('/bin/sh');
    const dangling = { ...many(20, 'missing'), d: 'missing\t-\tdangling' };
    const begun = await at.answered('2020-03-01', { ...dangling, a: 'found\t-\twildcard' });
    expect(begun.mail).toBe(`2020-03-01: ${SUMMARY}\nd: dangling\n`);
    // One that could not be looked into is no other.
    const unchecked = { ...dangling, a: 'found\t-\tunchecked' };
    expect(await at.answered('2020-03-02', unchecked)).toEqual(silent);
    const all = {
      ...dangling,
      ...many(20, 'found'),
      n0000: 'found\t-\twildcard',
      a: 'found\t-\twildcard',
    };
    expect((await at.answered('2020-03-03', all)).mail).toContain(
      `20 of 21 names that were missing are found; 1 of 22 names are newly found by a wildcard${meant}` +
        'n0000: missing, now found by a wildcard\nn0001: missing, now found\n',
    );
  });

  it('keeps no day on which registries do not tell, and asks them again', async () => {
    await using at = await nightFolder('/bin/sh');
    const OPTIONS = '--rdap';
    const known = many(12, 'missing\tunregistered');
    const without = many(12, 'missing\tunknown\t-\tno-rdap', 'x');
    const untold = { ...many(12, 'missing\tunknown\t-\trdap-http'), ...without };
    await at.answered('2020-03-01', { ...known, ...without }, { OPTIONS });
    const advice = 'the same command with --resume asks registries that did not tell again';
    await at.write('said', said('error', `HTTP status 503\n${advice}`) + said('summary', SUMMARY));
    const news = 'registration unregistered, now unknown (rdap-http)';
    const why = (day: string) =>
      `${day} is not kept: 12 of 12 registrations became unknown${meant}` +
      `${told(Object.keys(untold).slice(0, 5), news)}and 7 more without an answer\n` +
      `HTTP status 503\nits results: ${day}.not-kept.tsv\n`;
    const first = await at.answered('2020-03-02', untold, { OPTIONS });
    expect(first).toEqual({ mail: why('2020-03-02'), code: 1 });
    expect(await at.files()).toContain('2020-03-02.part');
    const next = await at.answered('2020-03-03', untold, { OPTIONS });
    expect(next).toEqual({ mail: why('2020-03-02') + why('2020-03-03'), code: 1 });
    // Of days before, none is asked about for ever.
    expect(await at.files()).not.toContain('2020-03-02.part');
    await at.write('said', said('summary', SUMMARY));
    const last = await at.answered('2020-03-03', { ...known, ...without }, { OPTIONS });
    expect(last).toEqual({ mail: '2020-03-03 is whole now\n', code: 0 });
    expect(await at.files()).toContain('2020-03-03.tsv');
  });

  it.each<[string, Behaviour, string]>([
    ['deny everything', nxdomain, 'the resolver seems to deny everything'],
    ['begin to make up', beginning(portal), 'the resolvers did not answer alike all the time'],
    ...(isFull ? others : []),
  ])('keeps no day on which resolvers %s, as flagprobe tells it', async (_, behaviour, why) => {
    await using at = await nightFolder('/bin/sh');
    await using server = await scriptedDns(behaviour);
    await at.program('flagprobe', REAL);
    // With an invalid name, it would end with 1 anyway.
    const names = Array.from({ length: 160 }, (_, i) => `n${i}.example.com\n`);
    await at.write('names.txt', `${names.join('')}a b\n`);
    const OPTIONS = `-r ${server.resolver} --transport udp --rate 80 --list plain`;
    const { mail, code } = await at.night('2020-03-01', { OPTIONS });
    expect(mail).toContain(`2020-03-01 is not kept: ${why}: `);
    expect([code, await at.files()]).toEqual([1, []]);
  });

  it('keeps no day on which the resolvers are not to be believed', async () => {
    await using at = await nightFolder('/bin/sh');
    const answers = { ...many(20, 'found'), x: 'missing' };
    for (const [text, fault] of [
      ['no resolver stands the check, so all are believed', 'the resolvers seem to make up names'],
      ['a sentence of a later version', 'its answers are not to be relied on'],
    ] as const) {
      await at.write('code', text.includes('believed') ? '0' : '1');
      await at.write('said', said('error', text) + said('summary', SUMMARY));
      const mail = `2020-03-01 is not kept: ${fault}: ${text}\n${SUMMARY}\nits results: 2020-03-01.not-kept.tsv\n`;
      expect(await at.answered('2020-03-01', answers)).toEqual({ mail, code: 1 });
      expect(await at.files()).toEqual([]);
    }
    // That --expect did not hold says nothing about the day.
    await at.write('code', '3');
    await at.write('said', said('error', '`--expect` did not hold') + said('summary', SUMMARY));
    const mail = `2020-03-01: ${SUMMARY}\n\`--expect\` did not hold\n`;
    expect(await at.answered('2020-03-01', answers)).toEqual({ mail, code: 3 });
    expect(await at.files()).toEqual(['2020-03-01.tsv', 'known.tsv']);
  });

  it('goes on with the options that a day was begun with, and forgets one that cannot begin', async () => {
    await using at = await nightFolder('/bin/sh');
    const advice = 'use --force to start afresh';
    await at.write('instead', `echo a >"$out"; echo "x: ${advice}" >&2; exit 4`);
    const how = 'x: rm 2020-03-01.part* 2020-03-01.names 2020-03-01.options starts afresh\n';
    expect(await at.answered('2020-03-01', many(2, 'found'), { OPTIONS: '--type MX' })).toEqual({
      mail: `2020-03-01 is not whole (exit code 4): ${how}`,
      code: 4,
    });
    expect(await at.night('2020-03-01')).toEqual({
      mail: `2020-03-01 is not whole (exit code 4; begun with OPTIONS='--type MX'): ${how}`,
      code: 4,
    });
    await rm(at.at('instead'));
    await at.night('2020-03-02', { OPTIONS: '--rdap *', FLAGPROBE: 'env flagprobe' });
    for (const option of ['--only', '-o', '-fcsv', '--sort=name']) {
      expect(await at.night('2020-03-04', { OPTIONS: `--rdap ${option}` })).toEqual({
        mail: `2020-03-04 is not begun: ${option} is not for OPTIONS\n`,
        code: 2,
      });
    }
    const asked = (await at.read('asked')).split('\n').slice(2, 4);
    expect(asked[0]).toMatch(/^probe --type MX -i 2020-03-01/);
    expect(asked[1]).toMatch(/^probe --rdap \* -i 2020-03-02/);

    await at.write('instead', 'echo "wrong usage" >&2; exit 2');
    const files = await at.files();
    const wrong = { mail: '2020-03-03 is not begun (exit code 2): wrong usage\n', code: 2 };
    expect(await at.night('2020-03-03', { OPTIONS: '--rdpa' })).toEqual(wrong);
    expect(await at.files()).toEqual(files);
    // A flagprobe that another process has begun with is left alone.
    await at.write('instead', ': >"$out.resume.lock"; : >"$out"; exit 4');
    const { mail } = await at.night('2020-03-03');
    expect(mail).toBe('2020-03-03 is not whole (exit code 4)\n');
    expect(await at.files()).toContain('2020-03-03.part');
  });

  it('leaves a folder alone in which another is at work', async () => {
    await using at = await nightFolder('/bin/sh');
    await at.write('instead', 'touch begun; while [ ! -f goon ]; do sleep 0.01; done');
    const first = at.answered('2020-03-01', many(2, 'found'));
    await expect.poll(() => access(at.at('begun'))).toBe(undefined);
    const mail = '2020-03-02: another nightly.sh is at work in this folder\n';
    expect(await at.night('2020-03-02')).toEqual({ mail, code: 4 });
    await at.write('goon', '');
    expect(await first).toEqual(silent);
    expect(await at.night('2020-03-02')).toEqual(silent);
    // Who starts it by hand on a terminal is told why nothing happens.
    const byHand = ['-qec', `exec /bin/sh ${script}`, '/dev/null'];
    const env = { PATH: `${at.at('bin')}:${process.env.PATH}`, DAY: '2020-03-02' };
    const { stdout } = await promisify(execFile)('script', byHand, { cwd: at.at(''), env });
    expect(stdout.split('\r\n')).toEqual([
      '2020-03-02 is whole already: names.txt is asked about again on the next day',
      '',
    ]);
  });
});

/** Lets a program of the script end it before its work, when its turn has come. */
async function killing(at: Awaited<ReturnType<typeof nightFolder>>, name: string): Promise<void> {
  await at.program(
    name,
    `#!/bin/sh
steps=$(cat steps)
echo $((steps + 1)) >steps
[ "$steps" != 0 ] || { kill -9 $NIGHT $PPID; exit 1; }
PATH=\${PATH#*:}
${name} "$@"
`,
  );
}

describe.skipIf(lacks('flock'))(
  'the script for every night loses nothing and leaves nothing',
  () => {
    it.each(isFull ? [0, 1, 2, 3, 4, 5, 6] : [1, 4])(
      'where it is killed after %i of its steps',
      async (steps) => {
        const before = { ...many(20, 'found'), a: 'found' };
        const after = { ...before, a: 'missing' };
        await using at = await nightFolder('/bin/sh');
        await at.known('2020-03-01', before);
        for (const name of ['cp', 'mv', 'rm', 'sort']) await killing(at, name);
        await at.write('steps', String(-steps));
        const killed = await at.answered('2020-03-02', after);
        expect(Number(await at.read('steps'))).toBe(1);
        // What it had begun may still be at work.
        await promisify(execFile)('flock', [at.at('nightly.lock'), 'true']);
        const next = await at.answered('2020-03-03', after);
        const told = `${killed.mail}${next.mail}`.split('\n').filter((line) => /^a:/.test(line));
        expect(new Set(told)).toEqual(new Set(['a: found, now missing']));
        expect((await at.files()).filter((name) => name !== '2020-03-02.tsv')).toEqual([
          ...['2020-03-01.tsv', '2020-03-03.tsv', 'known.tsv'],
        ]);
        expect(await at.read('known.tsv')).toContain('a\tmissing\n');
      },
    );
  },
);

it.skipIf(lacks('shellcheck'))('the script for every night is clean', async () => {
  const { stdout } = await promisify(execFile)('shellcheck', ['-s', 'sh', script]);
  expect(stdout).toBe('');
});

it('the script for every night comes with the package', async () => {
  const { files } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(files).toContain('examples/nightly.sh');
});
