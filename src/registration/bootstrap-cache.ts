/**
 * The bootstrap registry of a run: IANA's newest where it can be had, else the newest that is at
 * hand. What is fetched is kept in the user's cache folder and asked for again after a day.
 */

import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemReason } from '../core/run-error.js';
import { UsageError } from '../core/usage-error.js';
import { replaceFile } from '../storage/atomic-file.js';
import { decodeText } from '../storage/decode-lines.js';
import { type Bootstrap, parseBootstrap, shippedBootstrap } from './bootstrap.js';

/** One GET of a text that may not have changed; rejects with a sentence for people. */
export type FetchText = (
  url: string,
  etag: string | undefined,
) => Promise<
  | { readonly status: 304 }
  | {
      readonly status: 200;
      readonly text: string;
      readonly etag?: string;
      readonly expires?: string;
    }
>;

export interface BootstrapOptions {
  /** A file, a URL, `off` for what the package brings; undefined for IANA's. */
  readonly source: string | undefined;
  readonly fetchText: FetchText;
  /** Told, in a sentence, why an older table is used. */
  readonly warn: (text: string) => unknown;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const IANA = 'https://data.iana.org/rdap/dns.json';
const DAY_MS = 86_400_000;
/** Bytes of the largest cache file that is read. */
const MAX_CACHE = 8 * 1024 * 1024;
/** An entity tag (RFC 9110, 8.8.3): it is sent back in a header. */
const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;
/** A table of the user's own may be as small as he likes. */
const OWN_MINIMUM = 1;

/** Throws a {@link UsageError} for a file that is no such table. */
export async function loadBootstrap(options: BootstrapOptions): Promise<Bootstrap> {
  const { source } = options;
  if (source === 'off') return shippedBootstrap();
  if (source !== undefined && !isTableUrl(source)) return readOwn(source);
  return refresh(source ?? IANA, options);
}

/** Whether a source of a table has to be fetched. */
export function isTableUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

async function readOwn(path: string): Promise<Bootstrap> {
  const text = await readFile(path)
    .then(decodeText)
    .catch((error) => {
      throw wrongFile(path, systemReason(error));
    });
  const table = parseBootstrap(text, OWN_MINIMUM);
  if (!table) throw wrongFile(path, 'it is no bootstrap file of RFC 9224');
  return table;
}

function wrongFile(path: string, reason: string): UsageError {
  return new UsageError(
    `Expected \`rdapBootstrap\` to be a file, a URL or off, got \`${path}\`: ${reason}`,
    {
      option: 'rdapBootstrap',
    },
  );
}

/** What is kept of a table that was fetched. */
interface Kept {
  readonly url: string;
  readonly text: string;
  readonly etag?: string | undefined;
  /** Milliseconds since 1970. */
  readonly checkedAt: number;
  readonly expiresAt: number;
}

async function refresh(url: string, options: BootstrapOptions): Promise<Bootstrap> {
  const { fetchText, warn, now } = options;
  const kept = await readKept(url);
  const keptTable = kept && parseBootstrap(kept.text);
  const best = newest(keptTable, shippedBootstrap());
  if (kept && keptTable && isFresh(kept, now)) return best;
  try {
    const reply = await fetchText(url, keptTable && kept?.etag);
    const text = reply.status === 304 ? (kept?.text ?? '') : reply.text;
    const table = parseBootstrap(text);
    if (!table) throw new Error('what came is no such table');
    if (newest(table, best) !== table) throw new Error('what came is older than what is known');
    const given = reply.status === 304 ? kept?.etag : reply.etag;
    const etag = given !== undefined && ETAG.test(given) ? given : undefined;
    const expires = reply.status === 304 ? undefined : reply.expires;
    await keep({ url, text, etag, checkedAt: now, expiresAt: expiry(expires, now) });
    return table;
  } catch (error) {
    warn(
      `cannot refresh the table of registries from ${url} (${(error as Error).message}); using the one of ${best.published.slice(0, 10)}`,
    );
    return best;
  }
}

function isFresh({ checkedAt, expiresAt }: Kept, now: number): boolean {
  return checkedAt <= now && now - checkedAt < DAY_MS && now < expiresAt;
}

function expiry(expires: string | undefined, now: number): number {
  const at = Date.parse(expires ?? '');
  return Number.isNaN(at) ? now + DAY_MS : at;
}

/** The first where both are of the same date. */
function newest(first: Bootstrap | undefined, second: Bootstrap): Bootstrap {
  return first && Date.parse(first.published) >= Date.parse(second.published) ? first : second;
}

function cachePath(): string {
  const folder = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(folder, 'flagprobe', 'rdap-bootstrap.json');
}

async function readKept(url: string): Promise<Kept | undefined> {
  try {
    const kept: unknown = JSON.parse(await readCache(cachePath()));
    return isKept(kept) && kept.url === url ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Throws for anything but a plain file of a likely size: another user may be able to write there. */
async function readCache(path: string): Promise<string> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  // A FIFO would be waited for until someone writes to it.
  await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const status = await file.stat();
  if (!status.isFile() || status.size > MAX_CACHE) throw new Error('not a cache');
  return await file.readFile('utf8');
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const { url, text, etag, checkedAt, expiresAt } = value as Record<string, unknown>;
  return (
    typeof url === 'string' &&
    typeof text === 'string' &&
    (etag === undefined || (typeof etag === 'string' && ETAG.test(etag))) &&
    typeof checkedAt === 'number' &&
    typeof expiresAt === 'number'
  );
}

/** A cache that cannot be written costs the next run a request, and nothing else. */
async function keep(kept: Kept): Promise<void> {
  try {
    const path = cachePath();
    await mkdir(join(path, '..'), { recursive: true });
    await replaceFile(path, JSON.stringify(kept));
  } catch {
    // See above.
  }
}
