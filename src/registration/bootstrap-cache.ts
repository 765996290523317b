/**
 * The bootstrap registry of a run: IANA's newest where it can be had, else the newest that is at
 * hand. What is fetched is kept in the user's cache folder and asked for again after a day.
 */

import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../core/usage-error.js';
import { replaceFile } from '../storage/atomic-file.js';
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
  readonly warn: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const IANA = 'https://data.iana.org/rdap/dns.json';
const DAY_MS = 86_400_000;
/** A table of the user's own may be as small as he likes. */
const OWN_MINIMUM = 1;

/** Throws a {@link UsageError} for a file that is no such table. */
export async function loadBootstrap(options: BootstrapOptions): Promise<Bootstrap> {
  const { source } = options;
  if (source === 'off') return shippedBootstrap();
  if (source !== undefined && !/^https?:\/\//i.test(source)) return readOwn(source);
  return refresh(source ?? IANA, options);
}

async function readOwn(path: string): Promise<Bootstrap> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw wrongFile(path, error.message);
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
    const etag = reply.status === 304 ? kept?.etag : reply.etag;
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
    const kept = JSON.parse(await readFile(cachePath(), 'utf8'));
    return isKept(kept) && kept.url === url ? kept : undefined;
  } catch {
    return undefined;
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const { url, text, etag, checkedAt, expiresAt } = value as Record<string, unknown>;
  return (
    typeof url === 'string' &&
    typeof text === 'string' &&
    (etag === undefined || typeof etag === 'string') &&
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
