/** Where a resolver listens. */

import { parseAddress } from '../core/address.js';
import { cleanDomain } from '../names/domain.js';

export interface Endpoint {
  /** An IP address, or a name that the system resolves. */
  readonly host: string;
  /** Undefined: the usual port of the transport, 53 or 853. */
  readonly port: number | undefined;
}

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:53`, `dns.example:53`. */
export function parseEndpoint(text: string): Endpoint | undefined {
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

/** `192.0.2.1:53`, `[2001:db8::1]:53`: how a resolver is called in results and messages. */
export function formatEndpoint(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
