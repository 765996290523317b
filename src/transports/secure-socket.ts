/** TLS to a resolver: its certificate verified, sessions resumed. */

import { isIP } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { Endpoint } from './endpoint.js';

/** The last session with each resolver: the next connection begins where it ended (RFC 8446, 2.2). */
const sessions = new WeakMap<Endpoint, Buffer>();

/**
 * A socket that is about to connect; `secureConnect` says that it has, and that the certificate is
 * good: for the name that was asked for, or for the host, be it an IP address.
 *
 * @param protocols what is offered to speak (ALPN, RFC 7301)
 */
export function openSecureSocket(to: Endpoint, usualPort: number, protocols: string[]): TLSSocket {
  const { host, port = usualPort, trust } = to;
  const name = trust?.name ?? host;
  const session = sessions.get(to);
  const socket = connect({
    host,
    port,
    // SNI carries names only (RFC 6066, 3).
    servername: isIP(name) ? '' : name,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    ALPNProtocols: protocols,
    ...(trust?.ca === undefined ? undefined : { ca: trust.ca }),
    ...(session && { session }),
  });
  socket.setNoDelay();
  // Node emits it only once the certificate is verified, and does not verify it again with a session.
  socket.on('session', (ticket: Buffer) => sessions.set(to, ticket));
  return socket;
}
