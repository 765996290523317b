/** The unit of a fleet's work: a list of names is cut into chunks, by position alone. */

import type { NameLists } from '../probe/prober.js';

/** Names in a chunk. */
export const CHUNK_SIZE = 1000;

export interface Chunk {
  /** Its place in the list, from 0: the same each time the list is read. */
  readonly number: number;
  readonly names: readonly string[];
}

/** A chunk that was handed out and is not back yet. */
export interface OutstandingChunk {
  readonly names: readonly string[];
  addedAt: number;
  losses: number;
}

/** The same id for the same names, so that a chunk cannot wait in the queue twice. */
export function jobIdOf(chunk: number, names: readonly string[]): string {
  return `c${chunk}-${names.length}`;
}

/** Cuts lists of names into chunks, whatever the lengths of the lists. */
export async function* inChunks(lists: NameLists): AsyncGenerator<Chunk, void, undefined> {
  let number = 0;
  let names: string[] = [];
  for await (const list of lists) {
    for (let at = 0; at < list.length; ) {
      const piece = list.slice(at, at + CHUNK_SIZE - names.length);
      at += piece.length;
      names = names.length === 0 ? piece : names.concat(piece);
      if (names.length < CHUNK_SIZE) continue;
      yield { number: number++, names };
      names = [];
    }
  }
  if (names.length > 0) yield { number, names };
}
