/** The questions that wait to be sent: some now, some later. */

import { Queue } from '../core/queue.js';
import { DelayQueue } from './delay-queue.js';
import type { PendingQuery } from './query.js';

/** The longest delay, in ticks. */
const SLOTS = 128;

export class QueryQueue {
  readonly #queue = new Queue<PendingQuery>();
  readonly #delayed: DelayQueue<PendingQuery>;

  /** @param tickMs how often {@link requeueDue} is called */
  constructor(tickMs: number) {
    this.#delayed = new DelayQueue(tickMs, SLOTS);
  }

  /** How many wait to be sent now. */
  get size(): number {
    return this.#queue.size;
  }

  get isEmpty(): boolean {
    return this.#queue.size === 0 && this.#delayed.size === 0;
  }

  get first(): PendingQuery | undefined {
    return this.#queue.first;
  }

  shift(): PendingQuery | undefined {
    return this.#queue.shift();
  }

  push(query: PendingQuery): void {
    query.wait();
    this.#queue.push(query);
  }

  /** Before all others, in their order. */
  putBack(queries: readonly PendingQuery[]): void {
    for (const query of queries) query.wait(query.clockStart);
    this.#queue.putBack(queries);
  }

  delay(query: PendingQuery, ms: number): void {
    query.wait(query.clockStart);
    this.#delayed.add(query, ms);
  }

  requeueDue(): void {
    const due = this.#delayed.takeDue();
    if (due.length === 0) return;
    this.#queue.putBack(due.filter(({ isWaiting, isSettled }) => isWaiting && !isSettled));
  }

  takeAll(): PendingQuery[] {
    const all = this.#delayed.takeAll();
    for (let query = this.#queue.shift(); query; query = this.#queue.shift()) all.push(query);
    return all;
  }
}
