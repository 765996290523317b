import { type NameServer, startNameServer } from './name-server.js';

/** unbound, which resolves one zone at the server that has it. */
export function startUnbound(origin: string, authority: NameServer): Promise<NameServer> {
  return startNameServer({
    program: 'unbound',
    origin,
    files: (folder, port) => ({
      'unbound.conf': `
server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  interface: 127.0.0.1
  port: ${port}
  do-ip6: no
  do-daemonize: no
  use-syslog: no
  num-threads: 1
  module-config: "iterator"
  do-not-query-localhost: no
stub-zone:
  name: "${origin}"
  stub-addr: ${authority.host}@${authority.port}
remote-control:
  control-enable: no
`,
    }),
    args: (folder) => ['-d', '-p', '-c', `${folder}/unbound.conf`],
  });
}
