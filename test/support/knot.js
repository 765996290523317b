import { startNameServer } from './name-server.js';

/**
 * @typedef {object} KnotOptions
 * @property {number} [workers] threads for UDP, and as many for TCP (1)
 * @property {readonly string[]} [hosts] addresses of loopback to listen on; 127.0.0.1 has to be one
 * @property {readonly string[]} [also] `address@port` to listen on as well
 */

/**
 * Knot DNS, authoritative for one zone.
 * @param {string} origin
 * @param {string} zone the text of the zone file
 * @param {KnotOptions} [options]
 */
export function startKnot(origin, zone, options = {}) {
  const { workers = 1, hosts = ['127.0.0.1'], also = [] } = options;
  return startNameServer({
    program: 'knotd',
    origin,
    files: (folder, port) => ({
      zone,
      'knot.conf': `
server:
    listen: [${[...hosts.map((host) => `${host}@${port}`), ...also].join(', ')}]
    rundir: ${folder}
    udp-workers: ${workers}
    tcp-workers: ${workers}
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
