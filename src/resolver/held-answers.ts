/**
 * Answers that are there and wait: for the check of their resolver, for what another says, for a sibling.
 * While they take too much memory no more names are taken on. There may be thousands under way by then, of answers of
 * 64 KB on the wire: those that would have to wait are let go, and asked for again when there is room.
 */

import type { DnsRecord } from '../core/model.js';
import { Queue } from '../core/queue.js';

/** Bytes of all answers that wait. */
export const MAX_ANSWER_BYTES_HELD = 32 * 1024 * 1024;
/** What an answer takes at least, and a record without its data, by measurement. */
const ANSWER_BYTES = 500;
const RECORD_BYTES = 150;

/** Bytes of an answer in memory, about. */
export function bytesOf(records: readonly DnsRecord[]): number {
  let bytes = ANSWER_BYTES + RECORD_BYTES * records.length;
  for (const { data } of records) bytes += data.length;
  return bytes;
}

/** An answer that was let go. */
interface PutOff {
  readonly bytes: number;
  readonly resume: () => void;
}

export class HeldAnswers {
  #bytes = 0;
  #waiting: (() => void)[] = [];
  readonly #putOff = new Queue<PutOff>();
  #isResuming = false;

  get bytes(): number {
    return this.#bytes;
  }

  hold(bytes: number): void {
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
    this.#resume();
    if (this.#waiting.length === 0 || this.isFull) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /**
   * Calls back once there is room for so many bytes, which are held then: were all called back at once, most would find
   * that there is none again.
   */
  whenRoom(bytes: number, resume: () => void): void {
    this.#putOff.push({ bytes, resume });
    this.#resume();
  }

  /** What was held for an answer that has come now is given back, and may be held for the answer itself. */
  exchange(bytes: number, take: () => void): void {
    this.#bytes -= bytes;
    take();
    this.release(0);
  }

  #resume(): void {
    // What is called back may release something at once.
    if (this.#isResuming) return;
    this.#isResuming = true;
    while (!this.isFull) {
      const next = this.#putOff.shift();
      if (!next) break;
      this.#bytes += next.bytes;
      next.resume();
    }
    this.#isResuming = false;
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_ANSWER_BYTES_HELD;
  }

  /** Even what has waited already may hold no more. */
  get isOverfull(): boolean {
    return this.#bytes >= 2 * MAX_ANSWER_BYTES_HELD;
  }

  /** While too much is held: resolves when more names are welcome. */
  get room(): Promise<void> | undefined {
    if (!this.isFull) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
