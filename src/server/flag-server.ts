/** An HTTP server with real flag images: the servers `local`, `delay` and `error`, and `flagprobe serve`. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, isIPv6 } from 'node:net';
import { dirname, join } from 'node:path';
import { crc32 } from '../core/crc32.js';
import { countries } from '../flags/codes.js';
import { httpLimits, MAX_CONNECTIONS } from './http-limits.js';

export interface FlagServerOptions {
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** 0, and none, is any free port. */
  readonly port?: number;
  /** The least and the most seconds before an answer; none unless given. */
  readonly delay?: readonly [min: number, max: number];
  /** The probability of a 418, 0 to 1; 0 unless given. */
  readonly errorRate?: number;
  /** Called for each request when it is over. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** From 0 to 1; decides delays and errors. */
  readonly random?: () => number;
}

/** One request, as a line of a log. */
export interface RequestRecord {
  /** When it came (ISO 8601). */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  /** The country that the path names, upper case; empty if it names none. */
  readonly code: string;
  /** 0 if the client left before the answer. */
  readonly status: number;
  readonly ms: number;
  /** Requests in progress when this one came, itself included. */
  readonly inFlight: number;
}

export interface FlagServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:8000/flags`: images are at `/{cc}/{cc}.gif` below it. */
  readonly url: string;
  /** Breaks off every request; resolves when all connections are closed. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  /** Tells one version of the body from another (RFC 9110, 8.8.3). */
  readonly etag?: string;
  readonly phrase?: string;
  readonly type: string;
  readonly body: string | Uint8Array;
}

const PATH = /^\/flags\/([a-z]{2})\/(?:(\1\.gif)|metadata\.json)$/;

/** The folder of the images, looked for when the first is asked for: a bundle may be without it. */
function flagFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('famfamfam-flags/package.json')), 'dist/gif');
}

/** Listens until it is closed. Rejects when the port is taken. */
export async function openFlagServer(options: FlagServerOptions = {}): Promise<FlagServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  const inProgress = new Set<ServerResponse>();
  const server = createServer(httpLimits, responder(options, inProgress));
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;

  let closing: Promise<unknown> | undefined;
  const close = async () => {
    closing ??= Promise.all([
      new Promise((resolve) => server.close(resolve)),
      ...[...inProgress].map((response) => once(response, 'close')),
      server.closeAllConnections(),
    ]);
    await closing;
  };
  const authority = isIPv6(host) ? `[${host}]:${bound}` : `${host}:${bound}`;
  return {
    host,
    port: bound,
    url: `http://${authority}/flags`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function responder(options: FlagServerOptions, inProgress: Set<ServerResponse>) {
  const { delay: [min, max] = [0, 0], errorRate = 0, onRequest, random = Math.random } = options;

  return (request: IncomingMessage, response: ServerResponse): void => {
    const start = performance.now();
    const time = new Date().toISOString();
    const { method = '', url = '' } = request;
    const path = url.replace(/[?#].*/s, '');
    inProgress.add(response);
    const inFlight = inProgress.size;
    const reply = async () => {
      const isError = errorRate > 0 && random() < errorRate;
      send(request, response, isError ? teapot : await answerTo(method, path));
    };
    const seconds = max > 0 ? min + (max - min) * random() : 0;
    const timer = seconds > 0 ? setTimeout(reply, seconds * 1000) : undefined;
    if (!timer) reply();
    response.once('close', () => {
      clearTimeout(timer);
      inProgress.delete(response);
      onRequest?.({
        time,
        method,
        path,
        code: PATH.exec(path)?.[1]?.toUpperCase() ?? '',
        status: response.writableFinished ? response.statusCode : 0,
        ms: Math.round((performance.now() - start) * 10) / 10,
        inFlight,
      });
    });
  };
}

const teapot = error(418, "I'm a teapot");
const missing = error(404, 'Not Found');

function error(status: number, phrase: string): Answer {
  return { status, phrase, type: 'text/plain', body: `${phrase}\n` };
}

async function answerTo(method: string, path: string): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return error(405, 'Method Not Allowed');
  const [, cc = '', image] = PATH.exec(path) ?? [];
  const country = countries.get(cc.toUpperCase());
  if (!country) return missing;
  if (image) {
    const body = await flagOf(cc);
    return body ? { status: 200, type: 'image/gif', body, etag: etagOf(body) } : missing;
  }
  const body = JSON.stringify({ country: country.name, iso_cc: country.cc });
  return { status: 200, type: 'application/json', body };
}

const read = new Map<string, Promise<Uint8Array | undefined>>();

/** The table has a few countries more than the package has flags. */
function flagOf(cc: string): Promise<Uint8Array | undefined> {
  let flag = read.get(cc);
  if (!flag) {
    flag = readFile(join(flagFolder(), `${cc}.gif`)).catch(() => undefined);
    read.set(cc, flag);
  }
  return flag;
}

function etagOf(body: Uint8Array): string {
  return `"${body.length.toString(16)}-${crc32(body).toString(16)}"`;
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, phrase, type, body, etag } = answer;
  if (etag) response.setHeader('etag', etag);
  if (etag && request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  if (phrase) response.writeHead(status, phrase, headers);
  else response.writeHead(status, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}
