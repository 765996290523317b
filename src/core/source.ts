/** Where items come from: an iterator that may answer at once or later. */

export interface Source<T> {
  next(): IteratorResult<T> | Promise<IteratorResult<T>>;
  /** Nobody will ask again. May be called while `next` is pending. */
  return?(): unknown;
}

/**
 * The source of an iterable, each value mapped. An async generator would do, but for one thing: its
 * `return` waits for a pending `next`, and then the iterable would never hear that we have left.
 */
export function mapSource<T, U>(
  items: Iterable<T> | AsyncIterable<T>,
  map: (item: T) => U,
): Source<U> {
  // Not by `in`: a string is iterable, and no object.
  const openAsync = (items as AsyncIterable<T>)[Symbol.asyncIterator]?.bind(items);
  const source: Source<T> = openAsync?.() ?? (items as Iterable<T>)[Symbol.iterator]();
  const mapped = (result: IteratorResult<T>): IteratorResult<U> =>
    result.done ? result : { done: false, value: map(result.value) };
  return {
    next() {
      const result = source.next();
      return isPromise(result) ? result.then(mapped) : mapped(result);
    },
    return: () => source.return?.(),
  };
}

export function isPromise<V, P extends PromiseLike<unknown>>(value: V | P): value is P {
  return typeof (value as P | null)?.then === 'function';
}
