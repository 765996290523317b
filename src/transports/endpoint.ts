/** Where a resolver listens. */

import { parseAddress } from '../core/address.js';
import { cleanDomain } from '../names/clean-domain.js';

export interface Endpoint {
  /** An IP address, or a host name. */
  readonly host: string;
  /** The address of a host name; undefined where the system is to look it up when it is dialled. */
  readonly address?: string;
  /** Undefined: the usual port of the transport. */
  readonly port: number | undefined;
  /** The path and query of an https URL; other resolvers have none. */
  readonly path?: string;
  /** The transport that the resolver was given with, `tls://192.0.2.1`. */
  readonly scheme?: 'udp' | 'tcp' | 'tls' | 'https';
  /** How it proves who it is, where it is asked over TLS. */
  readonly trust?: Trust;
}

export interface Trust {
  /** The name that the certificate must be for; undefined is the host. */
  readonly name: string | undefined;
  /** Certificates in PEM that are trusted; undefined are those that come with node. */
  readonly ca: string | undefined;
}

/** What {@link parseEndpoint} takes, for the sentence about what it does not. */
export const ENDPOINT_FORMS = 'HOST, HOST:PORT, [IPV6]:PORT, a tls or https URL';

/**
 * `192.0.2.1`, `192.0.2.1:5353`, `192.0.2.1#5353` (as dnsmasq has it), `192.0.2.1@5353` (as Unbound has
 * it), `2001:db8::1`, `fe80::1%eth0`, `[2001:db8::1]:53`, `dns.example:53`, each with or without
 * `udp://`, `tcp://` or `tls://` before it, or for DNS over HTTPS a URL, `https://dns.example/dns-query`,
 * with or without the `{?dns}` of RFC 8484 behind it.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, scheme, authority = ''] = /^(udp|tcp|tls):\/\/([^/]+)\/?$/i.exec(text) ?? [];
  if (scheme !== undefined) {
    const host = parseHost(authority);
    return host && { ...host, scheme: scheme.toLowerCase() as 'udp' | 'tcp' | 'tls' };
  }
  return /^https:/i.test(text) ? parseUrl(text) : parseHost(text);
}

function parseUrl(text: string): Endpoint | undefined {
  const [, authority, path] =
    /^https:\/\/([^/?#@\\]+)(\/[^#{}\\]*)?(?:\{\?dns\})?$/i.exec(text) ?? [];
  if (authority === undefined) return undefined;
  if (path !== undefined && !/^[!-~]+$/.test(path)) return undefined;
  const host = parseHost(authority);
  return host && { ...host, path: path ?? '/', scheme: 'https' };
}

function parseHost(text: string): Endpoint | undefined {
  if (isAddress(text)) return { host: text.toLowerCase(), port: undefined };
  const [, inside, outside, digits] =
    /^(?:\[(.*)\]|([^#@[\]]*?))(?:[:#@](\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const address = inside ?? (outside?.includes(':') ? outside : undefined);
  if (address !== undefined) {
    // Without brackets, and with another mark than a colon, an IPv6 address may have a port too.
    if (inside === undefined && !/[#@]\d+$/.test(text)) return undefined;
    return isAddress(address, 16) ? { host: address.toLowerCase(), port } : undefined;
  }
  if (outside === undefined) return undefined;
  if (parseAddress(outside)) return { host: outside, port };
  const cleaned = cleanDomain(outside);
  // A name of digits and dots is a mistyped address, not a host.
  return 'name' in cleaned && !/^[\d.]+$/.test(cleaned.name)
    ? { host: cleaned.name, port }
    : undefined;
}

/** An IP address; a link-local one may name its interface, `fe80::1%eth0` (RFC 4007, 11). */
function isAddress(text: string, length?: number): boolean {
  const bytes = parseAddress(text.replace(/^(fe[89ab][\da-f]:.*)%[\w.-]+$/i, '$1'));
  return bytes !== undefined && (length === undefined || bytes.length === length);
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
