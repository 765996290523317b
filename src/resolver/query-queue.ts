/** The questions that wait to be sent: some now, some later. */

import { Queue } from '../core/queue.js';
import { DelayQueue } from './delay-queue.js';
import type { PendingQuery } from './query.js';
import { ResendQueue } from './resend-queue.js';

/** The longest delay, in ticks. */
const SLOTS = 128;
/** The part of the best rate so far that is asked again though little is answered: the names may be dead. */
const LOST_PART = 1 / 2;
/** The same of those that were refused: their resolver is there, and takes questions that it answers so, too. */
const REFUSED_PART = 2.5;
/** Delays differ by up to this part, each from the one before it by the golden section of that. */
const SPREAD = 1 / 2;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export class QueryQueue {
  /** Those that were asked before, which go first, and the new ones. */
  readonly #again = new Queue<PendingQuery>();
  readonly #new = new Queue<PendingQuery>();
  readonly #delayed: DelayQueue<PendingQuery>;
  /** Those whose question was lost, and those that a limit may have refused, until it is their turn. */
  readonly #lost = new ResendQueue(LOST_PART);
  readonly #refused = new ResendQueue(REFUSED_PART);
  /** Where the next delay is in its range; 0 to 1. */
  #spread = 0;

  /** @param tickMs how often {@link requeueDue} is called */
  constructor(tickMs: number) {
    this.#delayed = new DelayQueue(tickMs, SLOTS);
  }

  /** How many wait to be sent now. */
  get size(): number {
    return this.#again.size + this.#new.size;
  }

  /** Whether any of those is new; what was put before all others is not. */
  get hasNew(): boolean {
    return this.#new.size > 0;
  }

  /** How many wait for their time: they are held in memory, as those in flight are. */
  get delayed(): number {
    return this.#delayed.size + this.#lost.size + this.#refused.size;
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

  /** About as long. What came to a limit together would else come to it together again, the same ones last. */
  delayApart(query: PendingQuery, ms: number): void {
    this.#spread = (this.#spread + GOLDEN) % 1;
    this.delay(query, ms * (1 + SPREAD * (this.#spread - 1 / 2)));
  }

  /** An attempt was lost: asks again as soon as the pace of resends lets it. */
  resend(query: PendingQuery): void {
    query.wait(query.clockStart);
    this.#lost.push(query);
    this.#again.putBack(this.#lost.takeDue());
  }

  /** A question was answered well. */
  answered(): void {
    this.#lost.answered();
    this.#refused.answered();
  }

  /** Those that have waited longest go first, or some would be asked again and again before others. */
  requeueDue(): void {
    for (const query of this.#delayed.takeDue()) {
      if (!query.isWaiting || query.isSettled) continue;
      if (query.limitRefusals > 0) this.#refused.push(query);
      else this.#again.push(query);
    }
    for (const each of [this.#refused, this.#lost]) {
      each.tick();
      this.#again.putBack(each.takeDue());
    }
  }

  takeAll(): PendingQuery[] {
    const all = this.#delayed.takeAll();
    for (const queue of [this.#lost, this.#refused, this]) {
      for (let query = queue.shift(); query; query = queue.shift()) all.push(query);
    }
    return all;
  }
}
