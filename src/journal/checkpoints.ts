/** When a run saves its journal: at intervals, one save at a time. */

/** What a kill may cost at the most: that much is asked again. */
const INTERVAL_MS = 1000;
const MAX_UNSAVED_RESULTS = 50_000;

export class Checkpoints {
  readonly #save: () => Promise<void>;
  readonly #failed: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  #unsaved = 0;
  #saving: Promise<void> | undefined;

  /** @param failed called with the first error; nothing is saved after it */
  constructor(save: () => Promise<void>, failed: (error: Error) => void) {
    this.#save = save;
    this.#failed = failed;
    this.#timer = setInterval(() => this.#begin(), INTERVAL_MS);
  }

  /** Counts results that were written to the output. */
  count(results: number): void {
    this.#unsaved += results;
    if (this.#unsaved >= MAX_UNSAVED_RESULTS) this.#begin();
  }

  /** Starts no further save, and waits for the one in progress. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saving;
  }

  #begin(): void {
    if (this.#unsaved === 0 || this.#saving) return;
    this.#unsaved = 0;
    this.#saving = this.#save()
      .catch((error) => {
        clearInterval(this.#timer);
        this.#unsaved = Number.NEGATIVE_INFINITY;
        this.#failed(error);
      })
      .finally(() => {
        this.#saving = undefined;
      });
  }
}
