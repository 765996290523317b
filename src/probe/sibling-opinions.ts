/**
 * What resolvers say about random siblings under one parent: the wildcard of one may be denied by another, which then
 * would make the wildcard's names into names of their own. Pure.
 */

import type { Opinion } from '../resolver/conclusion.js';

/**
 * Under which parents whose sibling was denied another resolver is asked too: all until so many comparisons are back,
 * then one in so many.
 */
const COMPARED_AT_FIRST = 16;
const COMPARE_EVERY = 16;

/** Under which parents resolvers are compared. */
export class SiblingDraw {
  #parents = 0;
  #returned = 0;
  #isContradicted = false;

  /** Whether another is to be asked under the next parent: under all, once two have contradicted each other. */
  next(): boolean {
    const isDue = ++this.#parents % COMPARE_EVERY === 0 || this.#returned < COMPARED_AT_FIRST;
    return isDue || this.#isContradicted;
  }

  noteReturn(): void {
    this.#returned++;
  }

  noteContradiction(): void {
    this.#isContradicted = true;
  }
}

interface SiblingOpinion extends Opinion {
  /** Undefined where the sibling does not exist, of whatever type. */
  readonly type: number | undefined;
}

const none: readonly SiblingOpinion[] = [];

export class SiblingOpinions {
  readonly #isBelieved: (resolver: string) => boolean;
  #all: readonly SiblingOpinion[] = none;
  #isDisputed = false;

  constructor(isBelieved: (resolver: string) => boolean) {
    this.#isBelieved = isBelieved;
  }

  /** Counts once what a resolver says twice, as where no other answers. */
  add(opinion: SiblingOpinion): void {
    const { resolver, type } = opinion;
    if (this.#all.some((each) => each.resolver === resolver && each.type === type)) return;
    this.#all = [...this.#all, opinion];
  }

  /** Two contradict each other about one sibling. */
  noteDispute(): void {
    this.#isDisputed = true;
  }

  /** Those for which a sibling does not exist. */
  get denying(): readonly string[] {
    const gone = this.#all.filter(({ type }) => type === undefined);
    return gone.map(({ resolver }) => resolver).filter(this.#isBelieved);
  }

  /** Those that have said something about records of a type and are believed. */
  about(type: number): readonly Opinion[] {
    return this.#all.filter(
      (each) => (each.type === undefined || each.type === type) && this.#isBelieved(each.resolver),
    );
  }

  /** One of them finds a sibling and another denies one. */
  isContradicted(type: number): boolean {
    if (this.#isDisputed) return true;
    const opinions = this.about(type);
    return opinions.some(({ isFound }) => isFound) && opinions.some(({ isFound }) => !isFound);
  }
}
