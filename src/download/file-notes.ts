/** What is to be told of the files of all runs: those that are not called, or do not hold, what one may expect. */

import { HashTable } from '../core/hash-table.js';
import { normalizeExtension } from '../core/image-extensions.js';
import { joinName, type NameParts } from '../storage/file-name.js';

/** Files of one kind: how many, and the first few of them. */
export interface NotedFiles<T> {
  readonly count: number;
  readonly first: readonly T[];
}

/** A file that is not called as it was to be. */
export interface RenamedFile {
  readonly wanted: string;
  readonly file: string;
}

export type RenamedFiles = NotedFiles<RenamedFile>;

const MAX_FIRST = 3;

const SEED = Math.floor(Math.random() * 2 ** 32);

class Noted<T> implements NotedFiles<T> {
  readonly first: T[] = [];
  count = 0;

  add(one: T): void {
    this.count++;
    if (this.first.length < MAX_FIRST) this.first.push(one);
  }
}

/** Each name counts once, however often it is added. */
class NotedOnce extends Noted<string> {
  readonly #seen = new HashTable(SEED);

  override add(one: string): void {
    if (this.#seen.get(one) !== undefined) return;
    this.#seen.set(one, 1);
    super.add(one);
  }
}

export class FileNotes {
  /** Files of URLs that have a number in their name, because the name was taken. */
  readonly renamed = new Noted<RenamedFile>();
  /** Files of URLs that have the extension of another kind of image than the one expected. */
  readonly retyped = new Noted<RenamedFile>();
  /** Files that are called otherwise because one that this program has not saved has their name, and is kept. */
  readonly kept = new Noted<RenamedFile>();
  /** Files that something else has changed since they were saved, and that were fetched anew. */
  readonly changed = new Noted<string>();
  /** Files of earlier runs that are still there, as this one brought none in their place. */
  readonly outdated = new NotedOnce();
  /** How many files that this program has not saved, or not so, were taken for what was asked for. */
  skippedForeign = 0;

  /**
   * Notes of a URL's file what is otherwise than wanted.
   *
   * @param wanted the name that was wanted
   * @param expected the same, with the extension of the image
   */
  noteUrlFile(file: string, wanted: NameParts, expected: string): void {
    if (file !== expected) this.renamed.add({ wanted: expected, file });
    const whole = joinName(wanted);
    const isOfKind = normalizeExtension(wanted.extension) !== undefined;
    if (isOfKind && whole !== expected) this.retyped.add({ wanted: whole, file });
  }
}
