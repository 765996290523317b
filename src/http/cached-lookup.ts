/** One look-up of a host name for many connections. */

import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Milliseconds that an answer is kept, as long as a careful DNS cache keeps one it knows nothing of. */
const KEEP = 60_000;

type Answer = { readonly error: NodeJS.ErrnoException | null; readonly found: LookupAddress[] };
type Ask = (
  host: string,
  options: LookupAllOptions,
  answer: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/**
 * A `lookup` for `net.connect` that asks once for each host. getaddrinfo has few threads, and every
 * new socket would wait for one. What may pass (EAI_AGAIN) is not kept.
 */
export function cachedLookup(ask: Ask = lookup): LookupFunction {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>();

  const find = (host: string, options: LookupAllOptions): Promise<Answer> => {
    const key = `${host}/${options.family ?? 0}/${options.hints ?? 0}`;
    const now = performance.now();
    const known = kept.get(key);
    if (known && now - known.at < KEEP) return known.answer;
    const answer = new Promise<Answer>((resolve) => {
      ask(host, options, (error, found) => {
        if (error && error.code !== 'ENOTFOUND') kept.delete(key);
        resolve({ error, found });
      });
    });
    kept.set(key, { at: now, answer });
    return answer;
  };

  return (host, options, callback) => {
    find(host, { ...options, all: true }).then(({ error, found }) => {
      const [first] = found ?? [];
      if (error || !first) callback(error, '');
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}
