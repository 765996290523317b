/** A histogram of latencies in milliseconds: constant memory, quantiles within 12 %. */

import { ZERO } from '../core/zero.js';

const BINS_PER_OCTAVE = 6;
/** The lower edge of the first bin. */
const LEAST_MS = 0.25;
const BINS = 15 * BINS_PER_OCTAVE;

export class Latencies {
  readonly #bins = new Float32Array(BINS);
  #count = ZERO;

  /** How many were added, less what was faded out. */
  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const at = Math.floor(placeOf(ms));
    this.#bins[at] = (this.#bins[at] as number) + 1;
    this.#count++;
  }

  /** The value that this share of all latencies stays below; 0 if there are none. */
  quantile(share: number): number {
    if (this.#count === 0) return 0;
    let below = this.#count * share;
    for (let i = 0; i < BINS; i++) {
      const inBin = this.#bins[i] as number;
      if (below <= inBin && inBin > 0) return edge(i + below / inBin);
      below -= inBin;
    }
    return edge(BINS);
  }

  /** How many were below this one. */
  countBelow(ms: number): number {
    const end = placeOf(ms);
    const bin = Math.floor(end);
    let below = (end - bin) * (this.#bins[bin] ?? 0);
    for (let i = 0; i < bin; i++) below += this.#bins[i] as number;
    return below;
  }

  /** Adds all that another one holds. */
  addAll(other: Latencies): void {
    for (let i = 0; i < BINS; i++) {
      this.#bins[i] = (this.#bins[i] as number) + (other.#bins[i] as number);
    }
    this.#count += other.#count;
  }

  clear(): void {
    this.#bins.fill(0);
    this.#count = 0;
  }

  /** Halves the weight of all that was added so far. */
  fade(): void {
    for (let i = 0; i < BINS; i++) this.#bins[i] = (this.#bins[i] as number) / 2;
    this.#count /= 2;
  }
}

/** The bin, and how far into it. */
function placeOf(ms: number): number {
  if (ms <= LEAST_MS) return 0;
  return Math.min(BINS - 0.001, Math.log2(ms / LEAST_MS) * BINS_PER_OCTAVE);
}

function edge(bin: number): number {
  return LEAST_MS * 2 ** (bin / BINS_PER_OCTAVE);
}
