/** The one concurrency idea of the project: many items, a ceiling, results as they settle. */

import { didYouMean } from './nearest.js';
import { isPromise, mapSource, type Source } from './source.js';
import { UsageError } from './usage-error.js';

export interface CompletionOptions {
  /** The most items that may be at work or settled but not yet taken, 1 or more. */
  readonly concurrency: number;
  /** Stops everything; the generator then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Keep the order of the items. At most 65,536 results wait for the slowest. */
  readonly ordered?: boolean | undefined;
}

/** What is done with each item; `signal` aborts when the result is no longer wanted. */
export type Work<T, V> = (item: T, signal: AbortSignal) => V | PromiseLike<V>;

/** How far past the oldest unsettled item `ordered` reads on. */
const ORDERED_SPAN = 65_536;

/**
 * Runs `work` on every item, at most `concurrency` at once, and yields the values in the order in
 * which they settle, like Python's `asyncio.as_completed`.
 *
 * An item is pulled only when there is room for it, counting values that were not taken yet: a slow
 * reader slows the work. Values are yielded while the source is idle. An error (of the source, the
 * work or the signal) is thrown only after the values from before it were yielded; the source's error
 * waits for what is in flight, the other two abort it. Leaving the loop aborts what
 * is in flight and never waits for a pending read of the source. Throws a {@link UsageError} for a
 * wrong option.
 *
 * @example
 * ```ts
 * for await (const page of asCompleted(urls, (url, signal) => fetch(url, { signal }), { concurrency: 5 })) {
 *   console.log(page.url, page.status);
 * }
 * ```
 */
export async function* asCompleted<T, V>(
  items: Iterable<T> | AsyncIterable<T>,
  work: Work<T, V>,
  options: CompletionOptions,
): AsyncGenerator<V, void, undefined> {
  checkOptions(options);
  const lists = mapSource(items, (item): readonly T[] => [item]);
  const begin: Begin<T, V> = (item, settle, fail, signal) => {
    const value = work(item, signal);
    if (isPromise(value)) value.then(settle, fail);
    else settle(value);
  };
  yield* asCompletedLists(lists, begin, options);
}

const optionNames = ['concurrency', 'signal', 'ordered'];

/** A wrong limit would let no item begin, and the loop would wait for ever. */
function checkOptions(options: CompletionOptions): void {
  const { concurrency, ...others }: Partial<CompletionOptions> = options ?? {};
  for (const option of Object.keys(others)) {
    if (optionNames.includes(option)) continue;
    const meant = didYouMean(option, optionNames);
    throw new UsageError(
      `Expected an option to be one of ${optionNames.join(', ')}, got \`${option}\`${meant}`,
    );
  }
  if (concurrency === Number.POSITIVE_INFINITY) return;
  if (Number.isInteger(concurrency) && (concurrency as number) >= 1) return;
  throw new UsageError(
    `Expected \`concurrency\` to be an integer of at least 1, got \`${concurrency}\` (${typeof concurrency})`,
  );
}

/** Work by callback, for items so small and many that a promise for each is too much. */
export type Begin<T, V> = (
  item: T,
  settle: (value: V) => void,
  fail: (error: unknown) => void,
  signal: AbortSignal,
) => void;

/** {@link asCompleted} where one step of the source gives any number of items. */
export async function* asCompletedLists<T, V>(
  lists: Source<readonly T[]>,
  begin: Begin<T, V>,
  options: CompletionOptions,
): AsyncGenerator<V, void, undefined> {
  const run = new Completion(lists, begin, options);
  try {
    while (run.hasSettled || (await run.settled())) {
      yield run.takeOne();
    }
  } finally {
    run.stop();
  }
}

/** For very many small items: each turn yields all that settled since the last. */
export async function* asCompletedBatches<T, V>(
  lists: Source<readonly T[]>,
  begin: Begin<T, V>,
  options: CompletionOptions,
): AsyncGenerator<V[], void, undefined> {
  const run = new Completion(lists, begin, options);
  try {
    while (run.hasSettled || (await run.settled())) {
      yield run.takeAll();
    }
  } finally {
    run.stop();
  }
}

