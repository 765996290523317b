import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:12345`. */
  readonly url: string;
  /** `127.0.0.1:12345`. */
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  /** The most requests that were at work at once. */
  readonly mostInFlight: number;
  /** Requests whose client left before the end of the answer. */
  readonly leftWaiting: number;
  /** Connections that are open now. */
  readonly openConnections: number;
}

/** Answers a request; `number` counts the requests of the server, from 0. */
export type Script = (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** An HTTP server on a free port of the loopback that does what the test says. */
export async function openHttpServer(script: Script): Promise<HttpServer> {
  const requests: SeenRequest[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  let leftWaiting = 0;
  let openConnections = 0;
  const server = createServer((request, response) => {
    const { url: path = '', headers } = request;
    requests.push({ path, headers, at: performance.now() });
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    response.once('close', () => {
      inFlight -= 1;
      if (!response.writableFinished) leftWaiting += 1;
    });
    script(request, response, requests.length - 1);
  });
  server.on('connection', (socket) => {
    openConnections += 1;
    socket.once('close', () => {
      openConnections -= 1;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    requests,
    get mostInFlight() {
      return mostInFlight;
    },
    get leftWaiting() {
      return leftWaiting;
    },
    get openConnections() {
      return openConnections;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
