/** First in, first out, with a way back in at the front. */

export class Queue<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Puts items before all others, in their order. */
  putBack(items: readonly T[]): void {
    if (items.length <= this.#head) {
      // There is room in front, where items were taken.
      this.#head -= items.length;
      for (const [i, item] of items.entries()) this.#items[this.#head + i] = item;
    } else {
      const all = [...items, ...this.#items.slice(this.#head)];
      // Room for more, as copying all of them for each that is put back would take ever longer.
      this.#head = all.length >> 1;
      this.#items = [...(new Array(this.#head) as T[]), ...all];
    }
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head < this.#items.length) this.#head++;
    // Copying is put off until half of the array has been taken.
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
