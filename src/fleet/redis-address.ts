/** Where Redis is, by its URL and the environment. */

import { invalidOption } from '../options/rule.js';

/** Where Redis is, as its driver takes it. */
interface RedisAddress {
  /** The URL without user and password, for messages. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca?: string };
}

/** What {@link isRedisUrl} allows, for messages. */
export const REDIS_URL_FORM = 'redis://[USER:PASSWORD@]HOST[:PORT][/DB], or rediss:// for TLS';

const DATABASE = /^\/?(\d{0,4})$/;

export function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(text);
  const isPlain = search === '' && hash === '';
  return /^rediss?:$/.test(protocol) && hostname !== '' && DATABASE.test(pathname) && isPlain;
}

/** What the URL and the environment say. Throws a `UsageError` if it is no URL of Redis. */
export function redisAddress({
  url: text,
  ca,
}: {
  readonly url: string;
  readonly ca: string;
}): RedisAddress {
  if (!isRedisUrl(text)) throw invalidOption('redis', REDIS_URL_FORM, text);
  const url = new URL(text);
  const username = decode(url.username) || process.env.REDIS_USERNAME;
  const password = decode(url.password) || process.env.REDIS_PASSWORD;
  return {
    shown: `${url.protocol}//${url.host}`,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 6379),
    db: Number(DATABASE.exec(url.pathname)?.[1]),
    ...(username && { username }),
    ...(password && { password }),
    ...(url.protocol === 'rediss:' && { tls: ca === '' ? {} : { ca } }),
  };
}

/** A password with a `%` that codes nothing is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
