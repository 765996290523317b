import { describe, expect, it } from 'vitest';
import { asCompleted, asCompletedBatches, type Begin } from '../../src/core/as-completed.js';
import type { Source } from '../../src/core/source.js';
import { type Gate, gate } from '../support/gate.js';

/** Everything that is ready to run runs. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function gates(count: number): Gate[] {
  return Array.from({ length: count }, gate);
}

async function collect<V>(values: AsyncIterable<V>): Promise<V[]> {
  const all: V[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** What was yielded, then what was thrown. */
async function untilThrown<V>(values: AsyncIterable<V>): Promise<[V[], unknown]> {
  const all: V[] = [];
  try {
    for await (const value of values) all.push(value);
  } catch (error) {
    return [all, error];
  }
  throw new Error('Expected it to throw');
}

/** A source that says how far it was pulled, stays idle at its end, and hears when it is left. */
function idleAfter<T>(items: readonly T[]) {
  const source = {
    pulled: 0,
    returned: 0,
    [Symbol.asyncIterator](): AsyncIterator<T> {
      return {
        next: (): Promise<IteratorResult<T>> =>
          source.pulled < items.length
            ? Promise.resolve({ done: false, value: items[source.pulled++] as T })
            : new Promise(() => {}),
        return(): Promise<IteratorResult<T>> {
          source.returned++;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
  return source;
}

it.each<[object | undefined, string]>([
  [undefined, 'Expected `concurrency` to be an integer of at least 1, got `undefined`'],
  [{}, 'Expected `concurrency` to be an integer of at least 1, got `undefined`'],
  [{ concurrency: 0 }, 'Expected `concurrency` to be an integer of at least 1, got `0`'],
  [{ concurrency: Number.NaN }, 'got `NaN` (number)'],
  [{ concurrency: '2' }, 'got `2` (string)'],
  [
    { concurency: 2 },
    'to be one of concurrency, signal, ordered, got `concurency` (did you mean `concurrency`?)',
  ],
])('the options %j are refused', async (options, message) => {
  const results = asCompleted([1], (i) => i, options as { concurrency: number });
  await expect(results.next()).rejects.toThrow(message);
});

it('all items may be at work at once', async () => {
  const options = { concurrency: Number.POSITIVE_INFINITY };
  expect(await collect(asCompleted([1, 2], (i) => i, options))).toEqual([1, 2]);
});

describe('asCompleted', () => {
  it('yields in the order in which the work settles', async () => {
    const doors = gates(3);
    const results = asCompleted(
      [0, 1, 2],
      async (i) => {
        await doors[i]?.passed;
        return i;
      },
      { concurrency: 3 },
    );
    for (const i of [2, 0, 1]) {
      const next = results.next();
      doors[i]?.open();
      expect(await next).toEqual({ done: false, value: i });
    }
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it.each([1, 2, 7])('never has more than %i at work', async (concurrency) => {
    let running = 0;
    let most = 0;
    const work = async (i: number) => {
      running++;
      most = Math.max(most, running);
      expect(running).toBeLessThanOrEqual(concurrency);
      for (let turns = i % 3; turns >= 0; turns--) await turn();
      running--;
      return i;
    };
    const values = await collect(asCompleted(Array(40).keys(), work, { concurrency }));
    expect(values.sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
    expect(most).toBe(concurrency);
  });

  it('counts values that nobody has taken yet: a slow reader slows the work', async () => {
    let pulled = 0;
    function* items() {
      for (;;) yield pulled++;
    }
    let taken = 0;
    const work = async (i: number) => {
      // The one that is being handed over makes room.
      expect(pulled - taken).toBeLessThanOrEqual(4 + 1);
      return i;
    };
    for await (const _ of asCompleted(items(), work, { concurrency: 4 })) {
      taken++;
      for (let turns = 0; turns < 3; turns++) await turn();
      expect(pulled).toBe(taken + 4);
      if (taken === 10) break;
    }
  });

  it('counts values that need no waiting too', async () => {
    let pulled = 0;
    function* items() {
      for (;;) yield pulled++;
    }
    const results = asCompleted(items(), (i) => i, { concurrency: 5 });
    for (let taken = 1; taken <= 20; taken++) {
      expect(await results.next()).toEqual({ done: false, value: taken - 1 });
      expect(pulled).toBe(taken + 5);
    }
    await results.return();
  });

  it('yields while the source is idle', async () => {
    const source = idleAfter(['a', 'b']);
    const results = asCompleted(source, async (text) => text.toUpperCase(), { concurrency: 10 });
    expect([await results.next(), await results.next()]).toEqual([
      { done: false, value: 'A' },
      { done: false, value: 'B' },
    ]);
    await results.return();
  });

  it('takes an async generator that is slower than the work', async () => {
    async function* items() {
      for (let i = 0; i < 5; i++) {
        await turn();
        yield i;
      }
    }
    expect(await collect(asCompleted(items(), (i) => i * i, { concurrency: 2 }))).toEqual([
      0, 1, 4, 9, 16,
    ]);
  });

  it('takes any iterable, a string too', async () => {
    const double = (text: string) => text + text;
    expect(await collect(asCompleted('ab', double, { concurrency: 1 }))).toEqual(['aa', 'bb']);
    const map = new Map([['a', 'b']]);
    expect(await collect(asCompleted(map.keys(), double, { concurrency: 1 }))).toEqual(['aa']);
  });

  it.each([
    ['a list', []],
    ['a generator', (function* () {})()],
    ['an async generator', (async function* () {})()],
  ])('yields nothing for %s without items', async (_, items) => {
    const work = () => expect.unreachable();
    expect(await collect(asCompleted(items, work, { concurrency: 1 }))).toEqual([]);
  });
});

describe('asCompleted, when something throws', () => {
  const boom = new Error('boom');

  it('yields what was won before work that fails, and aborts what runs', async () => {
    const signals: AbortSignal[] = [];
    const doors = gates(4);
    const results = untilThrown(
      asCompleted(
        [0, 1, 2, 3],
        async (i, signal) => {
          signals[i] = signal;
          await doors[i]?.passed;
          if (i === 2) throw boom;
          return i;
        },
        { concurrency: 4 },
      ),
    );
    await turn();
    for (const i of [1, 0, 2, 3]) doors[i]?.open();
    expect(await results).toEqual([[1, 0], boom]);
    expect(signals[3]?.aborted).toBe(true);
    expect(signals[3]?.reason).toBe(boom);
  });

  it('treats work that throws at once like work that rejects', async () => {
    const results = asCompleted(
      [1, 2, 3],
      (i) => {
        if (i === 3) throw boom;
        return i;
      },
      { concurrency: 3 },
    );
    expect(await untilThrown(results)).toEqual([[1, 2], boom]);
  });

  it('closes the source when work fails', async () => {
    const source = idleAfter([1]);
    const work = () => Promise.reject(boom);
    expect(await untilThrown(asCompleted(source, work, { concurrency: 2 }))).toEqual([[], boom]);
    expect(source.returned).toBe(1);
  });

  it.each(['at once', 'later'])(
    'lets work in flight end before the error of a source that fails %s',
    async (when) => {
      const door = gate();
      function* atOnce() {
        yield 1;
        throw boom;
      }
      async function* later() {
        yield* atOnce();
      }
      let sawAbort = false;
      const results = untilThrown(
        asCompleted(
          when === 'at once' ? atOnce() : later(),
          async (i, signal) => {
            await door.passed;
            sawAbort = signal.aborted;
            return i;
          },
          { concurrency: 3 },
        ),
      );
      await turn();
      door.open();
      expect(await results).toEqual([[1], boom]);
      expect(sawAbort).toBe(false);
    },
  );

  it('throws the reason of an abort, whatever it is, after what was won', async () => {
    const controller = new AbortController();
    const results = asCompleted([1, 2, 3], (i) => (i < 3 ? i : new Promise<number>(() => {})), {
      concurrency: 3,
      signal: controller.signal,
    });
    expect((await results.next()).value).toBe(1);
    controller.abort('enough');
    expect((await results.next()).value).toBe(2);
    await expect(results.next()).rejects.toBe('enough');
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('an abort wakes a reader that waits, and aborts the work with the same reason', async () => {
    const controller = new AbortController();
    let seen: unknown;
    const results = untilThrown(
      asCompleted(
        [1],
        (_, signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              seen = signal.reason;
              reject(new Error('an echo'));
            });
          }),
        { concurrency: 1, signal: controller.signal },
      ),
    );
    await turn();
    controller.abort(boom);
    expect(await results).toEqual([[], boom]);
    expect(seen).toBe(boom);
  });

  it('a signal that was aborted before means that nothing is pulled', async () => {
    const source = idleAfter([1, 2]);
    const work = () => expect.unreachable();
    const results = asCompleted(source, work, { concurrency: 2, signal: AbortSignal.abort(boom) });
    expect(await untilThrown(results)).toEqual([[], boom]);
    expect(source.pulled).toBe(0);
  });

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const counting = Object.assign(signal, {
      addEventListener(...args: unknown[]) {
        listeners++;
        return Reflect.apply(EventTarget.prototype.addEventListener, signal, args);
      },
      removeEventListener(...args: unknown[]) {
        listeners--;
        return Reflect.apply(EventTarget.prototype.removeEventListener, signal, args);
      },
    });
    const results = asCompleted([1, 2], (i) => i, { concurrency: 1, signal: counting });
    await results.next();
    expect(listeners).toBe(1);
    await collect(results);
    expect(listeners).toBe(0);
  });
});

describe('leaving the loop', () => {
  it('aborts what runs, closes the source and does not wait for its pending read', async () => {
    const source = idleAfter([1, 2, 3]);
    const aborted: number[] = [];
    for await (const value of asCompleted(
      source,
      (i, signal) => {
        signal.addEventListener('abort', () => aborted.push(i));
        return i === 2 ? i : new Promise<number>(() => {});
      },
      { concurrency: 10 },
    )) {
      expect(value).toBe(2);
      await turn();
      expect(source.pulled).toBe(3);
      break;
    }
    expect(source.returned).toBe(1);
    expect(aborted.sort()).toEqual([1, 2, 3]);
  });

  it('runs the finally of a generator that is the source', async () => {
    let closed = false;
    function* items() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    }
    for await (const _ of asCompleted(items(), (i) => i, { concurrency: 2 })) break;
    expect(closed).toBe(true);
  });

  it('swallows what the work and the source say afterwards', async () => {
    const door = gate();
    const source = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false as const, value: 1 }),
        return: () => {
          throw new Error('cannot be closed');
        },
      }),
    };
    let calls = 0;
    const work = async () => {
      if (calls++ === 0) return 'first';
      await door.passed;
      throw new Error('too late');
    };
    for await (const value of asCompleted(source, work, { concurrency: 2 })) {
      expect(value).toBe('first');
      break;
    }
    door.open();
    await turn();
  });

  it('does not abort at the end when all is done', async () => {
    let signal: AbortSignal | undefined;
    const work = (i: number, given: AbortSignal) => {
      signal = given;
      return i;
    };
    expect(await collect(asCompleted([1], work, { concurrency: 1 }))).toEqual([1]);
    expect(signal?.aborted).toBe(false);
  });
});

