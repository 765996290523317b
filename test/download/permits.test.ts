import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { expect, it } from 'vitest';
import { fetchImage } from '../../src/download/fetch-image.js';
import { HeadersByOrigin } from '../../src/download/headers-by-origin.js';
import { Job } from '../../src/download/job.js';
import { RequestQueue } from '../../src/download/request-queue.js';
import { openAgent } from '../../src/http/agent.js';
import { ByteBudget } from '../../src/storage/byte-budget.js';
import { certificate, certificateKey } from '../support/certificate.js';
import { gate } from '../support/gate.js';
import { gif } from '../support/images.js';

const PERMITS = 8;

/** What is done to one request after another; each ends in its own way. */
const faults: Record<string, (response: ServerResponse, reset: () => void) => void> = {
  whole: (response) => response.end(gif),
  'closed before the answer': (response) => response.destroy(),
  'reset in the body': (response, reset) => {
    response.writeHead(200, { 'content-length': 5000 });
    response.write(gif, reset);
  },
  'closed in the body': (response) => {
    response.writeHead(200, { 'content-length': 5000 });
    response.write(gif, () => response.destroy());
  },
  'without a length, reset': (response, reset) => {
    response.writeHead(200, { connection: 'close' });
    response.write(gif, reset);
  },
  'too big': (response) => response.end(Buffer.alloc(200_000)),
  'kept and then gone': (response) => response.end(gif, () => response.socket?.destroy()),
  refused: (response) => response.writeHead(404).end(),
};

/** A server that does what the path says, and holds what asks to be held until all of them are there. */
async function openServer(isSecure: boolean) {
  const held: ServerResponse[] = [];
  const isFull = gate();
  const sockets = new Set<Socket>();
  const onRequest = ({ url = '', socket }: IncomingMessage, response: ServerResponse) => {
    const name = decodeURIComponent(url.slice(1));
    if (name !== 'held') {
      // The one below TLS, which alone can be reset.
      const raw = [...sockets].find(({ remotePort }) => remotePort === socket.remotePort);
      faults[name]?.(response, () => raw?.resetAndDestroy());
    } else if (held.push(response) === PERMITS) {
      isFull.open();
      for (const one of held) one.end(gif);
    }
  };
  const tls = { cert: certificate, key: certificateKey };
  const server = isSecure ? createHttpsServer(tls, onRequest) : createHttpServer(onRequest);
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = isSecure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, allAreHeld: isFull.passed, [Symbol.asyncDispose]: close };
}

it.each([false, true])(
  'every permit comes back, however a request ends (TLS: %s)',
  async (isSecure) => {
    await using server = await openServer(isSecure);
    const agent = await openAgent({ connections: PERMITS, ca: certificate });
    const queue = new RequestQueue(PERMITS, { perHost: PERMITS, rate: 0, giveUpAfterMs: 30_000 });
    const options = { timeout: 60, retries: 1, maxWait: 30, maxTime: 0, maxSize: 100_000 };
    const context = {
      ...{ agent, queue, headers: new HeadersByOrigin(), random: () => 0 },
      options: { ...options, accept: 'image' as const },
    };
    // So little that bodies wait for room while their connections end.
    const budget = new ByteBudget(6000);
    const fetch = (name: string) => {
      const job = new Job(budget.open(), Number.POSITIVE_INFINITY);
      const target = { cc: '', url: new URL(`${server.url}/${name}`) };
      const whole = { ...target, metadata: undefined, authorization: undefined };
      const ended = fetchImage(context, whole, job).then(({ status }) => status, String);
      return { job, ended: ended.finally(() => job.end()) };
    };
    const names = Object.keys(faults);
    const all = Array.from({ length: 10 * names.length }, (_, i) => {
      return fetch(names[i % names.length] as string);
    });
    // Some are cancelled on their way, and some while they wait for a permit.
    const cancelled = [...all.slice(0, 4), ...all.slice(-4)];
    for (const { job } of cancelled) job.abort('enough');
    const outcomes = await Promise.all(all.map(({ ended }) => ended));
    expect(outcomes.filter((status) => status === 'enough')).toHaveLength(cancelled.length);
    expect(outcomes).toContain('ok');
    expect(queue.inFlight).toBe(0);
    expect(agent.connections).toBeLessThanOrEqual(PERMITS);

    // A host that was silent for a while is asked one thing at a time.
    queue.forgive();
    const last = Array.from({ length: PERMITS }, () => fetch('held').ended);
    await server.allAreHeld;
    expect(await Promise.all(last)).toEqual(last.map(() => 'ok'));
    expect(queue.inFlight).toBe(0);
    await agent.close();
    queue.close();
  },
);
