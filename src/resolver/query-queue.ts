/** The questions that wait to be sent: some now, some later. */

import { Queue } from '../core/queue.js';
import { ResendPace } from '../pacing/resend-pace.js';
import { DelayQueue } from './delay-queue.js';
import type { PendingQuery } from './query.js';

/** The longest delay, in ticks. */
const SLOTS = 128;

export class QueryQueue {
  /** Those that were asked before, which go first, and the new ones. */
  readonly #again = new Queue<PendingQuery>();
  readonly #new = new Queue<PendingQuery>();
  readonly #delayed: DelayQueue<PendingQuery>;
  /** Those whose question was lost, until it is their turn. */
  readonly #lost = new Queue<PendingQuery>();
  readonly #resends = new ResendPace();

  /** @param tickMs how often {@link requeueDue} is called */
  constructor(tickMs: number) {
    this.#delayed = new DelayQueue(tickMs, SLOTS);
  }

  /** How many wait to be sent now. */
  get size(): number {
    return this.#again.size + this.#new.size;
  }

  /** How many wait for their time: they are held in memory, as those in flight are. */
  get delayed(): number {
    return this.#delayed.size + this.#lost.size;
  }

  get isEmpty(): boolean {
    return this.size === 0 && this.delayed === 0;
  }

  get first(): PendingQuery | undefined {
    return this.#again.first ?? this.#new.first;
  }

  shift(): PendingQuery | undefined {
    return this.#again.shift() ?? this.#new.shift();
  }

  push(query: PendingQuery): void {
    query.wait();
    this.#new.push(query);
  }

  /** Before all others, in their order. */
  putBack(queries: readonly PendingQuery[]): void {
    for (const query of queries) query.wait(query.clockStart);
    this.#again.putBack(queries);
  }

  delay(query: PendingQuery, ms: number): void {
    query.wait(query.clockStart);
    this.#delayed.add(query, ms);
  }

  /** An attempt was lost: asks again as soon as the pace of resends lets it. */
  resend(query: PendingQuery): void {
    query.wait(query.clockStart);
    this.#lost.push(query);
    this.#releaseLost();
  }

  /** A question was answered well. */
  answered(): void {
    this.#resends.answered();
  }

  /** Those that have waited longest go first, or some would be asked again and again before others. */
  requeueDue(): void {
    for (const query of this.#delayed.takeDue()) {
      if (query.isWaiting && !query.isSettled) this.#again.push(query);
    }
    this.#resends.tick();
    this.#releaseLost();
  }

  #releaseLost(): void {
    const released: PendingQuery[] = [];
    for (let query = this.#lost.first; query; query = this.#lost.first) {
      const isOver = !query.isWaiting || query.isSettled;
      if (!isOver && !this.#resends.take()) break;
      this.#lost.shift();
      if (!isOver) released.push(query);
    }
    if (released.length > 0) this.#again.putBack(released);
  }

  takeAll(): PendingQuery[] {
    const all = this.#delayed.takeAll();
    for (let query = this.#lost.shift(); query; query = this.#lost.shift()) all.push(query);
    for (let query = this.shift(); query; query = this.shift()) all.push(query);
    return all;
  }
}
