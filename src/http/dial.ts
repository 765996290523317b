/** Sockets to servers: the first of their addresses that answers, TLS, and tunnels through proxies. */

import { readFileSync } from 'node:fs';
import { connect, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import * as tls from 'node:tls';
import type { buildConnector } from 'undici';
import type { HttpProxy } from './proxy.js';
import type { Undici } from './undici.js';

/** Milliseconds before the next address is tried beside those before it (RFC 8305, 5). */
const ATTEMPT_DELAY_MS = 250;

/** Small requests are written at once, and much is read at a time, as undici's own sockets do. */
const SOCKET: Omit<TcpNetConnectOpts, 'port'> & { highWaterMark: number } = {
  noDelay: true,
  keepAlive: true,
  highWaterMark: 65_536,
};

/** Milliseconds between two attempts while the process may open no more files. */
const DESCRIPTOR_WAIT_MS = 50;

export interface DialOptions {
  readonly undici: Undici;
  readonly lookup: LookupFunction;
  /** Certificates (PEM) to trust beside those that node trusts. */
  readonly ca?: string | undefined;
  /** Begins a connection (node's own). */
  readonly connect?: typeof connect;
}

/** What a socket is wanted for. */
export interface DialRequest {
  readonly url: URL;
  readonly proxy: HttpProxy | undefined;
  /** Breaks it off. */
  readonly signal: AbortSignal;
  /** Told each time that the process may open no more files: then it is tried again. */
  readonly onNoDescriptor: () => void;
}

export class Dialer {
  readonly #options: DialOptions;
  readonly #startTls: buildConnector.connector;

  constructor(options: DialOptions) {
    this.#options = options;
    const { buildConnector } = options.undici;
    // Whoever asks for the connection has a clock; a timer here would be the second.
    this.#startTls = buildConnector({ ...trust(options.ca), allowH2: false, timeout: 0 });
  }

  /** A socket on which requests for `url` can be written. Rejects with the system's error. */
  async dial(request: DialRequest): Promise<Socket> {
    const { url, proxy, signal } = request;
    if (!proxy) return this.#dialDirectly(url, request);
    if (url.protocol === 'http:') return this.#dialDirectly(proxy.url, request);
    return this.#secure(await this.#openTunnel(proxy, request), url, signal);
  }

  async #dialDirectly(url: URL, request: DialRequest): Promise<Socket> {
    const socket = await this.#openSocket(url, request);
    return url.protocol === 'https:' ? this.#secure(socket, url, request.signal) : socket;
  }

  /** Makes a tunnel (RFC 9110, 9.3.6). */
  async #openTunnel(proxy: HttpProxy, request: DialRequest): Promise<Socket> {
    const { url, signal } = request;
    // The client that is loaded otherwise has no CONNECT of its own.
    const { Client } = await import('undici');
    const client = new Client(proxy.url.origin, {
      connect: (_options, callback) => {
        this.#dialDirectly(proxy.url, request).then(
          (socket) => callback(null, socket),
          (error) => callback(error, null),
        );
      },
    });
    const path = `${url.hostname}:${url.port || 443}`;
    const { authorization } = proxy;
    const login = authorization === undefined ? {} : { 'proxy-authorization': authorization };
    const headers = { host: path, ...login };
    try {
      const { socket, statusCode } = await client.connect({ path, headers, signal });
      if (statusCode >= 200 && statusCode < 300) return socket as Socket;
      socket.destroy();
      throw new Error(`the proxy answered ${statusCode}`);
    } finally {
      // Its socket is no longer its own; in one of its own callbacks it could not be closed.
      setImmediate(() => client.destroy().catch(() => {}));
    }
  }

  #secure(socket: Socket, url: URL, signal: AbortSignal): Promise<Socket> {
    const { protocol, host } = url;
    const hostname = bare(url.hostname);
    return new Promise((resolve, reject) => {
      const target = { protocol, host, hostname, port: url.port || '443', httpSocket: socket };
      const onAbort = () => secured?.destroy(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const onMade: buildConnector.Callback = (...[error, made]) => {
        signal.removeEventListener('abort', onAbort);
        if (error) reject(error);
        else resolve(made);
      };
      const secured = this.#startTls(target, onMade) as unknown as Socket;
      if (signal.aborted) onAbort();
    });
  }

  async #openSocket(url: URL, { signal, onNoDescriptor }: DialRequest): Promise<Socket> {
    const host = bare(url.hostname);
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    for (;;) {
      try {
        const addresses = isIP(host) ? [host] : await this.#addressesOf(host);
        signal.throwIfAborted();
        const { connect: begin = connect } = this.#options;
        return await openFirst(addresses, (host) => begin({ ...SOCKET, host, port }), signal);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
        onNoDescriptor();
        await delay(DESCRIPTOR_WAIT_MS, undefined, { signal });
      }
    }
  }

  #addressesOf(host: string): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.#options.lookup(host, { all: true }, (error, found) => {
        if (error) reject(error);
        else resolve((found as { address: string }[]).map(({ address }) => address));
      });
    });
  }
}

/**
 * A socket to the first address that answers (RFC 8305): each is tried a moment after the one before,
 * or at once when that failed, and none is given up before one stands. Rejects with the error of the
 * last if all fail.
 */
function openFirst(
  addresses: readonly string[],
  begin: (address: string) => Socket,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const attempts = new Set<Socket>();
    let next = 0;
    let timer: NodeJS.Timeout | undefined;
    const end = (winner?: Socket) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      for (const socket of attempts) if (socket !== winner) socket.destroy();
    };
    const onAbort = () => {
      end();
      reject(signal.reason);
    };
    const start = () => {
      clearTimeout(timer);
      const socket = begin(addresses[next++] as string);
      attempts.add(socket);
      const onError = (error: Error) => {
        attempts.delete(socket);
        if (next < addresses.length) start();
        else if (attempts.size === 0) {
          end();
          reject(error);
        }
      };
      socket.once('error', onError).once('connect', () => {
        socket.off('error', onError);
        end(socket);
        resolve(socket);
      });
      if (next < addresses.length) timer = setTimeout(start, ATTEMPT_DELAY_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    start();
  });
}

/** What makes TLS trust `ca` beside what it trusts anyway. */
function trust(ca: string | undefined): { secureContext?: tls.SecureContext } {
  if (ca === undefined) return {};
  // As an option, `ca` would replace the certificates that node trusts; to list those beside it means
  // to parse them all again, which takes 50 ms.
  const secureContext = tls.createSecureContext();
  for (const pem of [extraCertificates(), ca]) {
    if (pem.includes('CERTIFICATE')) secureContext.context.addCACert(pem);
  }
  return { secureContext };
}

/** Before node 22.15 the certificates of NODE_EXTRA_CA_CERTS are lost when others are added. */
function extraCertificates(): string {
  try {
    return readFileSync(process.env.NODE_EXTRA_CA_CERTS ?? '', 'utf8');
  } catch {
    // A file that cannot be read was node's to complain about, at its start.
    return '';
  }
}

/** An IPv6 address without the brackets that it has in a URL. */
function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
