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
  const { stderr } = await sh(await nightlyScript());

  expect(stderr).toBe('');
  const files = (await readdir(folder.path)).filter((name) => /^2020|last/.test(name));
  expect(files.sort()).toEqual(['2020-02-01.tsv', '2020-02-02.tsv', 'last.log']);
  const lines = 'def.dev\tfound\nnope.dev\tmissing\n'.split('\n').sort();
  for (const day of ['2020-02-01', '2020-02-02']) {
    expect((await readFile(at(`${day}.tsv`), 'utf8')).split('\n').sort()).toEqual(lines);
  }
  expect(await readFile(at('last.log'), 'utf8')).toMatch(/^1 found, 1 missing/);
});
