/** Servers that do what servers should not, and what a downloader should make of each. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createRawServer } from 'node:net';
import { gzipSync } from 'node:zlib';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */
/** @import { AddressInfo, Server, Socket } from 'node:net' */

/**
 * @typedef {object} HardCase
 * @property {string} name
 * @property {readonly string[]} urls
 * @property {'ok' | 'not_found' | 'error' | 'ok or error'} right what each URL has to end as
 */

/** A whole GIF of 1,000 bytes: what comes after its end is ignored. */
export const flag = Buffer.concat([
  Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'),
  Buffer.alloc(958, 'x'),
]);

/** @typedef {(request: IncomingMessage, response: ServerResponse, number: number) => void} Script */

/** @type {(status: number, wait: (now: number) => [string, number]) => Script} */
const waiting = (status, wait) => {
  let until = 0;
  return (_request, response, number) => {
    if (number > 0 && Date.now() >= until) {
      response.end(flag);
      return;
    }
    const [header, ms] = wait(Date.now());
    // A client that comes back too early never gets the file.
    until = number === 0 ? ms : Number.POSITIVE_INFINITY;
    response.writeHead(status, { 'retry-after': header }).end('later');
  };
};

/** @type {(location: string) => Script} */
const redirect = (location) => (_request, response) =>
  response.writeHead(302, { location }).end('elsewhere');

/**
 * By path: answers a request; `number` counts those for this path, from 0.
 *
 * @param {string} other the origin of another server
 * @returns {Record<string, Script>}
 */
function scripts(other) {
  return { ...scriptsOfHeads(other), ...scriptsOfBodies };
}

