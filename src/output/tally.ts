/** How many results a run had, by what is counted of them. */

/** How many results of each kind there were. */
export class Tally {
  readonly #statuses = new Map<string, number>();
  readonly #reasons = new Map<string, Map<string, number>>();
  #total = 0;

  add(status: string, reason?: string): void {
    this.#total++;
    increment(this.#statuses, status);
    if (reason !== undefined) increment(this.#reasonsOf(status), reason);
  }

  /** Counts something more about a result that was added. */
  mark(status: string, mark: string): void {
    increment(this.#reasonsOf(status), mark);
  }

  /** The reasons of a status, and what else was marked of it, with their numbers. */
  marksOf(status: string): ReadonlyMap<string, number> {
    return this.#reasons.get(status) ?? new Map();
  }

  /** Results of this status, or of this status and reason (`missing nodata`). */
  of(key: string): number {
    const [status = '', reason] = key.split(' ');
    const count =
      reason === undefined ? this.#statuses.get(status) : this.#reasons.get(status)?.get(reason);
    return count ?? 0;
  }

  get total(): number {
    return this.#total;
  }

  /** All of it, to go on from later: by status, and by status and reason (`missing nodata`). */
  get counts(): Record<string, number> {
    const counts = Object.fromEntries(this.#statuses);
    for (const [status, reasons] of this.#reasons) {
      for (const [reason, count] of reasons) counts[`${status} ${reason}`] = count;
    }
    return counts;
  }

  /** Adds the {@link counts} of another. */
  include(counts: Readonly<Record<string, number>>): void {
    for (const [key, count] of Object.entries(counts)) {
      const [status = '', reason] = key.split(' ');
      if (reason === undefined) {
        this.#total += count;
        increment(this.#statuses, status, count);
      } else {
        increment(this.#reasonsOf(status), reason, count);
      }
    }
  }

  clear(): void {
    this.#statuses.clear();
    this.#reasons.clear();
    this.#total = 0;
  }

  #reasonsOf(status: string): Map<string, number> {
    let reasons = this.#reasons.get(status);
    if (!reasons) {
      reasons = new Map();
      this.#reasons.set(status, reasons);
    }
    return reasons;
  }
}

function increment(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
