import { type NameServer, startNameServer } from './name-server.js';

/** BIND, authoritative for one zone. */
export function startBind(origin: string, zone: string): Promise<NameServer> {
  return startNameServer({
    program: 'named',
    origin,
    files: (folder, port) => ({
      zone,
      'named.conf': `
options {
  directory "${folder}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  recursion no;
  check-names primary ignore;
};
controls {};
zone "${origin}" { type primary; file "zone"; };
`,
    }),
    args: (folder) => ['-g', '-n', '1', '-c', `${folder}/named.conf`],
  });
}