/** Status and headers are what is hard. @type {(other: string) => Record<string, Script>} */
function scriptsOfHeads(other) {
  return {
    '/404.gif': (_request, response) => response.writeHead(404).end('<html>404</html>'),
    '/410.gif': (_request, response) => response.writeHead(410).end('<html>410</html>'),
    '/429.gif': waiting(429, (now) => ['2', now + 2000]),
    '/503.gif': waiting(503, (now) => ['0', now]),
    '/date.gif': waiting(503, (now) => {
      const then = Math.ceil(now / 1000) * 1000 + 2000;
      return [new Date(then).toUTCString(), then - 50];
    }),
    '/type.gif': (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/plain' }).end(flag),
    '/redirect.gif': redirect('/whole.gif'),
    '/loop.gif': redirect('/loop.gif'),
    '/origin.gif': redirect(`${other}/whole.gif`),
    '/file.gif': redirect('file:///etc/hostname'),
    '/disposition.gif': (_request, response) =>
      response
        .writeHead(200, { 'content-disposition': 'attachment; filename="../../evil"' })
        .end(flag),
    '/headers.gif': (_request, response) =>
      response.writeHead(200, { 'x-large': 'y'.repeat(100_000) }).end(flag),
  };
}

/** The body is. @type {Record<string, Script>} */
const scriptsOfBodies = {
  '/cut.gif': (_request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write(flag.subarray(0, 400), () => response.socket?.end());
  },
  '/html.gif': (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sorry</html>'),
  '/empty.gif': (_request, response) => response.writeHead(200).end(),
  '/gzip.gif': (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(flag)),
  '/chunked.gif': (_request, response) => {
    response.write(flag.subarray(0, 400), () => response.socket?.end());
  },
  '/drip.gif': (_request, response) => {
    response.write(flag.subarray(0, 10));
    const drip = setInterval(() => response.write('x'), 300);
    response.once('close', () => clearInterval(drip));
  },
  '/reset.gif': (_request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write(flag.subarray(0, 400), () =>
      setTimeout(() => /** @type {Socket} */ (response.socket).resetAndDestroy(), 20),
    );
  },
  '/endless.gif': (_request, response) => {
    response.write(flag);
    const more = setInterval(() => response.write(Buffer.alloc(65_536)), 20);
    response.once('close', () => clearInterval(more));
  },
  '/whole.gif': (_request, response) => {
    response.end(flag);
  },
};

/** @type {(server: Server) => Promise<number>} */
async function listen(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return /** @type {AddressInfo} */ (server.address()).port;
}

/** Closes a kept-alive connection after each answer, without having said so. */
function closingServer() {
  return createRawServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${flag.length}\r\n\r\n`);
      socket.end(flag);
    });
  });
}

/** @typedef {[name: string, right: HardCase['right'], ...urls: string[]]} Row */

/** What is asked of the server with scripts. @type {(port: number) => Row[]} */
function scriptedRows(port) {
  const at = (/** @type {string} */ path) => `http://127.0.0.1:${port}${path}`;
  return [
    ['404', 'not_found', at('/404.gif')],
    ['410', 'not_found', at('/410.gif')],
    ['429 with Retry-After: 2', 'ok', at('/429.gif')],
    ['503 once', 'ok', at('/503.gif')],
    ['Retry-After as a date', 'ok', at('/date.gif')],
    ['body cut at 400 of 1000 bytes', 'error', at('/cut.gif')],
    ['200 with an HTML page', 'error', at('/html.gif')],
    ['right bytes, wrong content type', 'ok', at('/type.gif')],
    ['empty 200', 'error', at('/empty.gif')],
    ['redirect', 'ok', at('/redirect.gif')],
    ['redirect loop', 'error', at('/loop.gif')],
    [
      'redirect to another origin, with a login',
      'ok',
      at('/origin.gif').replace('//', '//me:secret@'),
    ],
    ['redirect to file:', 'error', at('/file.gif')],
    ['Content-Disposition: ../../evil', 'ok', at('/disposition.gif')],
    ['two URLs with one base name', 'ok', at('/a/flag.gif'), at('/b/flag.gif')],
    ['a name with / and ..', 'ok', at('/names/..%2f..%2fevil.gif')],
    ['a name with NUL', 'ok', at('/names/a%00b.gif')],
    ['a name of 300 letters', 'ok', at(`/names/${'x'.repeat(300)}.gif`)],
    ['a reserved name', 'ok', at('/names/con.gif')],
    ['gzip', 'ok', at('/gzip.gif')],
    ['chunked without an end', 'error', at('/chunked.gif')],
    ['a slow drip', 'error', at('/drip.gif')],
    ['connection reset in the body', 'error', at('/reset.gif')],
    ['endless body', 'error', at('/endless.gif')],
    ['100 KB of headers', 'ok or error', at('/headers.gif')],
  ];
}

/** What is asked of others. @type {(closing: number, tls: number, dead: number) => Row[]} */
function otherRows(closing, tls, dead) {
  return [
    [
      'closed after each answer',
      'ok',
      ...['a', 'b', 'c'].map((name) => `http://127.0.0.1:${closing}/closed-${name}.gif`),
    ],
    ['TLS with a wrong name', 'error', `https://127.0.0.1:${tls}/tls.gif`],
    ['refused', 'error', `http://127.0.0.1:${dead}/refused.gif`],
    ['a name that is not in the DNS', 'error', 'http://no-such-host.invalid/dns.gif'],
  ];
}

/**
 * Opens the servers.
 *
 * @param {{ cert: string, key: string }} tls a certificate for some other name than 127.0.0.1
 * @returns {Promise<{ cases: HardCase[], close(): Promise<void> }>}
 */
export async function openHardCases(tls) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Record<string, Script>} */
  let byPath = {};
  /** @type {(request: IncomingMessage, response: ServerResponse) => void} */
  const answer = (request, response) => {
    const path = request.url ?? '';
    const number = counts.get(path) ?? 0;
    counts.set(path, number + 1);
    // A redirect that takes a login along to another origin finds nothing there.
    if (request.headers.host === leak && request.headers.authorization) {
      response.writeHead(403).end();
      return;
    }
    const script = byPath[path] ?? /** @type {Script} */ (byPath['/whole.gif']);
    script(request, response, number);
  };
  const servers = [
    createServer(answer),
    createServer(answer),
    closingServer(),
    createTlsServer(tls, answer),
    createServer(),
  ];
  const ports = await Promise.all(servers.map(listen));
  const [port, otherPort, closingPort, tlsPort, deadPort] =
    /** @type {[number, number, number, number, number]} */ (ports);
  const rows = [...scriptedRows(port), ...otherRows(closingPort, tlsPort, deadPort)];
  servers.pop()?.close();
  const leak = `localhost:${otherPort}`;
  byPath = scripts(`http://${leak}`);
  return {
    cases: rows.map(([name, right, ...urls]) => ({ name, right, urls })),
    async close() {
      for (const server of servers) {
        server.close();
        if ('closeAllConnections' in server) server.closeAllConnections();
      }
    },
  };
}
