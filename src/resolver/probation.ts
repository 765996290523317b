/**
 * The first answers of a resolver are not believed at once: a few of them, drawn from those that find
 * something and from those that deny, are asked of another too, and the others wait for what comes of
 * that. A resolver that stands the check and is wrong about many names would else settle all that it was
 * asked before the first comparison is back, which is all of a short list.
 */

import type { ControlName, ControlNames } from './control-names.js';

/**
 * Of each kind of answer the first so many are compared, the eighth, then one in so many, up to a number of them, and then fewer: a
 * resolver may begin to lie while answers wait, which all of a short list may do.
 */
const COMPARED_AT_FIRST = 2;
const COMPARED_NEXT = 8;
const COMPARE_EVERY = 5;
const MANY_COMPARED = 16;
const COMPARE_EVERY_LATE = 32;
/** So many answers wait in a short list, or at one of many resolvers. */
const FEW_WAITING = 16;
/** It ends after so many answers. */
const PROBATION_ANSWERS = 256;
/** Answers wait until so many comparisons are back for each that is not: some names are slow. */
const RETURNED_FOR_OPEN = 3;
/**
 * And at most so many ticks after the first, fewer while no other resolver has answered anything: time for
 * which the process stood still is one.
 */
const TICK_MS = 250;
const MAX_TICKS = 12;
const MAX_TICKS_ALONE = 4;

/** Told how a comparison goes. */
export interface Comparison {
  /** Another disagrees, and a third is asked. */
  onDispute(): void;
  /** All agree; of names that others had agreed about. */
  onAgreement?(isFound: boolean): void;
  onEnd(): void;
}

/** What is known of the other resolvers. */
export interface Others {
  /** Whether they were against this one: what waits is better asked of them. */
  areAgainst(): boolean;
  /** Whether one of them has answered anything. */
  areThere(): boolean;
  /** Called from time to time while answers wait. */
  onTick(): void;
}

export class Probation {
  /** By kind: those that deny, and those that find something. */
  readonly #told: [number, number] = [0, 0];
  readonly #compared: [number, number] = [0, 0];
  #open = 0;
  #disputed = 0;
  #returned = 0;
  /**
   * Names that others had spoken of before, and it has said the same: those that do not exist, and those that do. Of all, and
   * of those that it was asked about for that.
   */
  readonly #agreed: [number, number] = [0, 0];
  readonly #stood: [number, number] = [0, 0];
  #nextPair = 0;
  #openControls = 0;
  #waiting: ((isDoubted: boolean) => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  #isExpired = false;
  readonly #others: Others;

  constructor(others: Others) {
    this.#others = others;
  }

  /**
   * Counts an answer, and begins a comparison if it is to be compared.
   *
   * @param mayCompare whether there is a question to spare
   */
  draw(isFound: boolean, mayCompare: boolean): Comparison | undefined {
    const kind = Number(isFound) as 0 | 1;
    const told = ++this.#told[kind];
    const every = this.#compared[kind] < MANY_COMPARED ? COMPARE_EVERY : COMPARE_EVERY_LATE;
    const next = told - COMPARED_NEXT;
    const isDue = told <= COMPARED_AT_FIRST || (next >= 0 && next % every === 0);
    if (!isDue || !mayCompare) return undefined;
    this.#compared[kind]++;
    return this.#begin();
  }

  #begin(): Comparison {
    this.#open++;
    return this.#newComparison(() => {
      this.#open--;
      this.#returned++;
    });
  }

  /** It is asked about a name that others agree about. */
  beginControl(onEnd: () => void): Comparison {
    this.#openControls++;
    const comparison = this.#newComparison(() => {
      this.#openControls--;
      onEnd();
    });
    const onAgreement = (isFound: boolean) => void this.#stood[Number(isFound) as 0 | 1]++;
    return { ...comparison, onAgreement };
  }

  #newComparison(end: () => void): Comparison {
    let disputes = 0;
    return {
      onDispute: () => {
        if (disputes++ === 0) this.#disputed++;
      },
      onEnd: () => {
        end();
        if (disputes > 0) this.#disputed--;
        this.#review();
      },
    };
  }

  /** It has said the same of a name as another before it. */
  noteAgreed(isFound: boolean): void {
    this.#agreed[Number(isFound) as 0 | 1]++;
    this.#review();
  }

  #review(): void {
    if (!this.isWaiting || this.#others.areAgainst()) this.#release();
  }

  /** Whether what waits may be let go for what it says of names that others agree about. */
  get isPairWanted(): boolean {
    if (!this.isWaiting || this.#disputed > 0) return false;
    return this.#open * RETURNED_FOR_OPEN > this.#seen + this.#openControls;
  }

  /** The next pair of names to ask it about. */
  takePair(controls: ControlNames, resolver: string): readonly ControlName[] | undefined {
    let pair = controls.pair(this.#nextPair);
    while (pair?.some(({ opinions }) => opinions.some((each) => each.resolver === resolver))) {
      pair = controls.pair(++this.#nextPair);
    }
    if (pair) this.#nextPair++;
    return pair;
  }

  /** Comparisons that it has stood. */
  get #seen(): number {
    // Where much waits, what it was asked as another's comparison does not let that go before its own are back.
    const isMuch = this.#waiting.length > FEW_WAITING;
    return this.#returned + 2 * Math.min(...(isMuch ? this.#stood : this.#agreed));
  }

  /** Whether too few of the comparisons are back, or a third is yet to say who is right. */
  get isWaiting(): boolean {
    if (this.#isExpired) return false;
    return this.#disputed > 0 || this.#open * RETURNED_FOR_OPEN > this.#seen;
  }

  /** Whether enough was seen. */
  get isOver(): boolean {
    return this.#told[0] + this.#told[1] >= PROBATION_ANSWERS && !this.isWaiting;
  }

  /**
   * Calls back when enough comparisons are back, or after some seconds.
   *
   * @param callback told whether another should be asked too
   */
  wait(callback: (isDoubted: boolean) => void): void {
    this.#waiting.push(callback);
    this.#timer ??= setInterval(() => {
      const most = this.#others.areThere() ? MAX_TICKS : MAX_TICKS_ALONE;
      this.#isExpired = ++this.#ticks >= most;
      if (this.#isExpired) this.#release();
      else this.#others.onTick();
    }, TICK_MS).unref();
  }

  /** Stops its timer. What waits is never told. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #release(): void {
    this.close();
    const isDoubted = this.#disputed > 0 || this.#others.areAgainst();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback(isDoubted);
  }
}
