import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import type { Certificate } from './made-certificate.js';
import { findProgram } from './programs.js';
import { temporaryFolder } from './temporary-folder.js';

/** nginx on a port of 127.0.0.1, speaking TLS and HTTP/2. */
export interface Nginx extends AsyncDisposable {
  readonly port: number;
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 50_000;

/** nginx that passes every request on to a server with HTTPS, with more directives of a server. */
export async function startNginx(
  upstream: URL,
  { key, cert }: Certificate,
  directives: string,
): Promise<Nginx> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const at = (name: string) => join(folder.path, name);
  await writeFile(at('key.pem'), key);
  await writeFile(at('cert.pem'), cert);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    at('nginx.conf'),
    `daemon off; worker_processes 1; pid ${at('pid')}; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${at(kind)};`).join(' ')}
  upstream behind { server ${upstream.host}; keepalive 100; }
  server {
    listen ${HOST}:${port} ssl http2;
    ssl_certificate ${at('cert.pem')}; ssl_certificate_key ${at('key.pem')};
    ${directives}
    location / {
      proxy_pass https://behind; proxy_http_version 1.1; proxy_set_header Connection "";
    }
  }
}
`,
  );
  const child = spawn(findProgram('nginx') ?? 'nginx', ['-e', 'stderr', '-c', at('nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  // A child of nginx ends with its master, but not where that is killed.
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  const stop = async () => {
    process.off('exit', end);
    if (child.exitCode === null) {
      const gone = once(child, 'exit');
      end();
      await gone;
    }
    await folder[Symbol.asyncDispose]();
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`nginx did not come up:\n${printed}`);
    }
    await sleep(20);
  }
  return { port, [Symbol.asyncDispose]: stop };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
