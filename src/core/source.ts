/** Where items come from: an iterator that may answer at once or later. */

import { UsageError } from './usage-error.js';
import { withoutSecrets } from './without-secrets.js';

export interface Source<T> {
  next(): IteratorResult<T> | Promise<IteratorResult<T>>;
  /** Closes the source: `next` is not called again. May be called while `next` is pending. */
  return?(): unknown;
}

/**
 * The source of an iterable, each value mapped. Not an async generator: its `return` waits for a
 * pending `next`, so that an iterable that is waiting could not be closed.
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

/** Throws a {@link UsageError} for one text in place of a list, whose characters would be its items. */
export function refuseText(items: unknown, what: string): void {
  if (typeof items !== 'string') return;
  throw new UsageError(`Expected a list of ${what}, got the text \`${withoutSecrets(items)}\``);
}

export function isPromise<V, P extends PromiseLike<unknown>>(value: V | P): value is P {
  return typeof (value as P | null)?.then === 'function';
}
