/** Names to ask again, held back so that they are not all asked at once. */

import { Queue } from '../core/queue.js';
import { ResendPace } from '../pacing/resend-pace.js';
import type { PendingQuery } from './query.js';

export class ResendQueue {
  readonly #queue = new Queue<PendingQuery>();
  readonly #pace: ResendPace;

  /** @param ofBest the part of the best rate of answers so far that is asked though little is answered */
  constructor(ofBest: number) {
    this.#pace = new ResendPace(ofBest);
  }

  get size(): number {
    return this.#queue.size;
  }

  push(query: PendingQuery): void {
    this.#queue.push(query);
  }

  shift(): PendingQuery | undefined {
    return this.#queue.shift();
  }

  answered(): void {
    this.#pace.answered();
  }

  tick(): void {
    this.#pace.tick();
  }

  /** Takes those whose turn it is. */
  takeDue(): PendingQuery[] {
    const due: PendingQuery[] = [];
    for (let query = this.#queue.first; query; query = this.#queue.first) {
      const isOver = !query.isWaiting || query.isSettled;
      if (!isOver && !this.#pace.take()) break;
      this.#queue.shift();
      if (!isOver) due.push(query);
    }
    return due;
  }
}
