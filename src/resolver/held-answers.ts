/**
 * Answers that are there and wait: for the check of their resolver, for what another says, for a sibling.
 * While they take too much memory no more names are taken on, so that what they can take is bounded: by the
 * bound here, and the answers to what was asked before it was reached (`--concurrency`, 64 KB each on the wire).
 */

import type { DnsRecord } from '../core/model.js';

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

export class HeldAnswers {
  #bytes = 0;
  #waiting: (() => void)[] = [];

  get bytes(): number {
    return this.#bytes;
  }

  hold(bytes: number): void {
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#waiting.length === 0 || this.isFull) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_ANSWER_BYTES_HELD;
  }

  /** While too much is held: resolves when more names are welcome. */
  get room(): Promise<void> | undefined {
    if (!this.isFull) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
