import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DownloadResult } from '../../src/core/model.js';
import { downloadMany } from '../../src/download/downloader.js';
import { certificate, certificateKey } from '../support/certificate.js';
import { freePort } from '../support/free-port.js';
import { openHttpServer } from '../support/http-server.js';
import { gif } from '../support/images.js';
import { lacks } from '../support/installed.js';
import { startProgram } from '../support/listening-program.js';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

saveInOneThread();

/** How each proxy is told what to do: a file, and the arguments that name it. */
const proxies = {
  squid: {
    conf: (port: number, folder: string) => `http_port 127.0.0.1:${port}
      http_access allow all
      cache deny all
      pid_filename ${folder}/pid
      access_log none
      cache_log ${folder}/log
      coredump_dir ${folder}
      shutdown_lifetime 0 seconds
      via on`,
    args: (conf: string) => ['-N', '-f', conf],
  },
  tinyproxy: {
    conf: (port: number) => `Port ${port}
Listen 127.0.0.1
Timeout 60
Allow 127.0.0.1
LogLevel Error`,
    args: (conf: string) => ['-d', '-c', conf],
  },
};

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
  // A proxy that root starts becomes another user.
  await chmod(folder.path, 0o777);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

async function download(urls: readonly string[]): Promise<DownloadResult[]> {
  const results: DownloadResult[] = [];
  const ca = join(folder.path, 'ca.pem');
  await writeFile(ca, certificate);
  const options = { dir: join(folder.path, 'files'), ca, retries: 0 };
  for await (const result of downloadMany(urls, options)) results.push(result);
  return results;
}

/** A server with HTTPS, and the ports that its connections came from. */
async function openTlsServer() {
  const peers: (number | undefined)[] = [];
  const server = createServer({ cert: certificate, key: certificateKey }, (_request, response) =>
    response.end(gif),
  );
  server.on('connection', (socket: Socket) => peers.push(socket.remotePort));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  const { port } = server.address() as AddressInfo;
  return { url: `https://localhost:${port}`, peers, [Symbol.asyncDispose]: close };
}

describe.each(Object.entries(proxies))('through %s', (name, { conf, args }) => {
  it.skipIf(lacks(name))('http and https are fetched, and a dead one is an error', async () => {
    await using plain = await openHttpServer((_request, response) => response.end(gif));
    await using secure = await openTlsServer();
    const port = await freePort();
    const path = join(folder.path, 'conf');
    await writeFile(path, conf(port, folder.path));
    const urls = [`${plain.url}/1.gif`, `${secure.url}/2.gif`, `${plain.url}/3.gif`];
    // `all_proxy` counts where no other is named.
    for (const one of ['http_proxy', 'https_proxy', 'no_proxy']) {
      vi.stubEnv(one, '');
      vi.stubEnv(one.toUpperCase(), '');
    }
    vi.stubEnv('all_proxy', `http://127.0.0.1:${port}`);
    {
      await using _proxy = await startProgram(name, args(path), { port });
      const results = await download(urls);
      expect(results.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    }
    expect(plain.requests).toHaveLength(2);
    for (const { headers } of plain.requests) expect(headers.via).toContain(name);
    expect(secure.peers).toHaveLength(1);

    const [dead] = await download([`${plain.url}/4.gif`]);
    expect(dead).toMatchObject({ status: 'error', reason: 'network' });
    expect(plain.requests).toHaveLength(2);
    vi.stubEnv('no_proxy', '127.0.0.0/8');
    const [direct] = await download([`${plain.url}/5.gif`]);
    expect(direct).toMatchObject({ status: 'ok' });
    expect(plain.requests.at(-1)?.headers).not.toHaveProperty('via');
  });
});
