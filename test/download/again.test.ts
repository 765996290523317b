import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DownloadResult } from '../../src/core/model.js';
import { downloadMany, openDownloader } from '../../src/download/downloader.js';
import type { DownloadOptions } from '../../src/download/options.js';
import { readManifest } from '../../src/storage/manifest.js';
import { type HttpServer, openHttpServer, type Script } from '../support/http-server.js';
import { gif, gifOf } from '../support/images.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
let server: HttpServer;
/** What the server has, by path; a number is a status. */
let site: Record<string, { body: Buffer; etag?: string; lastModified?: string } | number>;

const serve: Script = ({ url = '', headers }, response) => {
  const file = site[url] ?? 404;
  if (typeof file === 'number') {
    response.writeHead(file).end();
    return;
  }
  const { body, etag, lastModified } = file;
  if (etag) response.setHeader('etag', etag);
  if (lastModified) response.setHeader('last-modified', lastModified);
  const isKnown = etag
    ? headers['if-none-match'] === etag
    : lastModified && headers['if-modified-since'] === lastModified;
  if (isKnown) response.writeHead(304).end();
  else response.end(body);
};

beforeEach(async () => {
  folder = await temporaryFolder();
  server = await openHttpServer(serve);
  site = {
    '/br.gif': { body: gif, etag: '"br"' },
    '/us.gif': { body: gifOf(50), lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' },
    '/fr.gif': { body: gifOf(60) },
  };
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function download(
  codes: Iterable<string>,
  options: DownloadOptions = {},
): Promise<Record<string, DownloadResult>> {
  const results: Record<string, DownloadResult> = {};
  const common = { dir: folder.path, server: `${server.url}/{cc}.gif`, retries: 0 };
  for await (const result of downloadMany(codes, { ...common, ...options })) {
    results[result.code || new URL(result.url).pathname] = result;
  }
  return results;
}

const statuses = (results: Record<string, DownloadResult>) =>
  Object.fromEntries(
    Object.entries(results)
      .map(([code, { status }]) => [code, status])
      .sort(),
  );
const all = ['br', 'us', 'fr'];
const inFolder = (name: string) => join(folder.path, name);

it('tells of the files of earlier runs that are still there though nothing came in their place', async () => {
  const common = { dir: folder.path, retries: 0 };
  const asked = [...all, `${server.url}/own.gif`];
  site['/own.gif'] = { body: gif };
  for await (const _ of downloadMany(asked, { ...common, server: `${server.url}/{cc}.gif` }));
  await rm(inFolder('FR.gif'));
  site = { '/us.gif': 500 };
  const outdated = async (server: string, force = false) => {
    await using downloader = await openDownloader({ ...common, server, force, ordered: true });
    for await (const _ of downloader.results([...asked, ...asked]));
    const { count, first } = downloader.outdated;
    return [count, [...first].sort()];
  };
  const expected = [3, ['BR.gif', 'US.gif', 'own.gif']];
  expect(await outdated(`${server.url}/{cc}.gif`)).toEqual(expected);
  expect(await outdated(`${server.url}/there/{cc}.gif`, true)).toEqual(expected);
  // Of another kind of image, that of before says nothing.
  expect(await outdated(`${server.url}/there/{cc}.png`)).toEqual([1, ['own.gif']]);
});

describe('a second run', () => {
  it('of a list that gives one URL several names, finds all their files there', async () => {
    const url = `${server.url}/br.gif`;
    // The last two are called as the URL calls its file.
    const names = ['flag-a', 'out=flag-b.gif', 'br.png', ''];
    const run = async () => {
      const files: string[] = [];
      const lists = downloadMany(
        names.map((name) => `${url}\t${name}`),
        { dir: folder.path, ordered: true },
      );
      for await (const result of lists) {
        files.push(`${result.status} ${'file' in result && basename(result.file)}`);
      }
      return files;
    };
    const files = ['flag-a.gif', 'flag-b.gif', 'br.gif', 'br.gif'];
    expect(await run()).toEqual(files.map((file) => `ok ${file}`));
    expect(await run()).toEqual(files.map((file) => `unchanged ${file}`));
    const records = await readManifest(folder.path);
    expect(records.map(({ file }) => file).sort()).toEqual(['br.gif', 'flag-a.gif', 'flag-b.gif']);
  });

  it('knows the files of names in upper and in lower case apart', async () => {
    for (const [name, status] of [
      ['CC', 'ok'],
      ['cc', 'ok'],
      ['CC', 'unchanged'],
      ['cc', 'unchanged'],
    ] as const) {
      expect(statuses(await download(['br'], { name }))).toEqual({ BR: status });
    }
  });

  it('asks only for what has changed', async () => {
    await download(all);
    const [before] = await Promise.all([readFile(inFolder('BR.gif'))]);
    const again = await download(all);
    expect(statuses(again)).toEqual({ BR: 'unchanged', FR: 'ok', US: 'unchanged' });
    expect(again.BR).toMatchObject({
      httpStatus: 304,
      file: inFolder('BR.gif'),
      bytes: gif.length,
      attempts: 1,
    });
    site['/br.gif'] = { body: gifOf(99), etag: '"new"' };
    expect(statuses(await download(['br']))).toEqual({ BR: 'ok' });
    expect(await readFile(inFolder('BR.gif'))).not.toEqual(before);
    expect(statuses(await download(['br']))).toEqual({ BR: 'unchanged' });
  });

  it.each([
    ['cut', () => truncate(inFolder('BR.gif'), 10)],
    ['changed', () => writeFile(inFolder('BR.gif'), Buffer.alloc(gif.length))],
    ['deleted', () => rm(inFolder('BR.gif'))],
    [
      'replaced by a link',
      async () => {
        await writeFile(inFolder('copy'), gif);
        await rm(inFolder('BR.gif'));
        await symlink('copy', inFolder('BR.gif'));
      },
    ],
  ])('fetches again what was %s', async (_how, harm) => {
    await download(['br']);
    await harm();
    expect(statuses(await download(['br']))).toEqual({ BR: 'ok' });
    expect(await readFile(inFolder('BR.gif'))).toEqual(gif);
  });

  it.each(['logo-1.5', 'br.w320', 'index.html', 'St. Lucia', 'BR.svg'])(
    'asks only for a change of a file that the list calls %s',
    async (name) => {
      const line = `${server.url}/br.gif\t${name}`;
      expect(statuses(await download([line]))).toEqual({ '/br.gif': 'ok' });
      expect(statuses(await download([line]))).toEqual({ '/br.gif': 'unchanged' });
    },
  );

  it('asks only for a change of a file that has the code twice, as a URL has its name', async () => {
    await download([`${server.url}/br.gif\tus`]);
    expect(await download(['us'])).toMatchObject({ US: { file: inFolder('US_US.gif') } });
    expect(statuses(await download(['us']))).toEqual({ US: 'unchanged' });
    const skipped = await download(['us'], { skipExisting: true });
    expect(skipped).toMatchObject({ US: { file: inFolder('US_US.gif'), attempts: 0 } });
  });

  it('in the same downloader knows what the first has done', async () => {
    await using downloader = await openDownloader({
      dir: folder.path,
      server: `${server.url}/{cc}.gif`,
    });
    for (const status of ['ok', 'unchanged']) {
      for await (const result of downloader.results(['br'])) expect(result.status).toBe(status);
    }
  });

  it('under other names fetches anew', async () => {
    await download(['br']);
    expect(statuses(await download(['br'], { name: 'alpha3' }))).toEqual({ BR: 'ok' });
    expect(await folder.names()).toContain('BRA.gif');
  });

  it('takes no file for its own that another service has replaced since', async () => {
    await download(['br']);
    site['/other/br.gif'] = { body: gifOf(70), etag: '"br"' };
    await download(['br'], { server: `${server.url}/other/{cc}.gif` });
    expect(statuses(await download(['br']))).toEqual({ BR: 'ok' });
    expect(await readFile(inFolder('BR.gif'))).toEqual(gif);
  });

  it('of the servers inside is unchanged, though they have a new port', async () => {
    await download(['br'], { server: 'local' });
    expect(statuses(await download(['br'], { server: 'local' }))).toEqual({ BR: 'unchanged' });
  });

  it('with force asks for everything, and with skipExisting for nothing that is there', async () => {
    await download(all);
    expect(statuses(await download(all, { force: true }))).toEqual({
      BR: 'ok',
      FR: 'ok',
      US: 'ok',
    });
    const asked = server.requests.length;
    await rm(inFolder('US.gif'));
    const skipped = await download(all, { skipExisting: true });
    expect(statuses(skipped)).toEqual({ BR: 'unchanged', FR: 'unchanged', US: 'ok' });
    expect(skipped.BR).toMatchObject({ bytes: gif.length, attempts: 0, ms: 0 });
    expect(server.requests.length).toBe(asked + 1);
  });

  it('with skipExisting asks for a file that is empty', async () => {
    await download(['br']);
    await writeFile(inFolder('BR.gif'), '');
    await writeFile(inFolder('FR.png'), '');
    const results = await download(['br', 'fr'], { skipExisting: true });
    expect(statuses(results)).toEqual({ BR: 'ok', FR: 'ok' });
    expect(await readFile(inFolder('BR.gif'))).toEqual(gif);
  });

  it('with skipExisting takes a file of anybody, under any extension, but no link', async () => {
    await writeFile(inFolder('BR.svg'), '<svg/>');
    await symlink('BR.svg', inFolder('US.gif'));
    await mkdir(inFolder('FR.gif'));
    const results = await download(all, { skipExisting: true });
    expect(statuses(results)).toEqual({ BR: 'unchanged', FR: 'ok', US: 'ok' });
    expect(await readFile(inFolder('BR.svg'), 'utf8')).toBe('<svg/>');
    expect(await folder.names()).toEqual(expect.arrayContaining(['FR_FR.gif', 'US_US.gif']));
  });
});

it('cannot both skip and force', async () => {
  const options = { dir: folder.path, force: true, skipExisting: true };
  await expect(openDownloader(options)).rejects.toThrow('got both');
});

describe('the manifest', () => {
  it('has one record of everything, errors too', async () => {
    site['/us.gif'] = 503;
    await download(['br', 'us', 'zz']);
    const records = await readManifest(folder.path);
    const byCode = Object.fromEntries(records.map((record) => [record.code, record]));
    const time = expect.any(String);
    const none = { file: null, etag: null, last_modified: null, bytes: null, sha256: null, time };
    expect(byCode).toEqual({
      BR: {
        url: `${server.url}/br.gif`,
        code: 'BR',
        file: 'BR.gif',
        status: 'ok',
        reason: null,
        http_status: 200,
        etag: '"br"',
        last_modified: null,
        bytes: gif.length,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        time,
      },
      US: {
        ...none,
        url: `${server.url}/us.gif`,
        code: 'US',
        status: 'error',
        reason: 'http',
        http_status: 503,
        servers: [`${server.url}/{cc}.gif`],
      },
      ZZ: {
        ...none,
        url: `${server.url}/zz.gif`,
        code: 'ZZ',
        status: 'not_found',
        reason: null,
        http_status: 404,
      },
    });
  });

  it('has the record before the result is told', async () => {
    const options = { dir: folder.path, server: `${server.url}/{cc}.gif` };
    for await (const { code } of downloadMany(all, options)) {
      const records = await readManifest(folder.path);
      expect(records.find((record) => record.code === code)).toMatchObject({ status: 'ok' });
    }
  });

  it('keeps what it knows of a file through an error, and tells what failed', async () => {
    await download(['br', 'us']);
    const { '/br.gif': before } = site;
    site['/br.gif'] = 503;
    expect(statuses(await download(['br', 'us']))).toEqual({ BR: 'error', US: 'unchanged' });
    const downloader = await openDownloader({ dir: folder.path, server: 'local' });
    expect(downloader.failed()).toEqual(['BR']);
    // A folder is one run's at a time.
    await downloader.close();
    site['/br.gif'] = before as number;
    expect(statuses(await download(['br']))).toEqual({ BR: 'unchanged' });
    site['/us.gif'] = 503;
    expect(statuses(await download(['us'], { name: 'cc' }))).toEqual({ US: 'error' });
    const anywhere = await openDownloader({ dir: folder.path });
    expect(anywhere.failed()).toEqual([`US\tserver=${server.url}/{cc}.gif\tname=cc`]);
    await anywhere.close();
    site['/us.gif'] = { body: gif };
    expect(statuses(await download(['us']))).toEqual({ US: 'ok' });
    await using other = await openDownloader({ dir: folder.path, name: 'CC', server: 'local' });
    // The file `us.gif` never came.
    expect(other.failed()).toEqual(['US']);
    for await (const { status } of other.results(other.failed())) expect(status).toBe('ok');
    await other.close();
    await using later = await openDownloader({ dir: folder.path, server: 'local' });
    expect(later.failed()).toEqual([]);
  });
});
