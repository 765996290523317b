/** TLS to a resolver: its certificate verified, sessions resumed. */

import { isIP, type OnReadOpts } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { Endpoint } from './endpoint.js';

/** The last session with each resolver, resumed by its next connection (RFC 8446, 2.2). */
const sessions = new WeakMap<Endpoint, Buffer>();

interface SecureSocketOptions {
  /** The port of a resolver that names none. */
  readonly usualPort: number;
  /** The protocols offered (ALPN, RFC 7301). */
  readonly protocols: string[];
  /** How it is read, if not by events. */
  readonly onread?: OnReadOpts;
}

/**
 * Starts a TLS connection. `secureConnect` means that the certificate was verified too: for the name
 * that was asked for, or else for the host, a name or an IP address.
 */
export function openSecureSocket(
  to: Endpoint,
  { usualPort, protocols, onread }: SecureSocketOptions,
): TLSSocket {
  const { host, address = host, port = usualPort, trust } = to;
  const name = trust?.name ?? host;
  const session = sessions.get(to);
  const socket = connect({
    host: address,
    port,
    // SNI carries names only (RFC 6066, 3).
    servername: isIP(name) ? '' : name,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    ALPNProtocols: protocols,
    ...(trust?.ca === undefined ? undefined : { ca: trust.ca }),
    ...(session && { session }),
    ...(onread && { onread }),
  });
  socket.setNoDelay();
  // Node emits it only after the certificate was verified, and a resumed session is not verified again.
  socket.on('session', (ticket: Buffer) => sessions.set(to, ticket));
  return socket;
}
