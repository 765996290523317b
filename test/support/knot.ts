import { type NameServer, startNameServer } from './name-server.js';

/** Knot DNS, authoritative for one zone. */
export function startKnot(origin: string, zone: string): Promise<NameServer> {
  return startNameServer({
    program: 'knotd',
    origin,
    files: (folder, port) => ({
      zone,
      'knot.conf': `
server:
    listen: 127.0.0.1@${port}
    rundir: ${folder}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: ${folder}
log:
  - target: stderr
    any: warning
zone:
  - domain: ${origin}
    file: ${folder}/zone
    zonefile-sync: -1
    journal-content: none
`,
    }),
    args: (folder) => ['-c', `${folder}/knot.conf`],
  });
}