describe('asCompleted, ordered', () => {
  it('keeps the order of the items, whichever settles first', async () => {
    const doors = gates(4);
    const work = async (i: number) => {
      await doors[i]?.passed;
      return i;
    };
    const results = collect(asCompleted([0, 1, 2, 3], work, { concurrency: 4, ordered: true }));
    for (const i of [3, 1, 0, 2]) {
      doors[i]?.open();
      await turn();
    }
    expect(await results).toEqual([0, 1, 2, 3]);
  });

  it('mixes values that come at once with values that come later', async () => {
    const work = (i: number) => (i % 3 === 0 ? turn().then(() => i) : i);
    const options = { concurrency: 5, ordered: true };
    expect(await collect(asCompleted(Array(50).keys(), work, options))).toEqual([
      ...Array(50).keys(),
    ]);
  });

  it('goes on past a slow one, but not without end', async () => {
    const first = gate();
    let pulled = 0;
    function* items() {
      for (;;) yield pulled++;
    }
    const results = asCompleted(items(), (i) => (i === 0 ? first.passed.then(() => i) : i), {
      concurrency: 10,
      ordered: true,
    });
    const next = results.next();
    await turn();
    expect(pulled).toBe(65_536);
    first.open();
    expect((await next).value).toBe(0);
    for (let i = 1; i < 100; i++) expect((await results.next()).value).toBe(i);
    await results.return();
  });
});

