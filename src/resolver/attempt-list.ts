/**
 * The attempts in flight on one channel, in the order of sending: a list through the attempts
 * themselves, so that adding, removing and finding the oldest cost the same for any number.
 */

/** The links belong to the list that the item is in. */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
  /** It is not older than answers usually take. */
  readonly inWindow: boolean;
}

export class AttemptList<T extends Linked<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #oldestInWindow: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): T | undefined {
    return this.#first;
  }

  get oldestInWindow(): T | undefined {
    return this.#oldestInWindow;
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let each = this.#first; each; each = each.next) yield each;
  }

  add(item: T): void {
    item.previous = this.#last;
    if (this.#last) this.#last.next = item;
    else this.#first = item;
    this.#last = item;
    this.#oldestInWindow ??= item;
    this.#size++;
  }

  /** The oldest in the window has left it; they leave in the order of sending. */
  passOldestInWindow(): void {
    this.#oldestInWindow = this.#oldestInWindow?.next;
  }

  remove(item: T): void {
    const { previous, next } = item;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    if (this.#oldestInWindow === item) this.#oldestInWindow = next;
    item.previous = undefined;
    item.next = undefined;
    this.#size--;
  }
}
