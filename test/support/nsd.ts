import { startNameServer } from './name-server.js';

/** NSD, authoritative for these zones: their text by origin. It answers without a limit. */
export function startNsd(zones: Readonly<Record<string, string>>) {
  const origins = Object.keys(zones);
  return startNameServer({
    program: 'nsd',
    origin: origins[0] as string,
    files: (folder, port) => ({
      ...Object.fromEntries(Object.values(zones).map((text, i) => [`zone${i}`, text])),
      'nsd.conf': `
server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  xfrdfile: ""
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  server-count: 1
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
${origins.map((origin, i) => `zone:\n  name: "${origin}"\n  zonefile: "zone${i}"`).join('\n')}
`,
    }),
    args: (folder) => ['-d', '-c', `${folder}/nsd.conf`],
  });
}
