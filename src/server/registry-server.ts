/**
 * Registries to practise on with no network: RDAP (RFC 9083) for the TLDs of the practice zone, with
 * one name for each way in which real registries answer. `probe --rdap -r local` asks them, and
 * `flagprobe serve` has them for other clients.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { httpLimits, MAX_CONNECTIONS } from './http-limits.js';
import { practiceZone } from './practice-zone.js';

export interface RegistryServerOptions {
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** Of the first TLD, the next one for the second; 0, and none, is any free port. */
  readonly port?: number;
}

export interface RegistryServer extends AsyncDisposable {
  /** From a TLD to the base URL of its registry, `http://127.0.0.1:8043/`. */
  readonly bases: ReadonlyMap<string, string>;
  /** Resolves when every connection is closed. */
  close(): Promise<void>;
}

type Behaviour = (response: ServerResponse, name: string, asked: number) => void;

/** Milliseconds before a slow registry answers. */
const SLOW_MS = 2000;

/** What is told of a name; the DNS knows none of these. */
const behaviours: Readonly<Record<string, Behaviour>> = {
  'pass.dev': registered('client hold', 'client transfer prohibited'),
  'else.dev': registered('pending delete', 'redemption period'),
  'if.dev': registered('inactive'),
  'true.dev': registered('reserved'),
  'none.dev': (response) =>
    sendJson(response, 404, { errorCode: 404, notices: [{ title: 'Blocked Domain' }] }),
  'in.app': registered('client hold'),
  'busy.dev': (response, _name, asked) =>
    asked === 1 ? sendLimited(response) : notFound(response),
  'slow.dev': (response) => {
    const timer = setTimeout(() => notFound(response), SLOW_MS);
    response.once('close', () => clearTimeout(timer));
  },
  'page.dev': (response) => send(response, 404, 'text/html', '<h1>No such domain</h1>'),
  'text.dev': (response) => send(response, 200, 'text/plain', 'registered'),
  'other.dev': (response) => sendJson(response, 200, domain('another.dev', [])),
  'loop.dev': (response) => response.writeHead(302, { location: 'loop.dev' }).end(),
  'cut.dev': (response, name) => {
    const body = JSON.stringify(domain(name, []));
    response.writeHead(200, { 'content-type': RDAP, 'content-length': body.length });
    response.write(body.slice(0, -10), () => response.destroy());
  },
  'limited.app': sendLimited,
};

const RDAP = 'application/rdap+json';
const PATH = /^\/domain\/([a-z0-9.-]+)$/;

/**
 * Listens until it is closed, for each TLD on a port of its own: the limits of one registry are not
 * those of another. Rejects when a port is taken.
 */
export async function openRegistryServer(
  options: RegistryServerOptions = {},
): Promise<RegistryServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  const bases = new Map<string, string>();
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(servers.map(closeServer));
  };
  try {
    for (const [i, tld] of practiceZone.origins.entries()) {
      const server = createServer(httpLimits, responder(tld));
      server.maxConnections = MAX_CONNECTIONS;
      server.listen(port === 0 ? 0 : port + i, host);
      await once(server, 'listening');
      servers.push(server);
      const bound = (server.address() as AddressInfo).port;
      bases.set(tld, `http://${isIPv6(host) ? `[${host}]` : host}:${bound}/`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { bases, close, [Symbol.asyncDispose]: close };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function responder(tld: string) {
  const asked = new Map<string, number>();
  return (request: IncomingMessage, response: ServerResponse): void => {
    const [, name = ''] = PATH.exec(request.url ?? '') ?? [];
    if (request.method !== 'GET') {
      sendJson(response, 405, { errorCode: 405 });
    } else if (!name.endsWith(`.${tld}`)) {
      sendJson(response, 400, { errorCode: 400, title: 'Not a name of this registry' });
    } else {
      const times = (asked.get(name) ?? 0) + 1;
      if (name in behaviours) asked.set(name, times);
      const behaviour = behaviours[name] ?? (inZone(name) ? registered('active') : notFound);
      behaviour(response, name, times);
    }
  };
}

/** What the DNS knows is registered, and so is every registry's own name. */
function inZone(name: string): boolean {
  return (
    /^nic\.[a-z]+$/.test(name) ||
    practiceZone.records.some((record) => record.name === name || record.name.endsWith(`.${name}`))
  );
}

function registered(...statuses: readonly string[]): Behaviour {
  return (response, name) => sendJson(response, 200, domain(name, statuses));
}

function domain(ldhName: string, status: readonly string[]) {
  return { objectClassName: 'domain', ldhName, status };
}

function notFound(response: ServerResponse): void {
  sendJson(response, 404, { errorCode: 404, title: 'Not Found' });
}

function sendLimited(response: ServerResponse): void {
  response.setHeader('retry-after', '1');
  sendJson(response, 429, { errorCode: 429, title: 'Too many questions' });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify({ rdapConformance: ['rdap_level_0'], ...body });
  send(response, status, RDAP, text);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
