/** Starts resolvers that misbehave. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { start, stop } from '../shared/measure.js';

/**
 * @param {string} kind a row of `misbehaviours`
 * @param {string} resolver `host:port` of the one that knows
 * @returns {Promise<{ resolver: string, stop: () => Promise<void> }>}
 */
export async function startRelay(kind, resolver) {
  const [host = '', port = ''] = resolver.split(':');
  const script = fileURLToPath(new URL('relay.js', import.meta.url));
  const child = start([process.execPath, script, kind, host, port]);
  child.stderr?.pipe(process.stderr);
  const [printed] = await Promise.race([
    once(/** @type {import('node:stream').Readable} */ (child.stdout), 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`The relay (${kind}) has ended`))),
  ]);
  return { resolver: `127.0.0.1:${String(printed).trim()}`, stop: () => stop(child) };
}
