import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DownloadResult } from '../../src/core/model.js';
import { downloadMany } from '../../src/download/downloader.js';
import type { DownloadOptions } from '../../src/download/options.js';
import { certificate, certificateKey } from '../support/certificate.js';
import { flag, openHardCases } from '../support/hard-cases.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

/** Each ends in the one right way, and no wrong file is left. */
const names = [
  ...['404', '410', '429 with Retry-After: 2', '503 once', 'Retry-After as a date'],
  ...['body cut at 400 of 1000 bytes', '200 with an HTML page', 'right bytes, wrong content type'],
  ...['empty 200', 'redirect', 'redirect loop', 'redirect to another origin, with a login'],
  ...['redirect to file:', 'Content-Disposition: ../../evil', 'two URLs with one base name'],
  ...['a name with / and ..', 'a name with NUL', 'a name of 300 letters'],
  ...['a reserved name', 'gzip'],
  ...['chunked without an end', 'a slow drip', 'connection reset in the body', 'endless body'],
  '100 KB of headers',
  ...['closed after each answer', 'TLS with a wrong name', 'refused'],
  'a name that is not in the DNS',
];

describe('a hard case', () => {
  let folder: TemporaryFolder;
  let dripFolder: TemporaryFolder;
  let servers: Awaited<ReturnType<typeof openHardCases>>;
  const results = new Map<string, DownloadResult>();

  beforeAll(async () => {
    folder = await temporaryFolder();
    dripFolder = await temporaryFolder();
    servers = await openHardCases({ cert: certificate, key: certificateKey });
    const urls = servers.cases.flatMap((one) => one.urls);
    const options = { concurrency: 50, timeout: 6, retries: 2, maxSize: 1_000_000 };
    const download = async (some: readonly string[], more: DownloadOptions) => {
      for await (const result of downloadMany(some, { ...options, ...more })) {
        results.set(result.url, result);
      }
    };
    const isDrip = (url: string) => url.endsWith('/drip.gif');
    await Promise.all([
      download(
        urls.filter((url) => !isDrip(url)),
        { dir: folder.path },
      ),
      // Only the longest time for an input ends a body that keeps coming.
      download(urls.filter(isDrip), { dir: dripFolder.path, maxTime: 1 }),
    ]);
  });
  afterAll(async () => {
    await servers.close();
    await dripFolder[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('is none of those that nobody looks at', () => {
    expect(servers.cases.map(({ name }) => name)).toEqual(names);
  });

  it.each(names)('%s', async (name) => {
    const { right, urls } = servers.cases.find((one) => one.name === name)!;
    const saved = new Set<string>();
    for (const url of urls) {
      const result = results.get(url.replace('me:secret@', ''))!;
      expect(right.split(' or ')).toContain(result.status);
      if (result.status !== 'ok') continue;
      expect(await readFile(result.file)).toEqual(flag);
      saved.add(result.file);
    }
    const ok = urls.every((url) => results.get(url.replace('me:secret@', ''))?.status === 'ok');
    expect(saved.size).toBe(ok ? urls.length : 0);
  });

  it('leaves no other file', async () => {
    const saved = [...results.values()].flatMap((result) => ('file' in result ? result.file : []));
    const expected = [
      ...saved.map((file) => file.slice(folder.path.length + 1)),
      '.flagprobe.jsonl',
    ];
    expect(await folder.names()).toEqual(expected.sort());
  });
});
