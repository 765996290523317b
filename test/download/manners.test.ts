import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DownloadResult } from '../../src/core/model.js';
import { UsageError } from '../../src/core/usage-error.js';
import { downloadMany } from '../../src/download/downloader.js';
import type { DownloadOptions } from '../../src/download/options.js';
import { certificate, certificateKey } from '../support/certificate.js';
import { openHttpServer, type Script } from '../support/http-server.js';
import { gif } from '../support/images.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    vi.stubEnv(name, '');
    vi.stubEnv(name.toUpperCase(), '');
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

async function download(url: string, options: DownloadOptions = {}): Promise<DownloadResult> {
  for await (const result of downloadMany([url], { dir: folder.path, retries: 0, ...options })) {
    return result;
  }
  throw new Error('There was no result');
}

const withFlag: Script = (_request, response) => response.end(gif);

describe('a request', () => {
  it('says who asks, with version and address', async () => {
    await using server = await openHttpServer(withFlag);
    await download(`${server.url}/x.gif`);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(server.requests[0]?.headers['user-agent']).toBe(`flagprobe/${version}`);
  });

  it('carries the headers that were given, ours replaced, but not to another origin', async () => {
    await using other = await openHttpServer(withFlag);
    await using server = await openHttpServer((_request, response, number) =>
      response.writeHead(302, { location: number === 0 ? '/again' : other.url }).end(),
    );
    const headers = ['X-Key: secret', 'User-Agent:me', 'Cookie: a=b'];
    expect(await download(`${server.url}/x.gif`, { headers })).toMatchObject({ status: 'ok' });
    const seen = [...server.requests, ...other.requests].map(({ headers }) => [
      headers['x-key'],
      headers['user-agent'],
      headers.cookie,
    ]);
    expect(seen.slice(0, 2)).toEqual(Array(2).fill(['secret', 'me', 'a=b']));
    expect(seen[2]).toEqual([undefined, expect.stringMatching(/^flagprobe\//), undefined]);
  });

  it.each(['no colon', 'Bad Name: x', ': x', 'X: a\nb: c', 'Connection: close', 'Range: bytes=0-'])(
    'takes no header %j',
    async (header) => {
      const opening = download('http://127.0.0.1:9/', { headers: [header] });
      await expect(opening).rejects.toThrow(UsageError);
      await expect(opening).rejects.toThrow(
        'Expected `headers` to be a list of lines such as "Referer: ',
      );
    },
  );
});

/** An HTTPS server for `localhost`, with the certificate of the tests. */
async function openTlsServer() {
  const server = createServer({ cert: certificate, key: certificateKey }, (_request, response) =>
    response.end(gif),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('TLS', () => {
  it('is trusted with the certificates given, and only for the name in them', async () => {
    await using server = await openTlsServer();
    const ca = join(folder.path, 'ca.pem');
    await writeFile(ca, certificate);
    const [right, wrong] = ['localhost', '127.0.0.1'].map(
      (host) => `https://${host}:${server.port}`,
    );
    const untrusted = await download(right as string);
    expect(untrusted).toMatchObject({
      ...{ status: 'error', reason: 'tls' },
      message: expect.stringMatching(/; --ca trusts more certificates$/),
    });
    expect(await download(right as string, { ca })).toMatchObject({ status: 'ok' });
    expect(await download(wrong as string, { ca, retries: 3 })).toMatchObject({
      status: 'error',
      reason: 'tls',
      attempts: 1,
    });
  });

  it.each([
    ['/no/such/file', 'got `/no/such/file`: no such file or directory (ENOENT)'],
    [new URL(import.meta.url).pathname, 'no certificate can be read in it'],
  ])('takes no certificates from %s', async (ca, code) => {
    const opening = download('https://localhost', { ca });
    await expect(opening).rejects.toThrow('Expected `ca` to be a file of certificates (PEM)');
    await expect(opening).rejects.toThrow(code);
  });
});

/** A proxy that does what it is asked to, and writes down what that was. */
async function openProxy() {
  const asked: string[] = [];
  const logins: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url} for ${request.headers.host}`);
    logins.push(request.headers['proxy-authorization']);
    response.end(gif);
  });
  server.on('connect', ({ url = '', headers }, socket) => {
    asked.push(`CONNECT ${url}`);
    logins.push(headers['proxy-authorization']);
    if (url.startsWith('forbidden')) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const target = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target]) end.on('error', () => {});
    return socket;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    asked,
    logins,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a proxy of the environment', () => {
  it('is asked with the whole URL for http, with its own login and none for the server', async () => {
    await using proxy = await openProxy();
    vi.stubEnv('http_proxy', `http://me:p%40ss@${proxy.host}`);
    expect(await download('http://flags.test/br.gif?a=1')).toMatchObject({
      status: 'ok',
      url: 'http://flags.test/br.gif?a=1',
    });
    expect(proxy.asked).toEqual(['GET http://flags.test/br.gif?a=1 for flags.test']);
    expect(proxy.logins).toEqual([`Basic ${btoa('me:p@ss')}`]);
  });

  it('makes a tunnel for https, and the certificate is that of the server', async () => {
    await using server = await openTlsServer();
    await using proxy = await openProxy();
    vi.stubEnv('https_proxy', `http://me:secret@${proxy.host}`);
    const ca = join(folder.path, 'ca.pem');
    await writeFile(ca, certificate);
    const right = `https://localhost:${server.port}/x.gif`;
    expect(await download(right, { ca })).toMatchObject({ status: 'ok' });
    expect(proxy.asked).toEqual([`CONNECT localhost:${server.port}`]);
    expect(proxy.logins).toEqual([`Basic ${btoa('me:secret')}`]);
    expect(await download(right)).toMatchObject({ status: 'error', reason: 'tls' });
    expect(await download('https://forbidden.test/')).toMatchObject({
      status: 'error',
      reason: 'network',
      message: 'the proxy answered 403',
    });
  });

  it.each(['*', '127.0.0.1', 'example.org, 127.0.0.1:PORT'])(
    'is passed by where no_proxy says %s',
    async (exempt) => {
      await using server = await openHttpServer(withFlag);
      vi.stubEnv('http_proxy', 'http://127.0.0.1:9');
      vi.stubEnv('no_proxy', exempt.replace('PORT', server.host.split(':')[1] as string));
      expect(await download(`${server.url}/x.gif`)).toMatchObject({ status: 'ok' });
    },
  );

  it('that we cannot ask is a usage error, and its login is not shown', async () => {
    vi.stubEnv('https_proxy', 'socks5://me:secret@127.0.0.1:9');
    const message =
      'Expected `https_proxy` to be the http(s) URL of a proxy, got `socks5://127.0.0.1:9`; SOCKS is not supported';
    await expect(download('http://flags.test/')).rejects.toThrow(new UsageError(message));
  });

  it('is not asked for the servers inside', async () => {
    vi.stubEnv('http_proxy', 'http://127.0.0.1:9');
    expect(await download('br', { server: 'local' })).toMatchObject({ status: 'ok' });
    expect(await download('http://flags.test/')).toMatchObject({ reason: 'network' });
  });
});
