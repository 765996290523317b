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
  await writeFile(at('names.txt'), '# none yet\n\n');
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
  const part = [`${day}.part`, `${day}.part.resume`];
  expect(await night(0, 0)).toEqual(['names.txt has no name, or is not there\n', 2, []]);
  await writeFile(at('names.txt'), '# one\n def.dev\n');
  expect(await night(4, 0)).toEqual([`${day} is not whole (exit code 4): said\n`, 4, part]);
  const lost = `${day} is not kept, more than a tenth is unknown: said\n`;
  expect(await night(1, 2)).toEqual([lost, 1, []]);
  expect(await night(1, 1)).toEqual([`${day}: said\n0\tunknown\n`, 1, [`${day}.tsv`]]);

  // Changes are mailed on the day of which they are, and so is what was said of a run in which all was found.
  await writeFile(at(`${day}.tsv`), '0\tmissing\n1\tfound\n2\tunknown\n');
  today = '2020-02-04';
  const days = [`${day}.tsv`, `${today}.tsv`];
  const mail = `${today}: a resolver fails\n0: missing, now found\n`;
  expect(await night(0, 0, 'a resolver fails\nsummary')).toEqual([mail, 0, days]);
  expect(await night(0, 0)).toEqual(['', 0, days]);
  today = '2020-02-05';
  const nothing = `${today} is not kept, more than a tenth is unknown: said\n`;
  expect(await night(1, 9)).toEqual([nothing, 1, days]);
});
