/** Where a resolver listens. */

import { parseAddress } from '../core/address.js';
import { cleanDomain } from '../names/domain.js';

export interface Endpoint {
  /** An IP address, or a name that the system resolves. */
  readonly host: string;
  /** Undefined: the usual port of the transport. */
  readonly port: number | undefined;
  /** The path and query of a URL; a resolver that is none has no path. */
  readonly path?: string;
  /** How it proves who it is, where it is asked over TLS. */
  readonly trust?: Trust;
}

export interface Trust {
  /** The name that the certificate must be for; undefined is the host. */
  readonly name: string | undefined;
  /** Certificates in PEM that are trusted; undefined are those that come with node. */
  readonly ca: string | undefined;
}

/**
 * `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:53`, `dns.example:53`, or for DNS over
 * HTTPS a URL, `https://dns.example/dns-query`, with or without the `{?dns}` of RFC 8484 behind it.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, authority, path] =
    /^https:\/\/([^/?#@\\]+)(\/[^#{}\\]*)?(?:\{\?dns\})?$/i.exec(text) ?? [];
  if (authority === undefined) return parseHost(text);
  if (path !== undefined && !/^[!-~]+$/.test(path)) return undefined;
  const host = parseHost(authority);
  return host && { ...host, path: path ?? '/' };
}

function parseHost(text: string): Endpoint | undefined {
  const bare = parseAddress(text);
  if (bare) return { host: text.toLowerCase(), port: undefined };
  const [, inside, outside, digits] = /^(?:\[(.*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  if (inside !== undefined) {
    return parseAddress(inside)?.length === 16 ? { host: inside.toLowerCase(), port } : undefined;
  }
  if (outside === undefined) return undefined;
  if (parseAddress(outside)) return { host: outside, port };
  const cleaned = cleanDomain(outside);
  // A name of digits and dots is a mistyped address, not a host.
  return 'name' in cleaned && !/^[\d.]+$/.test(cleaned.name)
    ? { host: cleaned.name, port }
    : undefined;
}

/**
 * `192.0.2.1:53`, `[2001:db8::1]:53`, `https://dns.example/dns-query`: how a resolver is called in
 * results and messages.
 *
 * @param usualPort where it listens if the endpoint names no port; not shown for a URL
 */
export function formatEndpoint({ host, port, path }: Endpoint, usualPort: number): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  if (path === undefined) return `${shown}:${port ?? usualPort}`;
  return `https://${shown}${port === undefined || port === usualPort ? '' : `:${port}`}${path}`;
}