describe('asCompletedBatches', () => {
  /** Lists in, as a source gives them. */
  const lists = (...all: number[][]): Source<readonly number[]> => all[Symbol.iterator]();

  it('yields all that settled since the last turn at once', async () => {
    const begin: Begin<number, number> = (i, settle) => settle(i * 10);
    const results = asCompletedBatches(lists([1, 2, 3], [], [4]), begin, { concurrency: 10 });
    expect(await collect(results)).toEqual([[10, 20, 30, 40]]);
  });

  it('keeps to its concurrency inside a list', async () => {
    let running = 0;
    const begin: Begin<number, number> = (i, settle) => {
      expect(++running).toBeLessThanOrEqual(3);
      setImmediate(() => {
        running--;
        settle(i);
      });
    };
    const batches = asCompletedBatches(lists([1, 2, 3, 4, 5], [6, 7]), begin, { concurrency: 3 });
    expect((await collect(batches)).flat()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('throws what the work fails with, after what was won before', async () => {
    const begin: Begin<number, number> = (i, settle, fail) => {
      if (i === 3) fail(new Error('boom'));
      else settle(i);
    };
    const results = asCompletedBatches(lists([1, 2, 3, 4]), begin, { concurrency: 9 });
    expect((await results.next()).value).toEqual([1, 2]);
    await expect(results.next()).rejects.toThrow('boom');
  });

  it('yields what was won before an abort', async () => {
    const controller = new AbortController();
    const begin: Begin<number, number> = (i, settle) => {
      if (i < 3) settle(i);
    };
    const results = asCompletedBatches(lists([1, 2, 3]), begin, {
      concurrency: 3,
      signal: controller.signal,
    });
    const first = results.next();
    controller.abort('enough');
    expect((await first).value).toEqual([1, 2]);
    await expect(results.next()).rejects.toBe('enough');
  });

  it('keeps the order of very many that settle at once', async () => {
    const many = [...Array(100_000).keys()];
    const options = { concurrency: 200_000, ordered: true };
    const results = asCompletedBatches(lists(many), (i, settle) => settle(i), options);
    expect((await collect(results)).flat()).toEqual(many);
  });
});
