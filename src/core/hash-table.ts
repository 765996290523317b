/** A map from texts to numbers that keeps no texts: 16 bytes an entry, times 1.2 to 1.8. */

/** Share of the places that may be in use: beyond it, a search takes long. */
const MAX_LOAD = 0.8;
const GROWTH = 1.5;
const FIRST_CAPACITY = 64;

/** 32-bit words of an entry: two of the key's hash, two of the value. */
const STRIDE = 4;

/**
 * Keys are kept as 64-bit hashes: that two of a million share one happens once in 37 million runs, and
 * because of the seed not by intent. A caller for whom even that is too often compares the keys
 * where it has them. Open addressing, linear probing; entries are never removed.
 */
export class HashTable {
  readonly #seed: number;
  #words = new Uint32Array(FIRST_CAPACITY * STRIDE);
  #size = 0;

  /** @param seed any 32 bits, another in each process */
  constructor(seed: number) {
    this.#seed = seed;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): number | undefined {
    const at = find(this.#words, hash(key, this.#seed), hash(key, ~this.#seed));
    const words = this.#words;
    if (words[at] === 0 && words[at + 1] === 0) return undefined;
    return (words[at + 2] as number) + (words[at + 3] as number) * 2 ** 32;
  }

  /** @param value a whole number from 0 to 2^53 - 1 */
  set(key: string, value: number): void {
    if (this.#size + 1 > (this.#words.length / STRIDE) * MAX_LOAD) this.#grow();
    const [low, high] = [hash(key, this.#seed), hash(key, ~this.#seed)];
    const words = this.#words;
    const at = find(words, low, high);
    if (words[at] === 0 && words[at + 1] === 0) this.#size++;
    words[at] = low;
    words[at + 1] = high;
    words[at + 2] = value % 2 ** 32;
    words[at + 3] = value / 2 ** 32;
  }

  /** 32 bits that tell a text from others, for a caller that keeps them as a value. */
  digest(text: string): number {
    return hash(text, this.#seed ^ 0x5bd1e995);
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(Math.ceil((old.length / STRIDE) * GROWTH) * STRIDE);
    for (let at = 0; at < old.length; at += STRIDE) {
      const [low, high] = [old[at] as number, old[at + 1] as number];
      if (low === 0 && high === 0) continue;
      const to = find(this.#words, low, high);
      for (let i = 0; i < STRIDE; i++) this.#words[to + i] = old[at + i] as number;
    }
  }
}

/** The place of a key, or the free one where it would be. */
function find(words: Uint32Array, low: number, high: number): number {
  let at = (low % (words.length / STRIDE)) * STRIDE;
  while (words[at] !== low || words[at + 1] !== high) {
    if (words[at] === 0 && words[at + 1] === 0) return at;
    at += STRIDE;
    if (at === words.length) at = 0;
  }
  return at;
}

/** Murmur3's mixing of 16-bit units; never 0, which marks a free place. */
function hash(text: string, seed: number): number {
  let value = seed;
  for (let i = 0; i < text.length; i++) {
    let unit = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    unit = Math.imul((unit << 15) | (unit >>> 17), 0x1b873593);
    value ^= unit;
    value = Math.imul((value << 13) | (value >>> 19), 5) + 0xe6546b64;
  }
  value ^= text.length;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0 || 1;
}
