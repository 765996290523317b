import { startNameServer } from './name-server.js';

/**
 * @typedef {object} KnotOptions
 * @property {number} [workers] threads for UDP, and as many for TCP (1)
 * @property {readonly string[]} [hosts] addresses of loopback to listen on; 127.0.0.1 has to be one
 * @property {readonly string[]} [also] `address@port` to listen on as well
 * @property {number} [responsesPerSecond] to one network, where that is limited; every second response
 *   above it is truncated, the others are dropped
 * @property {Readonly<Record<string, string>>} [zones] further zones: their text by origin
 */

/**
 * Knot DNS, authoritative for a zone, or several.
 * @param {string} origin
 * @param {string} zone the text of the zone file
 * @param {KnotOptions} [options]
 */
export function startKnot(origin, zone, options = {}) {
  const { workers = 1, hosts = ['127.0.0.1'], also = [], zones = {}, responsesPerSecond } = options;
  const all = Object.entries({ [origin]: zone, ...zones });
  return startNameServer({
    program: 'knotd',
    origin,
    files: (folder, port) => ({
      ...Object.fromEntries(all.map(([, text], i) => [`zone${i}`, text])),
      'knot.conf': `
server:
    listen: [${[...hosts.map((host) => `${host}@${port}`), ...also].join(', ')}]
    rundir: ${folder}
    udp-workers: ${workers}
    tcp-workers: ${workers}
    background-workers: 1
database:
    storage: ${folder}
${responsesPerSecond === undefined ? '' : limitBlock(responsesPerSecond)}log:
  - target: stderr
    any: warning
zone:
${all.map(([domain], i) => zoneBlock(domain, `${folder}/zone${i}`)).join('')}`,
    }),
    args: (folder) => ['-c', `${folder}/knot.conf`],
  });
}

/** @param {number} responsesPerSecond */
const limitBlock = (responsesPerSecond) => `mod-rrl:
  - id: default
    rate-limit: ${responsesPerSecond}
    slip: 2
template:
  - id: default
    global-module: mod-rrl/default
`;

/** @param {string} domain @param {string} file */
const zoneBlock = (domain, file) => `  - domain: ${domain}
    file: ${file}
    zonefile-sync: -1
    journal-content: none
`;
