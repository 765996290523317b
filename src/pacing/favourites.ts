/**
 * Which of many resolvers are asked first while more is to be asked than our own time, or what may be in flight,
 * allows: the quickest. What is in flight there is soon answered, and where much goes to one resolver a stream carries
 * many questions a write. Questions that they have no room for go to the others. Pure: time is passed in, in
 * milliseconds.
 */

import { ZERO } from '../core/zero.js';

/** What is to be known of a resolver. */
export interface Candidate {
  /** It answers what it is asked, and leaves hardly any name open. */
  readonly isSteady: boolean;
  /** A limit of it was found. */
  readonly isLimited: boolean;
  /** The median latency; 0 before it is known. */
  readonly medianMs: number;
  isInPlay(now: number): boolean;
  hasRoom(now: number): boolean;
}

/** So many share what a process can ask: of 36,000 questions a second each gets 1,500. */
const MOST = 24;
/** How often they are looked at. */
const INTERVAL_MS = 250;

export class Favourites<T extends Candidate> {
  readonly #candidates: readonly T[];
  #all: readonly T[] = [];
  #lookedAt = ZERO;
  #turn = 0;
  #areFull = false;
  /** How many there were so far, and how many of them turned out to have a limit. */
  #tried = 0;
  #limited = 0;

  constructor(candidates: readonly T[]) {
    this.#candidates = candidates;
  }

  /**
   * To be called often.
   *
   * @param withRoom how many resolvers have room
   * @param isWanted whether questions wait
   */
  tick(withRoom: number, isWanted: boolean, now: number): void {
    this.#areFull = false;
    if (this.#candidates.length <= MOST || now - this.#lookedAt < INTERVAL_MS) return;
    this.#lookedAt = now;
    for (const each of this.#all) if (each.isLimited) this.#limited++;
    this.#all = this.#all.filter((each) => isFit(each, now));
    // Where most have a limit, all alike are asked less than that.
    if (this.#limited > Math.max(this.#tried, MOST) / 2) this.#all = [];
    // If fewer have room, that is what is short.
    else if (isWanted && withRoom > MOST) this.#fill(now);
  }

  #fill(now: number): void {
    const others = this.#candidates.filter((each) => isFit(each, now) && !this.has(each));
    others.sort((a, b) => a.medianMs - b.medianMs);
    const added = others.slice(0, MOST - this.#all.length);
    this.#tried += added.length;
    this.#all = [...this.#all, ...added];
  }

  has(candidate: T): boolean {
    return this.#all.includes(candidate);
  }

  /** The next in turn that has room. */
  next(now: number): T | undefined {
    if (this.#areFull) return undefined;
    for (const _ of this.#all) {
      const candidate = this.#all[this.#turn++ % this.#all.length] as T;
      if (candidate.isInPlay(now) && candidate.hasRoom(now)) return candidate;
    }
    this.#areFull = true;
    return undefined;
  }

  /** One of them may have room again. */
  noteRoom(): void {
    this.#areFull = false;
  }
}

function isFit(candidate: Candidate, now: number): boolean {
  // In this order: one that was never asked is not looked at further.
  if (!candidate.isSteady || !candidate.isInPlay(now)) return false;
  return !candidate.isLimited && candidate.medianMs > 0;
}
