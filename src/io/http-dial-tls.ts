/** Sockets for HTTP with TLS, directly or through a proxy. */

import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect, rootCertificates } from 'node:tls';
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
    let breakOff = openTunnel(proxy, `${url.hostname}:${port}`, (error, tunnel) => {
      if (error || !tunnel) return made(error ?? undefined);
      // `onread` is for sockets that node makes itself.
      const socket = tls.noted(connect({ ...tls.forNext, host, socket: tunnel }));
      socket.on('data', (bytes: Buffer) => read(bytes, bytes.length));
      breakOff = whenMade(socket, 'secureConnect', made);
    });
    return () => breakOff();
  };
}

/** What every TLS connection to one host is opened with. */
class TlsOptions {
  readonly #common: ConnectionOptions;
  /** The last session: the next connection begins where it ended (RFC 8446, 2.2). */
  #session: Buffer | undefined;

  constructor(host: string, { ca }: DialOptions) {
    this.#common = {
      // SNI carries names only (RFC 6066, 3).
      servername: isIP(host) ? '' : host,
      ALPNProtocols: ['http/1.1'],
      ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
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
