import { spawnSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { shippedBootstrap } from '../../src/registration/bootstrap.js';
import { type FetchText, loadBootstrap } from '../../src/registration/bootstrap-cache.js';
import { openRdapHttp } from '../../src/registration/rdap-http.js';
import { openHttpServer } from '../support/http-server.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const IANA = 'https://data.iana.org/rdap/dns.json';
const HOUR = 3_600_000;
const NOW = Date.parse('2027-01-01T00:00:00Z');
const shipped = shippedBootstrap();

let folder: TemporaryFolder;
let cache: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', folder.path);
  cache = join(folder.path, 'flagprobe', 'rdap-bootstrap.json');
  await mkdir(join(folder.path, 'flagprobe'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

/** A table of IANA's size whose servers are of `host`. */
function table(host: string, publication = '2026-12-01T00:00:00Z', size = 1000): string {
  const tlds = ['dev', ...Array.from({ length: size - 1 }, (_, i) => `t${i}`)];
  return JSON.stringify({ publication, services: [[tlds, [`https://${host}/`]]] });
}

const kept = (given: object = {}) =>
  JSON.stringify({
    ...{ url: IANA, text: table('kept.example'), etag: '"1"', checkedAt: NOW - HOUR },
    ...{ expiresAt: NOW + HOUR, ...given },
  });

type Reply = Awaited<ReturnType<FetchText>> | Error;

/** Loads a table; `reply` is what IANA answers. */
async function load(reply: Reply = new Error('not to be asked'), given: object = {}) {
  const asked: (string | undefined)[][] = [];
  const warnings: string[] = [];
  const loaded = await loadBootstrap({
    source: undefined,
    now: NOW,
    warn: (text) => warnings.push(text),
    fetchText: async (...question) => {
      asked.push(question);
      if (reply instanceof Error) throw reply;
      return reply;
    },
    ...given,
  });
  return { server: loaded.serverOf('x.dev')?.base, asked, warnings };
}

const ofShipped = shipped.serverOf('x.dev')?.base;

describe('a table that was kept', () => {
  it('is used without a request while it is fresh', async () => {
    await writeFile(cache, kept());
    expect(await load()).toEqual({ server: 'https://kept.example/', asked: [], warnings: [] });
  });

  it.each([
    ['a day old', { checkedAt: NOW - 24 * HOUR }],
    ['past its date', { expiresAt: NOW }],
    ['from the future', { checkedAt: NOW + HOUR }],
  ])('is asked about when it is %s, and stays if it has not changed', async (_, given) => {
    await writeFile(cache, kept(given));
    const expected = { server: 'https://kept.example/', warnings: [] };
    expect(await load({ status: 304 })).toEqual({ ...expected, asked: [[IANA, '"1"']] });
    expect(await load()).toEqual({ ...expected, asked: [] });
  });

  it('gives way to a newer one, which is kept', async () => {
    await writeFile(cache, kept({ expiresAt: NOW }));
    const text = table('new.example', '2026-12-02T00:00:00Z');
    const expires = new Date(NOW + 2 * HOUR).toUTCString();
    const { server } = await load({ status: 200, text, etag: '"2"', expires });
    expect(server).toBe('https://new.example/');
    expect(JSON.parse(await readFile(cache, 'utf8'))).toEqual({
      ...{ url: IANA, text, etag: '"2"', checkedAt: NOW, expiresAt: NOW + 2 * HOUR },
    });
    expect(await load()).toMatchObject({ server, asked: [] });
  });

  it('is not used where the package brings a newer one', async () => {
    const old = new Date(Date.parse(shipped.published) - 1).toISOString();
    await writeFile(cache, kept({ text: table('old.example', old) }));
    expect(await load()).toEqual({ server: ofShipped, asked: [], warnings: [] });
  });
});

describe('what comes instead of a table', () => {
  const bad: [string, Reply][] = [
    ['too few TLDs', { status: 200, text: table('bad.example', '2026-12-02', 999) }],
    ['a page', { status: 200, text: '<html>' }],
    ['an older table', { status: 200, text: table('bad.example', '2020-01-01T00:00:00Z') }],
    ['a failure', new Error('HTTP status 500')],
    ['"not changed"', { status: 304 }],
  ];

  it.each(bad)('leaves the one that the package brings, with a warning: %s', async (_, reply) => {
    const { server, asked, warnings } = await load(reply);
    expect([server, asked]).toEqual([ofShipped, [[IANA, undefined]]]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`using the one of ${shipped.published.slice(0, 10)}`);
    expect(await folder.names()).toEqual(['flagprobe']);
  });

  it.each(bad.slice(0, 4))('leaves the one that was kept, with a warning: %s', async (_, reply) => {
    await writeFile(cache, kept({ expiresAt: NOW }));
    const { server, warnings } = await load(reply);
    expect(server).toBe('https://kept.example/');
    expect(warnings).toEqual([expect.stringContaining('using the one of 2026-12-01')]);
    expect(await readFile(cache, 'utf8')).toBe(kept({ expiresAt: NOW }));
  });

  it('is told in one line over HTTP too: a status, and a server that hangs up', async () => {
    await using server = await openHttpServer(({ url }, response) => {
      if (url === '/500') response.writeHead(500).end('<html>');
      else response.destroy();
    });
    const http = await openRdapHttp();
    const { signal } = new AbortController();
    const fetchText: FetchText = (url, etag) => http.fetchText(url, etag, signal);
    const status = await load(undefined, { fetchText, source: `${server.url}/500` });
    const reset = await load(undefined, { fetchText, source: `${server.url}/reset` });
    await http.close();
    expect(status.warnings).toEqual([expect.stringContaining('HTTP status 500')]);
    expect(reset.warnings).toEqual([expect.stringMatching(/^cannot refresh [^\n]*$/)]);
    expect([status.server, reset.server]).toEqual([ofShipped, ofShipped]);
  });
});

describe('a cache file that is not ours', () => {
  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['another URL', kept({ url: 'https://other.example/' })],
    ['a text that is none', kept({ text: 7 })],
    ['a text that is no table', kept({ text: '{}' })],
    ['a date that is none', kept({ checkedAt: 'now' })],
    ['no date', kept({ expiresAt: null })],
    ['a tag that would be another header', kept({ etag: '"1"\r\nx: y' })],
    ['more than a table needs', `${kept()}${' '.repeat(8 * 1024 * 1024)}`],
  ])('is not read: %s', async (_, text) => {
    await writeFile(cache, text);
    const { server, asked } = await load(new Error('gone'));
    expect([server, asked]).toEqual([ofShipped, [[IANA, undefined]]]);
  });

  it('is not read through a link, nor waited for when it is a pipe', async () => {
    const elsewhere = join(folder.path, 'elsewhere.json');
    await writeFile(elsewhere, kept());
    await symlink(elsewhere, cache);
    const text = table('new.example');
    expect((await load({ status: 200, text })).server).toBe('https://new.example/');
    // The link was replaced, not followed.
    expect(await readFile(elsewhere, 'utf8')).toBe(kept());
    const pipe = join(folder.path, 'pipe', 'flagprobe');
    await mkdir(pipe, { recursive: true });
    spawnSync('mkfifo', [join(pipe, 'rdap-bootstrap.json')]);
    vi.stubEnv('XDG_CACHE_HOME', join(folder.path, 'pipe'));
    expect((await load(new Error('gone'))).server).toBe(ofShipped);
  });

  it('costs nothing when there can be none', async () => {
    vi.stubEnv('XDG_CACHE_HOME', '/dev/null');
    const text = table('new.example');
    expect(await load({ status: 200, text })).toMatchObject({
      server: 'https://new.example/',
      warnings: [],
    });
  });
});

describe('a table that the user names', () => {
  it('is the one of the package with `off`', async () => {
    expect(await load(undefined, { source: 'off' })).toMatchObject({
      server: ofShipped,
      asked: [],
    });
  });

  it('is a file of any size', async () => {
    const source = join(folder.path, 'own.json');
    await writeFile(source, table('own.example', '2001-01-01', 1));
    expect(await load(undefined, { source })).toMatchObject({
      server: 'https://own.example/',
      asked: [],
    });
  });

  it('may have a byte order mark, or be compressed', async () => {
    const source = join(folder.path, 'own.json');
    const text = table('own.example', '2001-01-01', 1);
    for (const bytes of [`\ufeff${text}`, gzipSync(text)]) {
      await writeFile(source, bytes);
      expect(await load(undefined, { source })).toMatchObject({ server: 'https://own.example/' });
    }
  });

  it.each([
    ['there is none', 'none.json', undefined, /: no such file or directory \(ENOENT\)$/],
    ['it is a folder', '', undefined, /EISDIR/],
    ['it is no table', 'page.json', '{}', /no bootstrap file of RFC 9224/],
    ['it is a web page', 'page.json', '<html>', /it is a web page/],
  ])('is a usage error when %s', async (_, name, text, reason) => {
    const source = join(folder.path, name);
    if (text !== undefined) await writeFile(source, text);
    const error = await load(undefined, { source }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'UsageError', message: expect.stringMatching(reason) });
    expect((error as Error).message).toMatch(/^Expected `rdapBootstrap` to be [^\n]*$/);
  });

  it('is asked for at its own URL', async () => {
    await writeFile(cache, kept());
    const source = 'https://mirror.example/dns.json';
    const { server, asked } = await load({ status: 200, text: table('new.example') }, { source });
    expect([server, asked]).toEqual(['https://new.example/', [[source, undefined]]]);
  });
});
