/** Items that wait for their time, in slots of one tick: adding and taking cost the same for any number. */

export class DelayQueue<T> {
  readonly #slotMs: number;
  readonly #slots: T[][];
  #slot = 0;
  #size = 0;

  /** @param slotMs how often {@link takeDue} is called; @param slots how many there are */
  constructor(slotMs: number, slots: number) {
    this.#slotMs = slotMs;
    this.#slots = Array.from({ length: slots }, () => []);
  }

  get size(): number {
    return this.#size;
  }

  /** @param delay milliseconds; more than all slots together counts as that */
  add(item: T, delay: number): void {
    const ahead = Math.ceil(Math.max(0, delay) / this.#slotMs);
    const at = this.#slot + Math.min(Math.max(1, ahead), this.#slots.length - 1);
    (this.#slots[at % this.#slots.length] as T[]).push(item);
    this.#size++;
  }

  /** Goes on by one slot and takes what is in it. */
  takeDue(): readonly T[] {
    this.#slot = (this.#slot + 1) % this.#slots.length;
    return this.#empty(this.#slot);
  }

  takeAll(): T[] {
    return this.#slots.flatMap((_, slot) => this.#empty(slot));
  }

  #empty(slot: number): T[] {
    const due = this.#slots[slot] as T[];
    if (due.length === 0) return due;
    this.#slots[slot] = [];
    this.#size -= due.length;
    return due;
  }
}
