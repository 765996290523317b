/** Bounds the bytes that are in memory between the network and the disk. */

/** Bytes that one file holds, from the head of its answer until it is saved. */
export interface Reservation {
  /** Takes so many more bytes; a promise if they have to wait. */
  grow(bytes: number): Promise<void> | undefined;
  /** Gives everything back, also what is still waited for. */
  release(): void;
}

/**
 * Bytes are given first come, first served. The oldest holder always gets what it asks for, beyond the
 * limit if it must: a file larger than the whole budget has its turn, and files of unknown
 * length cannot wait for each other for ever. So the bound is the limit, and one file.
 */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;
  /** In the order of their first request. */
  readonly #holders = new Set<Holder>();
  /** Those that wait, in the order in which they began to. */
  readonly #queue = new Set<Holder>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  open(): Reservation {
    return new Holder(this);
  }

  /** @internal */
  grow(holder: Holder, bytes: number): Promise<void> | undefined {
    if (bytes <= 0) return undefined;
    this.#holders.add(holder);
    holder.wanted = bytes;
    if ((this.#queue.size === 0 && this.#fits(holder)) || this.#isOldest(holder)) {
      this.#give(holder);
      return undefined;
    }
    this.#queue.add(holder);
    return new Promise((resolve) => {
      holder.grant = resolve;
    });
  }

  /** @internal */
  release(holder: Holder): void {
    this.#used -= holder.held;
    holder.held = 0;
    this.#holders.delete(holder);
    this.#queue.delete(holder);
    holder.grant = undefined;
    if (this.#queue.size === 0) return;
    const [oldest] = this.#holders;
    if (oldest && this.#queue.has(oldest)) this.#give(oldest);
    for (const next of this.#queue) {
      if (!this.#fits(next)) break;
      this.#give(next);
    }
  }

  #give(holder: Holder): void {
    this.#used += holder.wanted;
    holder.held += holder.wanted;
    this.#queue.delete(holder);
    holder.grant?.();
    holder.grant = undefined;
  }

  #fits({ wanted }: Holder): boolean {
    return this.#used + wanted <= this.#limit;
  }

  #isOldest(holder: Holder): boolean {
    return this.#holders.values().next().value === holder;
  }
}

/** What one file holds and waits for. */
class Holder implements Reservation {
  readonly #budget: ByteBudget;
  held = 0;
  wanted = 0;
  grant: (() => void) | undefined;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  grow(bytes: number): Promise<void> | undefined {
    return this.#budget.grow(this, bytes);
  }

  release(): void {
    this.#budget.release(this);
  }
}
