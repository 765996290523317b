import { once } from 'node:events';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTls, type TLSSocket } from 'node:tls';
import type { Certificate } from './made-certificate.js';

/** What the encrypted ports of a scripted server have seen. */
export interface SecureFronts extends AsyncDisposable {
  /** As `resolvers` takes them. */
  readonly tls: string;
  readonly https: string;
  /** TLS connections that were made, of both kinds, and those of them that resumed a session. */
  readonly handshakes: number;
  readonly resumed: number;
  /** ALPN of each connection. */
  readonly protocols: readonly (string | false | null)[];
  /** `POST /dns-query HTTP/2.0`, for each request. */
  readonly requests: readonly string[];
}

export interface FrontsOptions {
  readonly certificate: Certificate;
  /** The HTTPS port does not speak HTTP/2. */
  readonly isOld?: boolean;
}

/** What speaks DNS: a byte stream, or one question and the way to answer it. */
export interface Backs {
  stream(socket: Socket): void;
  request(body: Buffer, response: Http2ServerResponse, connection: number): void;
}

/** Two more ports for a scripted server: its stream inside TLS, and DNS over HTTPS. */
export async function openFronts(
  { certificate, isOld = false }: FrontsOptions,
  backs: Backs,
): Promise<SecureFronts> {
  const sockets = new Set<Socket>();
  const protocols: (string | false | null)[] = [];
  const requests: string[] = [];
  const numbers = new WeakMap<object, number>();
  let handshakes = 0;
  let resumed = 0;
  const count = (socket: TLSSocket) => {
    handshakes++;
    numbers.set(socket, handshakes);
    if (socket.isSessionReused()) resumed++;
    protocols.push(socket.alpnProtocol);
    socket.on('error', () => {});
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const onRequest = (request: Http2ServerRequest, response: Http2ServerResponse) => {
    requests.push(`${request.method} ${request.url} HTTP/${request.httpVersion}`);
    const body: Buffer[] = [];
    const connection = handshakes;
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => body.push(chunk));
    request.on('end', () => {
      // A request that is broken off ends as well.
      if (body.length > 0) backs.request(Buffer.concat(body), response, connection);
    });
  };
  const tls = createTls({ ...certificate, ALPNProtocols: ['dot'] }, (socket) => {
    count(socket);
    backs.stream(socket);
  });
  // The request and response of node:https do all that is asked of those of HTTP/2 here.
  const https = isOld
    ? createHttps(certificate, onRequest as never)
    : createSecureServer({ ...certificate, allowHTTP1: true }, onRequest);
  https.on('secureConnection', count);
  const servers: Server[] = [tls, https as unknown as Server];
  return {
    tls: `127.0.0.1:${await listen(tls)}`,
    https: `https://127.0.0.1:${await listen(https as unknown as Server)}/dns-query`,
    protocols,
    requests,
    get handshakes() {
      return handshakes;
    },
    get resumed() {
      return resumed;
    },
    [Symbol.asyncDispose]: () => closeAll(servers, sockets),
  };
}

/** Listens on a free port and gives it. */
async function listen(server: Server): Promise<number> {
  // A client that does not trust the certificate is no error of the server.
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function closeAll(servers: readonly Server[], sockets: ReadonlySet<Socket>): Promise<void> {
  for (const server of servers) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
  await Promise.all(servers.filter(({ listening }) => listening).map((s) => once(s, 'close')));
}
