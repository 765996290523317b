/** Tunnels through proxies. */

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { HttpProxy } from './proxy.js';

/**
 * A tunnel through a proxy to `host:port` (RFC 9110, 9.3.6). Calls back with the socket, or an error;
 * gives a function that breaks off. `trusted` is for a proxy that is itself asked with TLS.
 */
export function openTunnel(
  proxy: HttpProxy,
  target: string,
  trusted: { readonly secureContext?: SecureContext },
  callback: (error: Error | null, socket?: Socket) => void,
): () => void {
  const { url, authorization } = proxy;
  const headers = { host: target, ...(authorization && { 'proxy-authorization': authorization }) };
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method: 'CONNECT',
    path: target,
    headers,
    auth: '',
    ...trusted,
  });
  request
    .once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return callback(null, socket);
      socket.destroy();
      callback(proxyError(`the proxy answered ${statusCode}`));
    })
    .once('response', (response) => {
      response.destroy();
      callback(proxyError(`the proxy answered ${response.statusCode}`));
    })
    .once('error', (error) => callback(error))
    .end();
  return () => request.destroy();
}

function proxyError(message: string): Error {
  return new Error(message);
}
