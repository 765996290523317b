import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDownloader } from '../../src/download/downloader.js';
import type { DownloadOptions } from '../../src/download/options.js';
import { type HttpServer, openHttpServer } from '../support/http-server.js';
import { gif } from '../support/images.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
let server: HttpServer;
beforeEach(async () => {
  folder = await temporaryFolder();
  server = await openHttpServer(({ headers }, response) => {
    if (headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { etag: '"1"' }).end(gif);
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const inFolder = (name: string) => join(folder.path, name);
const list = () => ['BR', `${server.url}/team.gif`, `${server.url}/1\tlogo`];

/** `status file` of each, what was kept and how many files of the user were taken for what was asked for. */
async function download(options: DownloadOptions = {}) {
  const common = { dir: folder.path, server: `${server.url}/{cc}.gif`, ordered: true };
  await using downloader = await openDownloader({ ...common, ...options });
  const results: string[] = [];
  for await (const result of downloader.results(list())) {
    results.push(`${result.status} ${'file' in result && basename(result.file)}`);
  }
  const { count, first } = downloader.kept;
  const { skippedForeign, changed } = downloader;
  return {
    results,
    skippedForeign,
    changed,
    kept: count,
    first: first.map(({ wanted, file }) => `${wanted} ${file}`),
  };
}

const files = ['BR.gif', 'team.gif', 'logo.gif'];
const beside = ['BR_BR.gif', 'team_2.gif', 'logo_2.gif'];
const each = (status: string, names: readonly string[]) => names.map((name) => `${status} ${name}`);

it('are kept under their names, and so is what came beside them the next time', async () => {
  for (const file of files) await writeFile(inFolder(file), 'mine');
  expect(await download()).toEqual({
    results: each('ok', beside),
    skippedForeign: 0,
    changed: { count: 0, first: [] },
    kept: 3,
    first: expect.arrayContaining([
      'BR.gif BR_BR.gif',
      'team.gif team_2.gif',
      'logo.gif logo_2.gif',
    ]),
  });
  expect(await download()).toMatchObject({ results: each('unchanged', beside), kept: 3 });
  for (const file of files) expect(await readFile(inFolder(file), 'utf8')).toBe('mine');
  for (const file of beside) expect(await readFile(inFolder(file))).toEqual(gif);
});

it('are kept where they are a folder or a link', async () => {
  await mkdir(inFolder('BR.gif'));
  await symlink('elsewhere', inFolder('TEAM.gif'));
  const { results } = await download();
  expect(results).toEqual(each('ok', ['BR_BR.gif', 'team_2.gif', 'logo.gif']));
});

it('are not named with skipExisting where the file of an earlier run is beside them', async () => {
  for (const file of files) await writeFile(inFolder(file), 'mine');
  await download();
  const skipped = await download({ skipExisting: true });
  expect(skipped).toMatchObject({ results: each('unchanged', beside), skippedForeign: 0 });
});

it('are replaced with force, and kept as they are with skipExisting', async () => {
  for (const file of files) await writeFile(inFolder(file), 'mine');
  const skipped = await download({ skipExisting: true });
  expect(skipped).toMatchObject({ results: each('unchanged', files), skippedForeign: 3, kept: 0 });
  expect(server.requests).toHaveLength(0);
  const forced = await download({ force: true });
  expect(forced).toMatchObject({ results: each('ok', files), kept: 0 });
  expect(await readFile(inFolder('BR.gif'))).toEqual(gif);
});

it('are those of an earlier run where its manifest is lost and the images are the same', async () => {
  await download();
  await rm(inFolder('.flagprobe.jsonl'));
  expect(await download()).toMatchObject({ results: each('ok', files), kept: 0 });
  expect(await download()).toMatchObject({ results: each('unchanged', files) });
});

it('are told where they were those of an earlier run and something has changed them', async () => {
  await download();
  await writeFile(inFolder('BR.gif'), 'optimised');
  await rm(inFolder('team.gif'));
  const { skippedForeign } = await download({ skipExisting: true });
  expect(skippedForeign).toBe(1);
  expect(await readFile(inFolder('BR.gif'), 'utf8')).toBe('optimised');
  const again = await download();
  expect(again.results).toEqual(['ok BR.gif', 'unchanged team.gif', 'unchanged logo.gif']);
  expect(again.changed).toEqual({ count: 1, first: ['BR.gif'] });
  expect((await download()).changed.count).toBe(0);
});

it('are replaced with force after their images were saved beside them', async () => {
  for (const file of files) await writeFile(inFolder(file), 'mine');
  await download();
  expect(await download({ force: true })).toMatchObject({ results: each('ok', files), kept: 0 });
  for (const file of files) expect(await readFile(inFolder(file))).toEqual(gif);
});

it('are kept where one of ours differs from them in case only', async () => {
  await download();
  await rename(inFolder('logo.gif'), inFolder('LOGO.gif'));
  const manifest = inFolder('.flagprobe.jsonl');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"logo.gif"', '"LOGO.gif"'));
  await writeFile(inFolder('logo.gif'), 'mine');
  await download();
  expect(await readFile(inFolder('logo.gif'), 'utf8')).toBe('mine');
});
