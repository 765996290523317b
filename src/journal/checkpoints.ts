/** When a run puts on the disk what it has won: now and then, one time after the other. */

/** The most that a stop may cost: so much is asked again. */
const INTERVAL = 1000;
const RESULTS = 50_000;

export class Checkpoints {
  readonly #save: () => Promise<void>;
  readonly #failed: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  #since = 0;
  #saving: Promise<void> | undefined;

  /** @param failed is told of the first error; no more is saved after it */
  constructor(save: () => Promise<void>, failed: (error: Error) => void) {
    this.#save = save;
    this.#failed = failed;
    this.#timer = setInterval(() => this.#begin(), INTERVAL);
  }

  /** So many results were put out. */
  count(results: number): void {
    this.#since += results;
    if (this.#since >= RESULTS) this.#begin();
  }

  /** Begins no more, and waits for the one that is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saving;
  }

  #begin(): void {
    if (this.#since === 0 || this.#saving) return;
    this.#since = 0;
    this.#saving = this.#save()
      .catch((error) => {
        clearInterval(this.#timer);
        this.#since = Number.NEGATIVE_INFINITY;
        this.#failed(error);
      })
      .finally(() => {
        this.#saving = undefined;
      });
  }
}
