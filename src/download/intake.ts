/** Hands inputs on as fast as they find something to do, however long others wait for their host. */

import { isPromise, type Source } from '../core/source.js';

/** Inputs at work beside those that are asked: they wait for the disk, or for another try. */
const BESIDE = 256;

/** Inputs that wait for their host while others are handed on. */
const MAX_BLOCKED = 10_000;

export class Intake implements Source<readonly string[]> {
  readonly #source: Source<readonly string[]>;
  readonly #atWork: number;
  readonly #blocked: () => number;
  #list: readonly string[] = [];
  #at = 0;
  /** Inputs that were handed on and whose result is not taken. */
  #out = 0;
  #onRoom: (() => void) | undefined;

  /**
   * @param concurrency requests in flight
   * @param blocked how many of the inputs that were handed on wait for their host
   */
  constructor(source: Source<readonly string[]>, concurrency: number, blocked: () => number) {
    this.#source = source;
    this.#atWork = concurrency + BESIDE;
    this.#blocked = blocked;
  }

  /** The most inputs that are handed on before a result is taken. */
  get most(): number {
    return this.#atWork + MAX_BLOCKED;
  }

  next(): IteratorResult<readonly string[]> | Promise<IteratorResult<readonly string[]>> {
    const room = this.#room;
    if (room <= 0) return this.#later();
    if (this.#at < this.#list.length) return { done: false, value: this.#take(room) };
    const result = this.#source.next();
    return isPromise(result) ? result.then((one) => this.#accept(one)) : this.#accept(result);
  }

  return(): void {
    this.#source.return?.();
  }

  /** So many results were taken. */
  taken(results: number): void {
    this.#out -= results;
    this.look();
  }

  /** More of the inputs may wait for their host than before. */
  look(): void {
    if (this.#onRoom === undefined || this.#room <= 0) return;
    const resume = this.#onRoom;
    this.#onRoom = undefined;
    resume();
  }

  get #room(): number {
    return this.#atWork + Math.min(MAX_BLOCKED, this.#blocked()) - this.#out;
  }

  async #later(): Promise<IteratorResult<readonly string[]>> {
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve;
    });
    return this.next();
  }

  #accept(
    result: IteratorResult<readonly string[]>,
  ): IteratorResult<readonly string[]> | Promise<IteratorResult<readonly string[]>> {
    if (result.done) return result;
    this.#list = result.value;
    this.#at = 0;
    // An empty list is no end.
    return this.#list.length === 0 ? this.next() : { done: false, value: this.#take(this.#room) };
  }

  #take(room: number): readonly string[] {
    const some = this.#list.slice(this.#at, this.#at + Math.max(1, room));
    this.#at += some.length;
    this.#out += some.length;
    return some;
  }
}
