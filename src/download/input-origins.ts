/** Who asks for the inputs of a run: lists in files, arguments, pipes. */

import { HashTable } from '../core/hash-table.js';
import { type Askers, DIRECT } from '../storage/askers.js';

export interface InputOrigins {
  /** The lists that a run asks for, all of which are known by name. */
  readonly lists: readonly string[];
  /** Who asks for an input: for a code, or what the records of a URL are known by. */
  askersOf(subject: string): Askers;
}

/** All inputs are from one list; undefined: from none that has a name. */
export function oneOrigin(list: string | undefined): InputOrigins {
  const lists = list === undefined ? [] : [list];
  const askers = list === undefined ? DIRECT : { lists, left: [], isDirect: false };
  return { lists, askersOf: () => askers };
}

/** The bit that arguments and pipes have in common; each list has one below it. */
const DIRECT_BIT = 30;

const SEED = Math.floor(Math.random() * 2 ** 32);

/** Inputs are from several places, and some from more than one: 20 to 30 bytes an input. */
export class SeveralOrigins implements InputOrigins {
  readonly lists: readonly string[];
  readonly #names: readonly string[];
  /** A bit for each place, by input. */
  readonly #places = new HashTable(SEED);
  readonly #askers = new Map<number, Askers>();

  /** @param names of all places; undefined for one that is no list in a file */
  constructor(names: readonly (string | undefined)[]) {
    const known = names.filter((name) => name !== undefined);
    this.#names = [...new Set(known)];
    this.lists = known.length === names.length ? this.#names : [];
  }

  add(subject: string, name: string | undefined): void {
    const number = name === undefined ? DIRECT_BIT : this.#names.indexOf(name);
    const bit = 2 ** Math.min(number, DIRECT_BIT);
    const before = this.#places.get(subject) ?? 0;
    if ((before & bit) === 0) this.#places.set(subject, before + bit);
  }

  askersOf(subject: string): Askers {
    const places = this.#places.get(subject) ?? 2 ** DIRECT_BIT;
    let askers = this.#askers.get(places);
    if (!askers) {
      const lists = this.#names.filter((_, i) => i < DIRECT_BIT && (places & (2 ** i)) !== 0);
      askers = { lists, left: [], isDirect: (places & (2 ** DIRECT_BIT)) !== 0 };
      this.#askers.set(places, askers);
    }
    return askers;
  }
}
