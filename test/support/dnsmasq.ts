import { type NameServer, startNameServer } from './name-server.js';

/** dnsmasq, which forwards everything to the server that has the zone. */
export function startDnsmasq(origin: string, authority: NameServer): Promise<NameServer> {
  return startNameServer({
    program: 'dnsmasq',
    origin,
    files: () => ({ 'dnsmasq.conf': '' }),
    args: (folder, port) => [
      '--keep-in-foreground',
      '--user=root',
      '--group=root',
      `--conf-file=${folder}/dnsmasq.conf`,
      '--pid-file',
      '--log-facility=-',
      '--no-hosts',
      '--no-resolv',
      '--bind-interfaces',
      '--listen-address=127.0.0.1',
      `--port=${port}`,
      `--server=${authority.host}#${authority.port}`,
    ],
  });
}
