/** Proxies as the environment names them: http_proxy, https_proxy, all_proxy, no_proxy. */

import { BlockList, isIP } from 'node:net';
import { basic } from '../core/basic-auth.js';

export interface HttpProxy {
  readonly url: URL;
  /** The value of `proxy-authorization`, from the user and password in the proxy's URL. */
  readonly authorization: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL; undefined where it is asked directly. HTTP_PROXY in capitals counts as well,
 * as with others: no program of ours runs as a CGI script, where a client could set it.
 *
 * @param exempt more hosts of the same form as those in no_proxy
 */
export function proxyFor(url: URL, environment: Environment, exempt = ''): HttpProxy | undefined {
  const of = (name: string) => environment[name] || environment[name.toUpperCase()];
  const address = of(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') || of('all_proxy');
  if (!address || isExempt(url, `${exempt},${of('no_proxy') ?? ''}`)) return undefined;
  const proxy = parse(address);
  return proxy && { url: proxy, authorization: basic(proxy.username, proxy.password) };
}

/**
 * The variable that names a proxy which cannot be used, a SOCKS proxy among others: to ask the servers
 * directly instead would not be what was wanted.
 */
export function badProxy(environment: Environment): string | undefined {
  const names = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((n) => [n, n.toUpperCase()]);
  return names.find((name) => environment[name] && !parse(environment[name]));
}

function parse(address: string): URL | undefined {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** `*`, `example.org` and all below it, `.example.org`, `*.example.org`, `192.0.2.0/24`, each but the last with a port or none. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    if (entry.includes('/')) return isInSubnet(host, entry);
    const [, name = '', of] = /^\*?\.?(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
    const bare = name.replace(/^\[|\]$/g, '').toLowerCase();
    if (bare === '' || (of !== undefined && of !== port)) return false;
    return host === bare || host.endsWith(`.${bare}`);
  });
}

/** Whether an address is in a block such as `192.0.2.0/24` or `2001:db8::/32` (RFC 4632). */
function isInSubnet(host: string, block: string): boolean {
  const [, network = '', bits] = /^(.*)\/(\d{1,3})$/.exec(block) ?? [];
  const [family, ofNetwork] = [isIP(host), isIP(network)];
  const prefix = Number(bits);
  if (family === 0 || family !== ofNetwork || prefix > (family === 6 ? 128 : 32)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, prefix, type);
  return list.check(host, type);
}