class Completion<T, V> {
  readonly #source: Source<readonly T[]>;
  readonly #begin: Begin<T, V>;
  readonly #concurrency: number;
  readonly #outer: AbortSignal | undefined;
  readonly #inner = new AbortController();
  /** With `ordered`: values by item number that wait for an earlier one. */
  readonly #early: Map<number, V> | undefined;
  #list: readonly T[] = [];
  #position = 0;
  #pulled = 0;
  #yieldable = 0;
  #running = 0;
  #values: V[] = [];
  #taken = 0;
  #reading = false;
  #filling = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(source: Source<readonly T[]>, begin: Begin<T, V>, options: CompletionOptions) {
    this.#source = source;
    this.#begin = begin;
    this.#concurrency = options.concurrency;
    this.#outer = options.signal;
    this.#early = options.ordered ? new Map() : undefined;
    if (this.#outer?.aborted) {
      this.#onAbort();
    } else {
      this.#outer?.addEventListener('abort', this.#onAbort);
    }
  }

  get hasSettled(): boolean {
    return this.#taken < this.#values.length;
  }

  /** Waits for a value; false at the end. */
  async settled(): Promise<boolean> {
    for (;;) {
      this.#fill();
      if (this.hasSettled) return true;
      if (this.#failure && (this.#stopped || this.#running === 0)) throw this.#failure.error;
      if (this.#ended && this.#running === 0) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  takeOne(): V {
    const value = this.#values[this.#taken++] as V;
    if (this.#taken === this.#values.length) {
      this.#values = [];
      this.#taken = 0;
    }
    this.#fill();
    return value;
  }

  takeAll(): V[] {
    const values = this.#values;
    this.#values = [];
    this.#fill();
    return values;
  }

  /** Aborts what is in flight. The source is told, and not waited for. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#outer?.removeEventListener('abort', this.#onAbort);
    if (this.#running > 0 || !this.#ended) {
      this.#inner.abort(this.#failure?.error);
    }
    this.#leaveSource();
  }

  #leaveSource(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      Promise.resolve(this.#source.return?.()).catch(() => {});
    } catch {
      // An error of closing the source concerns no reader any more.
    }
  }

  readonly #onAbort = (): void => this.#fail(this.#outer?.reason);

  /** The first failure is thrown: later ones are its consequences. */
  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#failure ??= { error };
    this.stop();
    this.#rouse();
  }

  #rouse(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  get #hasRoom(): boolean {
    return (
      this.#running + this.#values.length - this.#taken < this.#concurrency &&
      (this.#early === undefined || this.#pulled - this.#yieldable < ORDERED_SPAN)
    );
  }

  #fill(): void {
    // Work that settles at once comes back to here: the loop below goes on, not a deeper one.
    if (this.#filling) return;
    this.#filling = true;
    while (!this.#stopped && this.#hasRoom) {
      if (this.#position < this.#list.length) {
        this.#start(this.#list[this.#position++] as T);
      } else if (this.#reading || this.#ended || !this.#read()) {
        break;
      }
    }
    this.#filling = false;
  }

  #start(item: T): void {
    const number = this.#pulled++;
    this.#running++;
    // In completion order the item's number does not matter: one function serves all.
    const settle =
      this.#early === undefined ? this.#onValue : (value: V) => this.#onOrdered(number, value);
    try {
      this.#begin(item, settle, this.#onError, this.#inner.signal);
    } catch (error) {
      this.#onError(error);
    }
  }

  readonly #onValue = (value: V): void => {
    this.#running--;
    if (this.#stopped) return;
    this.#values.push(value);
    this.#rouse();
  };

  #onOrdered(number: number, value: V): void {
    this.#running--;
    if (this.#stopped) return;
    this.#release(number, value);
    this.#fill();
    this.#rouse();
  }

  readonly #onError = (error: unknown): void => {
    this.#running--;
    this.#fail(error);
  };

  #release(number: number, value: V): void {
    const early = this.#early as Map<number, V>;
    early.set(number, value);
    while (early.has(this.#yieldable)) {
      this.#values.push(early.get(this.#yieldable) as V);
      early.delete(this.#yieldable++);
    }
  }

  /** Asks the source for its next list; true if it came at once. */
  #read(): boolean {
    try {
      const result = this.#source.next();
      if (isPromise(result)) {
        this.#reading = true;
        result.then(this.#onList, this.#onSourceError);
        return false;
      }
      this.#accept(result);
      return true;
    } catch (error) {
      this.#onSourceError(error);
      return false;
    }
  }

  #accept(result: IteratorResult<readonly T[]>): void {
    if (result.done) {
      this.#ended = true;
    } else {
      this.#list = result.value;
      this.#position = 0;
    }
  }

  readonly #onList = (result: IteratorResult<readonly T[]>): void => {
    this.#reading = false;
    if (this.#stopped) return;
    this.#accept(result);
    this.#fill();
    this.#rouse();
  };

  readonly #onSourceError = (error: unknown): void => {
    this.#reading = false;
    if (this.#stopped) return;
    // The mapping of its items may have failed: then the source itself is still open.
    this.#leaveSource();
    this.#failure ??= { error };
    this.#rouse();
  };
}
