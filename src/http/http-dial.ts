/** Sockets for HTTP in the clear, and when those with TLS are loaded. */

import { connect, type LookupFunction, type Socket } from 'node:net';
import type { Dial } from './http-connection.js';
import type { HttpProxy } from './proxy.js';

export interface DialOptions {
  readonly lookup: LookupFunction;
  /** Certificates (PEM) that are trusted beside those that node trusts. */
  readonly ca: string | undefined;
}

/** Sockets to the host of a URL: through the proxy if it is an https one and there is a proxy. */
export function dialTo(url: URL, proxy: HttpProxy | undefined, options: DialOptions): Dial {
  if (url.protocol !== 'https:') return dialClear(url, options);
  // TLS brings all of crypto along, which a download in the clear has no use for.
  return later(
    import('./http-dial-tls.js').then(({ dialTls, dialTunnel }) =>
      proxy ? dialTunnel(url, proxy, options) : dialTls(url, options),
    ),
  );
}

function dialClear(url: URL, { lookup }: DialOptions): Dial {
  const to = { ...hostAndPort(url), lookup };
  return (read, made) => whenMade(connect({ ...to, onread: reading(read) }), 'connect', made);
}

function later(loading: Promise<Dial>): Dial {
  return (read, made) => {
    let isBroken = false;
    let breakOff = () => {
      isBroken = true;
    };
    loading.then((dial) => {
      if (!isBroken) breakOff = dial(read, made);
    }, made);
    return () => breakOff();
  };
}

export function hostAndPort({ protocol, hostname, port }: URL): { host: string; port: number } {
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || usual) };
}

/**
 * What all sockets read into: each is done with it before another reads. Node would make a buffer for
 * each read, larger than most answers.
 */
const buffer = Buffer.allocUnsafeSlow(65_536);

/** For `onread`, which is how node is told not to make a buffer for each read. */
export function reading(read: (bytes: Buffer, length: number) => void) {
  const callback = (length: number, bytes: Uint8Array): boolean => {
    read(bytes as Buffer, length);
    return true;
  };
  return { buffer, callback };
}

/** Calls `made` once, when the socket stands or failed; gives what breaks it off. */
export function whenMade(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  made: (error: Error | undefined, socket?: Socket) => void,
): () => void {
  const onClose = () => made(new Error('the connection was closed before it stood'));
  socket
    .on('error', made)
    .once('close', onClose)
    .once(event, () => {
      socket.off('error', made).off('close', onClose);
      made(undefined, socket);
    });
  return () => socket.destroy();
}
