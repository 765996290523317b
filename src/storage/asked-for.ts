/** What the inputs of a run ask for, whatever URL brought it before: countries, and names that lists give. */

import { HashTable } from '../core/hash-table.js';
import { kindsOf, subjectOf } from './failures.js';
import type { ManifestRecord, RecordSource } from './manifest-record.js';

const SEED = Math.floor(Math.random() * 2 ** 32);

/** Stands for a kind of image that is not known before. */
const ANY = '*';

export class AskedFor {
  readonly #codes = new Set<string>();
  /** Each with the kinds of image that would do. */
  readonly #names = new HashTable(SEED);

  add({ url, code, name }: RecordSource): void {
    if (code !== '') {
      this.#codes.add(code);
    } else if (name !== undefined) {
      const kinds = kindsOf({ url, code, name, file: null, status: 'error' });
      const subject = subjectOf({ url, code, name });
      for (const kind of kinds.length > 0 ? kinds : [ANY]) this.#names.set(subject + kind, 1);
    }
  }

  /** Whether a record is about something that an input asks for, too. */
  has(record: ManifestRecord): boolean {
    if (record.code !== '') return this.#codes.has(record.code);
    if (record.name === undefined) return false;
    const subject = subjectOf(record);
    return [...kindsOf(record), ANY].some((kind) => this.#names.get(subject + kind) !== undefined);
  }
}
