/** Cancels many things at once. */

/**
 * What is in flight and how each of it is cancelled. An AbortSignal could do this, but adding and
 * removing a listener for each request costs several microseconds, a set next to nothing.
 */
export class Cancellation {
  readonly #cancels = new Set<(reason: unknown) => void>();
  #cancelled: { readonly reason: unknown } | undefined;

  /** Cancels whatever was added, and with it whatever asks later. */
  cancel(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = { reason };
    for (const cancel of this.#cancels) cancel(reason);
    this.#cancels.clear();
  }

  /** Throws the reason if there was a cancel. */
  throwIfCancelled(): void {
    if (this.#cancelled) throw this.#cancelled.reason;
  }

  add(cancel: (reason: unknown) => void): void {
    this.#cancels.add(cancel);
  }

  delete(cancel: (reason: unknown) => void): void {
    this.#cancels.delete(cancel);
  }

  /** Waits so many milliseconds; rejects with the reason of a cancel. */
  async sleep(ms: number): Promise<void> {
    this.throwIfCancelled();
    await new Promise<void>((resolve, reject) => {
      const cancel = (reason: unknown) => {
        clearTimeout(timer);
        reject(reason);
      };
      const timer = setTimeout(() => {
        this.#cancels.delete(cancel);
        resolve();
      }, ms);
      this.#cancels.add(cancel);
    });
  }
}
