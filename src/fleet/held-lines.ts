/** How much a worker holds in memory: the lines of all chunks that are not finished yet. */

/** Characters of lines held, from which on only the oldest chunk goes on. */
const MAX_LENGTH = 64 * 1024 * 1024;
/** Names that a chunk hands to the prober at a time. */
const SLICE = 100;

export class HeldLines {
  #length = 0;
  #inFlight = 0;
  /** Characters of a line, a slow average. */
  #lineLength = 0;
  /** The chunks in progress, the oldest first: that one is never stopped, or none would end. */
  readonly #chunks = new Set<ChunkLines>();
  #waiting: (() => void)[] = [];

  /** Begins a chunk. */
  open(): ChunkLines {
    const chunk = new ChunkLines(this);
    this.#chunks.add(chunk);
    return chunk;
  }

  /**
   * Counts what a chunk has come to hold, or holds no more.
   *
   * @param length characters of lines
   * @param names how many more were asked; below 0, how many were answered
   */
  change(length: number, names: number): void {
    if (length > 0 && names < 0) this.#lineLength += (length / -names - this.#lineLength) / 8;
    this.#length += length;
    this.#inFlight += names;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  end(chunk: ChunkLines): void {
    this.#chunks.delete(chunk);
  }

  /** Resolves when a chunk may ask about more names. */
  async room(chunk: ChunkLines): Promise<void> {
    while (!this.#hasRoom(chunk)) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #hasRoom(chunk: ChunkLines): boolean {
    const isOldest = this.#chunks.values().next().value === chunk;
    return isOldest || this.#length + this.#inFlight * this.#lineLength < MAX_LENGTH;
  }
}

/** The part of one chunk. */
export class ChunkLines {
  readonly #all: HeldLines;
  #length = 0;
  #inFlight = 0;

  constructor(all: HeldLines) {
    this.#all = all;
  }

  /** The names of the chunk, a few at a time, whenever there is room for their lines. */
  async *paced(names: readonly string[]): AsyncGenerator<readonly string[], void, undefined> {
    for (let at = 0; at < names.length; at += SLICE) {
      await this.#all.room(this);
      const slice = names.slice(at, at + SLICE);
      this.#change(0, slice.length);
      yield slice;
    }
  }

  /** Counts lines that were made, of so many verdicts. */
  add(length: number, verdicts: number): void {
    this.#change(length, -verdicts);
  }

  close(): void {
    this.#all.end(this);
    this.#change(-this.#length, -this.#inFlight);
  }

  #change(length: number, names: number): void {
    this.#length += length;
    this.#inFlight += names;
    this.#all.change(length, names);
  }
}
