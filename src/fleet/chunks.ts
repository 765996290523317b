/** The unit of a fleet's work: a list of names is cut into chunks, by the names before them alone. */

import type { NameLists } from '../probe/prober.js';

/** Verdicts that a chunk owes: each name owes one, a word under TLDs one for each. */
export const CHUNK_VERDICTS = 1000;
/** Characters of a chunk's names: lines that are no names may be of any length. */
const MAX_CHUNK_LENGTH = 262_144;

export interface Chunk {
  /** Its place in the list, from 0: the same each time the list is read. */
  readonly number: number;
  readonly names: readonly string[];
}

/** A chunk that was handed out and is not back yet. */
export interface OutstandingChunk extends Chunk {
  addedAt: number;
  losses: number;
  /** Wrong results, each with the worker it came from. */
  readonly wrong: { readonly worker: string; readonly fault: string }[];
}

export function outstanding({ number, names }: Chunk): OutstandingChunk {
  return { number, names, addedAt: performance.now(), losses: 0, wrong: [] };
}

/** The same id for the same names, so that a chunk cannot wait in the queue twice. */
export function jobIdOf({ number, names, wrong }: OutstandingChunk): string {
  return `c${number}-${names.length}-${wrong.length}`;
}

/**
 * Cuts lists of names into chunks, whatever the lengths of the lists.
 *
 * @param tlds how many TLDs a word is asked under
 */
export async function* inChunks(
  lists: NameLists,
  tlds: number,
): AsyncGenerator<Chunk, void, undefined> {
  const most = Math.max(1, Math.floor(CHUNK_VERDICTS / Math.max(1, tlds)));
  let number = 0;
  let names: string[] = [];
  let length = 0;
  for await (const list of lists) {
    for (const name of list) {
      names.push(name);
      length += name.length;
      if (names.length < most && length < MAX_CHUNK_LENGTH) continue;
      yield { number: number++, names };
      names = [];
      length = 0;
    }
  }
  if (names.length > 0) yield { number, names };
}
