import { freePort } from './free-port.js';
import type { Certificate } from './made-certificate.js';
import { type NameServer, type SecureNameServer, startNameServer } from './name-server.js';

/** unbound, which resolves one zone at the server that has it. */
export function startUnbound(origin: string, authority: NameServer): Promise<NameServer> {
  return start(origin, authority, '', {});
}

/** unbound that also speaks TLS and HTTPS. */
export async function startSecureUnbound(
  origin: string,
  authority: NameServer,
  { key, cert }: Certificate,
): Promise<SecureNameServer> {
  const [tlsPort, httpsPort] = [await freePort(), await freePort()];
  const lines = `
  interface: 127.0.0.1@${tlsPort}
  interface: 127.0.0.1@${httpsPort}
  tls-port: ${tlsPort}
  https-port: ${httpsPort}
  tls-service-key: key.pem
  tls-service-pem: cert.pem`;
  const server = await start(origin, authority, lines, { 'key.pem': key, 'cert.pem': cert });
  return { ...server, tlsPort, httpsPort };
}

function start(
  origin: string,
  authority: NameServer,
  lines: string,
  files: Record<string, string>,
): Promise<NameServer> {
  return startNameServer({
    program: 'unbound',
    origin,
    files: (folder, port) => ({
      ...files,
      'unbound.conf': `
server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  interface: 127.0.0.1
  port: ${port}${lines}
  do-ip6: no
  do-daemonize: no
  use-syslog: no
  num-threads: 1
  module-config: "iterator"
  do-not-query-localhost: no
forward-zone:
  name: "${origin}"
  forward-addr: ${authority.host}@${authority.port}
remote-control:
  control-enable: no
`,
    }),
    args: (folder) => ['-d', '-p', '-c', `${folder}/unbound.conf`],
  });
}
