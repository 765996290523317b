/**
 * Under which parents more resolvers than one are asked for a random sibling: one may deny those of wildcards, and the
 * wildcard's names would be told as names of their own. Pure.
 */

import { ComparisonDraw } from '../resolver/comparison-draw.js';

/**
 * Where a resolver has denied a sibling, others are asked too: as many as may be, until it has taken part in so many such
 * comparisons, and so many were for its own denials; then one, until it has taken part in so many; then one under one parent
 * in so many.
 */
const ENOUGH_IN_FULL = 12;
const ENOUGH_OWN = 4;
const ENOUGH = 24;
const COMPARE_EVERY = 8;
/** So many are under way at a time, and more with each resolver; names under other parents wait for them. */
const OPEN_AT_FIRST = 12;
const OPEN_FOR_EACH = 2;
/** After so many, of however many resolvers, only the last kind is left. */
const MANY_COMPARISONS = 384;

/** Under which parents resolvers are compared, and how many. */
export class SiblingDraw {
  readonly #late = new ComparisonDraw(COMPARE_EVERY);
  /** Comparisons that are over, by each resolver that took part, and by the first. */
  readonly #parts = new Map<string, number>();
  readonly #own = new Map<string, number>();
  #begun = 0;
  #open = 0;
  #isContradicted = false;
  /** By the resolver whose denials are to be seen through. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /**
   * How many resolvers are to be asked under the next parent: as many as may be, once two have contradicted each other.
   * Undefined if that is to be seen from comparisons that are under way.
   *
   * @param resolver the first, which has denied a sibling; with the type of records that were asked for
   */
  opinions(resolver: string, most: number): number | undefined {
    if (this.#isContradicted) return most;
    if (!this.#isEarly || this.#isKnown(resolver)) {
      const isFew = (this.#parts.get(resolver) ?? 0) < ENOUGH;
      return this.#late.next() || (this.#isEarly && isFew) ? 2 : 1;
    }
    return this.#open < OPEN_AT_FIRST + OPEN_FOR_EACH * this.#parts.size ? most : undefined;
  }

  /**
   * Calls back when the resolver has taken part in enough comparisons, when none is under way, when enough have begun, or when
   * two resolvers have contradicted each other.
   */
  wait(resolver: string, callback: () => void): void {
    const waiting = this.#waiting.get(resolver);
    if (waiting) waiting.push(callback);
    else this.#waiting.set(resolver, [callback]);
  }

  noteBegin(): void {
    this.#begun++;
    this.#open++;
  }

  noteEnd(resolvers: readonly string[]): void {
    this.#open--;
    for (const each of resolvers) addOne(this.#parts, each);
    for (const each of resolvers.slice(0, 1)) addOne(this.#own, each);
    this.#release();
  }

  get isContradicted(): boolean {
    return this.#isContradicted;
  }

  noteContradiction(): void {
    this.#isContradicted = true;
    this.#release();
  }

  get #isEarly(): boolean {
    return this.#begun < MANY_COMPARISONS;
  }

  #isKnown(resolver: string): boolean {
    const own = this.#own.get(resolver) ?? 0;
    return own >= ENOUGH_OWN && (this.#parts.get(resolver) as number) >= ENOUGH_IN_FULL;
  }

  #release(): void {
    const isFree = this.#isContradicted || this.#open === 0 || !this.#isEarly;
    const free = [...this.#waiting].filter(([resolver]) => isFree || this.#isKnown(resolver));
    for (const [resolver] of free) this.#waiting.delete(resolver);
    for (const [, callbacks] of free) for (const each of callbacks) each();
  }
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The comparison under one parent. */
export class ParentComparison {
  readonly #draw: SiblingDraw;
  readonly #type: number;
  readonly #onKnown: () => void;
  /** How many resolvers are asked; undefined before that is known. */
  #wanted: number | undefined;
  #state: 'not begun' | 'open' | 'over' = 'not begun';
  #isWaiting = false;

  /**
   * @param type the record type that is asked for: one may be asked for later than others
   * @param onKnown called when it is known how many are asked, where that was to be seen
   */
  constructor(draw: SiblingDraw, type: number, onKnown: () => void) {
    this.#draw = draw;
    this.#type = type;
    this.#onKnown = onKnown;
  }

  /**
   * How many are asked; undefined if that is to be seen.
   *
   * @param resolver the first, which has denied a sibling
   */
  wanted(resolver: string, most: number): number | undefined {
    if (this.#isWaiting || this.#wanted !== undefined) return this.#wanted;
    const key = this.#keyOf(resolver);
    this.#wanted = this.#draw.opinions(key, most);
    if (this.#wanted === undefined) {
      this.#isWaiting = true;
      this.#draw.wait(key, () => this.#endWait());
    }
    return this.#wanted;
  }

  #endWait(): void {
    this.#isWaiting = false;
    this.#onKnown();
  }

  /** A resolver is asked. */
  noteAsk(): void {
    if (this.#state !== 'not begun' || this.#wanted === undefined || this.#wanted < 2) return;
    this.#state = 'open';
    this.#draw.noteBegin();
  }

  /** These were asked, and no other is. */
  noteRest(resolvers: readonly string[]): void {
    if (this.#state !== 'open') return;
    this.#state = 'over';
    this.#draw.noteEnd(resolvers.map((resolver) => this.#keyOf(resolver)));
  }

  /** What the draw calls it: one that denies records of one type may be right about those of another. */
  #keyOf(resolver: string): string {
    return `${this.#type} ${resolver}`;
  }
}
