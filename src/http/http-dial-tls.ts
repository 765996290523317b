/** Sockets for HTTP with TLS, directly or through a proxy. */

import { isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  rootCertificates,
  type SecureContext,
} from 'node:tls';
import type { Dial } from './http-connection.js';
import { type DialOptions, hostAndPort, reading, whenMade } from './http-dial.js';
import type { HttpProxy } from './proxy.js';
import { openTunnel } from './tunnel.js';

/** Sockets to the host of an https URL. */
export function dialTls(url: URL, options: DialOptions): Dial {
  const to = { ...hostAndPort(url), lookup: options.lookup };
  const tls = new TlsOptions(to.host, options);
  return (read, made) => {
    const all = { ...tls.forNext, ...to, onread: reading(read) };
    return whenMade(tls.noted(connect(all)), 'secureConnect', made);
  };
}

/** Sockets to the host of an https URL through a proxy (RFC 9110, 9.3.6). */
export function dialTunnel(url: URL, proxy: HttpProxy, options: DialOptions): Dial {
  const { host, port } = hostAndPort(url);
  const tls = new TlsOptions(host, options);
  return (read, made) => {
    const target = `${url.hostname}:${port}`;
    let breakOff = openTunnel(proxy, target, trusted(options), (error, tunnel) => {
      if (error || !tunnel) return made(error ?? undefined);
      // `onread` is for sockets that node makes itself.
      const socket = tls.noted(connect({ ...tls.forNext, host, socket: tunnel }));
      socket.on('data', (bytes: Buffer) => read(bytes, bytes.length));
      breakOff = whenMade(socket, 'secureConnect', made);
    });
    return () => breakOff();
  };
}

/** To read all certificates takes many times what a connection takes. */
const contexts = new WeakMap<DialOptions, SecureContext>();

/** What trusts the certificates that were given as well. */
function trusted(options: DialOptions): { readonly secureContext?: SecureContext } {
  const { ca } = options;
  if (ca === undefined) return {};
  const known = contexts.get(options);
  const secureContext = known ?? createSecureContext({ ca: [...rootCertificates, ca] });
  contexts.set(options, secureContext);
  return { secureContext };
}

/** What every TLS connection to one host is opened with. */
class TlsOptions {
  readonly #common: ConnectionOptions;
  /** The last session: the next connection begins where it ended (RFC 8446, 2.2). */
  #session: Buffer | undefined;

  constructor(host: string, options: DialOptions) {
    this.#common = {
      // SNI carries names only (RFC 6066, 3).
      servername: isIP(host) ? '' : host,
      ALPNProtocols: ['http/1.1'],
      ...trusted(options),
    };
  }

  get forNext(): ConnectionOptions {
    return this.#session ? { ...this.#common, session: this.#session } : this.#common;
  }

  noted<S extends Socket>(socket: S): S {
    return socket.on('session', (session: Buffer) => {
      this.#session = session;
    });
  }
}
