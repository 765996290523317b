/** Whether any resolver answers at all, and for how long none did. */

export class OutageWatch {
  readonly #limitMs: number;
  readonly #onOutage: ((isOut: boolean) => void) | undefined;
  #since: number | undefined;

  /** @param limitMs how long a run waits; 0 is no limit */
  constructor(limitMs: number, onOutage: ((isOut: boolean) => void) | undefined) {
    this.#limitMs = limitMs;
    this.#onOutage = onOutage;
  }

  get isOut(): boolean {
    return this.#since !== undefined;
  }

  isOver(now: number): boolean {
    return this.#since !== undefined && this.#limitMs > 0 && now - this.#since >= this.#limitMs;
  }

  begin(now: number): void {
    if (this.#since !== undefined) return;
    this.#since = now;
    this.#onOutage?.(true);
  }

  end(): void {
    if (this.#since === undefined) return;
    this.#since = undefined;
    this.#onOutage?.(false);
  }
}
