import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { startProgram } from './listening-program.js';
import type { Certificate } from './made-certificate.js';
import { temporaryFolder } from './temporary-folder.js';

/** nginx on a port of 127.0.0.1, speaking TLS and HTTP/2. */
export interface Nginx extends AsyncDisposable {
  readonly port: number;
}

const HOST = '127.0.0.1';

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
  const program = await startProgram('nginx', ['-e', 'stderr', '-c', at('nginx.conf')], { port });
  return {
    port,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
