import { execFile } from 'node:child_process';
import { chmod, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The script of docs/resuming.md. */
async function nightlyScript(): Promise<string> {
  const text = await readFile(`${root}docs/resuming.md`, 'utf8');
  return /^## Every night\n.*?^```sh\n(.*?)^```/ms.exec(text)?.[1] as string;
}

it('the script for every night moves what was left behind under its own day, and asks today', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await writeFile(at('names.txt'), 'def.dev\nnope.dev\n');
  await writeFile(
    at('flagprobe'),
    `#!/bin/sh\nexec '${process.execPath}' '${root}bin/flagprobe.cjs' "$@"\n`,
  );
  await chmod(at('flagprobe'), 0o755);
  await writeFile(at('date'), '#!/bin/sh\necho 2020-02-02\n');
  await chmod(at('date'), 0o755);
  const env = { PATH: `${folder.path}:${process.env.PATH}`, FLAGPROBE_RESOLVER: 'local' };
  const sh = (script: string) =>
    promisify(execFile)('/bin/sh', ['-c', script], { cwd: folder.path, env });

  await sh('flagprobe probe -i names.txt -f tsv -o 2020-02-01.part -q');
  const yesterday = new Date('2020-02-01');
  await utimes(at('2020-02-01.part'), yesterday, yesterday);
  const { stdout, stderr } = await sh(await nightlyScript());

  expect(stdout + stderr).toBe('');
  const files = (await readdir(folder.path)).filter((name) => /^2020/.test(name));
  expect(files.sort()).toEqual(['2020-02-01.tsv', '2020-02-02.tsv']);
  const lines = 'def.dev\tfound\nnope.dev\tmissing\n'.split('\n').sort();
  for (const day of ['2020-02-01', '2020-02-02']) {
    expect((await readFile(at(`${day}.tsv`), 'utf8')).split('\n').sort()).toEqual(lines);
  }
});

it('the script for every night keeps no day of which a tenth is unknown, and mails what failed', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await writeFile(at('date'), '#!/bin/sh\necho "$DAY"\n');
  // Leaves what the program would, and says how it ended.
  await writeFile(
    at('flagprobe'),
    '#!/bin/sh\ncp "$RESULTS" "$7"; : > "$7.resume"; echo "$SAID" >&2; exit $CODE\n',
  );
  for (const name of ['date', 'flagprobe']) await chmod(at(name), 0o755);
  const script = await nightlyScript();
  let today = '2020-02-03';
  const night = async (code: number, unknown: number, said = 'said') => {
    const lines = Array.from(
      { length: 10 },
      (_, i) => `${i}\t${i < unknown ? 'unknown' : 'found'}\n`,
    );
    await writeFile(at('results'), lines.join(''));
    const PATH = `${folder.path}:${process.env.PATH}`;
    const env = { PATH, RESULTS: at('results'), CODE: String(code), DAY: today, SAID: said };
    const ended = await promisify(execFile)('/bin/sh', ['-c', script], {
      cwd: folder.path,
      env,
    }).catch((error: { stdout: string; code: number }) => error);
    const files = (await readdir(folder.path)).filter((name) => name.startsWith('2020'));
    return [ended.stdout, 'code' in ended ? ended.code : 0, files.sort()];
  };
  const day = '2020-02-03';
  const part = [`${day}.names`, `${day}.part`, `${day}.part.resume`];
  await writeFile(at('names.txt'), '# one\n def.dev\n');
  expect(await night(4, 0)).toEqual([`${day} is not whole (exit code 4): said\n`, 4, part]);
  const lost = `${day} is not kept, more than a tenth is unknown: said\n`;
  expect(await night(1, 2)).toEqual([lost, 1, []]);
  expect(await night(1, 1)).toEqual([`${day}: said\n0\tunknown\n`, 1, [`${day}.tsv`]]);

  // What changed is mailed, and so is what was said of a run in which all was found.
  await writeFile(at('known.tsv'), '0\tmissing\n1\tfound\n2\tunknown\ngone\tfound\n');
  today = '2020-02-04';
  const days = [`${day}.tsv`, `${today}.tsv`];
  const added = [3, 4, 5, 6, 7, 8, 9].map((name) => `${name}: new in the list, found\n`).join('');
  const changes = `0: missing, now found\n${added}gone: not in the list any more\n`;
  const mail = `${today}: a resolver fails\n${changes}`;
  expect(await night(0, 0, 'a resolver fails\nsummary')).toEqual([mail, 0, days]);
  expect(await night(0, 0)).toEqual(['', 0, days]);
  today = '2020-02-05';
  const nothing = `${today} is not kept, more than a tenth is unknown: said\n`;
  expect(await night(1, 9)).toEqual([nothing, 1, days]);
  const denies = 'nothing was found, and 192.0.2.1 denies `com` too';
  const denied = `${today} is not kept, the resolver seems to deny everything: ${denies}\n`;
  expect(await night(1, 0, denies)).toEqual([denied, 1, days]);
  const inventions =
    '192.0.2.1 makes up names that cannot exist, so what it finds by a wildcard may not exist';
  const invented = `${today} is not kept, the resolvers seem to make up names: ${inventions}\n`;
  expect(await night(1, 0, inventions)).toEqual([invented, 1, days]);
});

it('the script for every night mails what changed once, also of a night that was cut off', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const PATH = `${folder.path}:${process.env.PATH}`;
  await writeFile(at('date'), '#!/bin/sh\necho "$DAY"\n');
  // Answers from a file of each day, which says too whether that run is cut off.
  await writeFile(
    at('flagprobe'),
    '#!/bin/sh\n[ ! -f "$7.cut" ] || { rm "$7.cut"; : > "$7"; exit 137; }\ncp "$7.answers" "$7"; cp "$3" "$7.asked"\n',
  );
  for (const name of ['date', 'flagprobe']) await chmod(at(name), 0o755);
  const script = await nightlyScript();
  const night = async (DAY: string, answers: Record<string, string>, isCut = false) => {
    const lines = Object.entries(answers).map(([name, verdict]) => `${name}\t${verdict}\n`);
    await writeFile(at(`${DAY}.part.answers`), lines.join(''));
    await writeFile(at('names.txt'), `${Object.keys(answers).join('\n')}\n`);
    if (isCut) await writeFile(at(`${DAY}.part.cut`), '');
    const options = { cwd: folder.path, env: { PATH, DAY } };
    const ended = await promisify(execFile)('/bin/sh', ['-c', script], options).catch(
      (error: { stdout: string }) => error,
    );
    return ended.stdout;
  };
  const steady = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}`, 'found']));
  const all = { ...steady, a: 'found', b: 'found', c: 'missing' };
  expect(await night('2020-03-01', all)).toBe('');
  const second = { ...all, a: 'missing', b: 'unknown' };
  expect(await night('2020-03-02', second, true)).toContain('2020-03-02 is not whole');
  // The list has changed since then; the day that was cut off goes on with its own.
  const { c: _, ...third } = { ...second, b: 'missing' };
  expect(await night('2020-03-03', third)).toBe(
    'a: found, now missing\nb: found, now missing\nc: not in the list any more\n',
  );
  expect(await readFile(at('2020-03-02.part.asked'), 'utf8')).toContain('\nc\n');
  expect(await night('2020-03-03', third)).toBe('');
  expect(await night('2020-03-04', {})).toBe('2020-03-04 is not kept, there was no name: \n');
});
