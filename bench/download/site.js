/** Small files, and the nginx that serves them. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.js';
import { flag } from '../../test/support/hard-cases.js';
import { findProgram } from '../../test/support/programs.js';
import { start } from '../shared/measure.js';

/**
 * Writes images of 1 to 16 KB, the sizes always the same, and gives their names.
 * @param {string} folder
 * @param {number} count
 */
export function writeSite(folder, count) {
  mkdirSync(join(folder, 'site'));
  const names = Array.from({ length: count }, (_, i) => `${String(i).padStart(6, '0')}.gif`);
  for (const [i, name] of names.entries()) {
    const size = 1024 + ((i * 7919) % 15_361);
    const image = Buffer.concat([flag.subarray(0, 42), randomBytes(size - 42)]);
    writeFileSync(join(folder, 'site', name), image);
  }
  return names;
}

/** A certificate for localhost, signed by itself. @param {string} folder */
export function writeCertificate(folder) {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const what = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const who = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = ['req', ...what, ...who, '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return { path: cert, cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/**
 * Starts nginx on a free port of 127.0.0.1.
 * @param {string} folder
 * @param {string} location what it does with a request, as nginx wants it said
 * @param {boolean} [isSecure] with the certificate that is in the folder
 */
export async function startNginx(folder, location, isSecure = false) {
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/tmp-${name};`)
    .join(' ');
  const tls = isSecure
    ? `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;`
    : '';
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
     events { worker_connections 4096; }
     http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
       types { image/gif gif; } ${temporary}
       server { listen 127.0.0.1:${port}${isSecure ? ' ssl' : ''}; ${tls} ${location} } }`,
  );
  const child = start([findProgram('nginx') ?? 'nginx', '-c', join(folder, 'nginx.conf')]);
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries > 200) throw new Error('nginx did not come up');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { port, child };
}

/** @param {number} port @returns {Promise<boolean>} */
function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}
