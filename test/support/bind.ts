import { freePort } from './free-port.js';
import type { Certificate } from './made-certificate.js';
import { type NameServer, type SecureNameServer, startNameServer } from './name-server.js';

/**
 * BIND, authoritative for one zone.
 *
 * @param options how often it gives the same client the same answer in a second, if it limits that
 */
export function startBind(
  origin: string,
  zone: string,
  { responsesPerSecond }: { readonly responsesPerSecond?: number } = {},
): Promise<NameServer> {
  const more =
    responsesPerSecond === undefined
      ? ''
      : `
  rate-limit { responses-per-second ${responsesPerSecond}; slip 2; };`;
  return start(origin, zone, { block: '', more, files: {} });
}

/** BIND that also speaks TLS and HTTPS. */
export async function startSecureBind(
  origin: string,
  zone: string,
  { key, cert }: Certificate,
): Promise<SecureNameServer> {
  const [tlsPort, httpsPort] = [await freePort(), await freePort()];
  const block = 'tls own { key-file "key.pem"; cert-file "cert.pem"; };';
  const more = `
  listen-on port ${tlsPort} tls own { 127.0.0.1; };
  listen-on port ${httpsPort} tls own http default { 127.0.0.1; };`;
  const files = { 'key.pem': key, 'cert.pem': cert };
  const server = await start(origin, zone, { block, more, files });
  return { ...server, tlsPort, httpsPort };
}

interface BindConfiguration {
  /** Before the options. */
  readonly block: string;
  /** Among the options. */
  readonly more: string;
  readonly files: Readonly<Record<string, string>>;
}

function start(
  origin: string,
  zone: string,
  { block, more, files }: BindConfiguration,
): Promise<NameServer> {
  return startNameServer({
    program: 'named',
    origin,
    files: (folder, port) => ({
      ...files,
      zone,
      'named.conf': `${block}
options {
  directory "${folder}";
  listen-on port ${port} { 127.0.0.1; };${more}
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
