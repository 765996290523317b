/** The programs of `examples/`, as a reader would start them, with no network. */

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Runs an example and gives its lines, sorted, and its exit code. */
function example(name: string, ...args: string[]): Promise<{ lines: string[]; code: number }> {
  tried.add(name);
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } };
    execFile(process.execPath, [`examples/${name}`, ...args], options, (error, stdout, stderr) => {
      expect(stderr).toBe('');
      resolve({ lines: stdout.trimEnd().split('\n').sort(), code: Number(error?.code ?? 0) });
    });
  });
}

const tried = new Set<string>();

it.concurrent('keyword-search marks each word', async () => {
  expect(await example('keyword-search.js', 'dev', 'local')).toEqual({
    lines: [
      ...['  for.dev', '  pass.dev', '  true.dev', '  with.dev'],
      ...['+ and.dev', '+ def.dev', '+ not.dev', '+ try.dev'],
    ],
    code: 0,
  });
});

it.concurrent('link-checker names the hosts that do not exist', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'page.md');
  await writeFile(path, '[a](https://def.dev/a) <https://nope.dev/b?c> https://example.org.');
  expect(await example('link-checker.js', path, 'local')).toEqual({
    lines: [
      '3 hosts looked up',
      expect.stringMatching(/^example\.org\.?: unknown \(refused\), in /),
      'nope.dev: missing (nxdomain), in https://nope.dev/b?c',
    ],
    code: 1,
  });
});

it.concurrent('flag-folder makes a page', async () => {
  await using folder = await temporaryFolder();
  const { lines, code } = await example('flag-folder.js', folder.path, 'local', 'BR', 'jp');
  expect([lines[0], code]).toEqual([expect.stringMatching(/^BR ok .*br\.gif$/), 0]);
  const page = await readFile(join(folder.path, 'index.html'), 'utf8');
  expect(page.includes('Japan')).toBe(true);
});

it.concurrent('own-pool hashes every file of a folder', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'inner'));
  await writeFile(join(folder.path, 'a'), 'a');
  await writeFile(join(folder.path, 'b'), '');
  const { lines } = await example('own-pool.js', folder.path);
  expect(lines).toEqual([
    'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b',
  ]);
});

it.concurrent('registration asks the registries about the rest', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'words.txt');
  await writeFile(path, 'pass\ntrue\ndef\n');
  expect((await example('registration.js', path, 'dev', 'local')).lines).toEqual([
    'def.dev\tfound\tregistered',
    'pass.dev\tmissing\tregistered',
    'true.dev\tmissing\treserved',
  ]);
});

it('every example is tried above', () => {
  expect(readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.js'))).toEqual(
    [...tried].sort(),
  );
});
