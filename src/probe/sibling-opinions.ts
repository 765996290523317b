/**
 * What resolvers say about random siblings under one parent: the wildcard of one may be denied by another, which then
 * would make the wildcard's names into names of their own. Pure.
 */

import type { CheckedAsk } from '../resolver/checked-ask.js';
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

/** Who is believed, and how often that has changed. */
type Beliefs = Pick<CheckedAsk, 'isBelieved' | 'changes'>;

interface SiblingOpinion extends Opinion {
  /** Undefined where the sibling does not exist, of whatever type. */
  readonly type: number | undefined;
}

/** What the opinions come to about records of one type. */
export interface SiblingView {
  readonly type: number;
  /** Those that have said something about records of the type and are believed. */
  readonly opinions: readonly Opinion[];
  /** Those for which a sibling does not exist. */
  readonly denying: readonly string[];
  /** One of them finds a sibling and another denies one. */
  readonly isContradicted: boolean;
}

const none: readonly SiblingOpinion[] = [];

export class SiblingOpinions {
  readonly #beliefs: Beliefs;
  #all: readonly SiblingOpinion[] = none;
  #isDisputed = false;
  /** The last one, as every name under the parent asks for it; undefined if an opinion has come since. */
  #view: SiblingView | undefined;
  #viewedAt = 0;

  constructor(beliefs: Beliefs) {
    this.#beliefs = beliefs;
  }

  /** Counts once what a resolver says twice, as where no other answers. */
  add(opinion: SiblingOpinion): void {
    const { resolver, type } = opinion;
    if (this.#all.some((each) => each.resolver === resolver && each.type === type)) return;
    this.#all = [...this.#all, opinion];
    this.#view = undefined;
  }

  /** Two contradict each other about one sibling. */
  noteDispute(): void {
    this.#isDisputed = true;
    this.#view = undefined;
  }

  /** The same object as long as nothing has changed. */
  about(type: number): SiblingView {
    const changes = this.#beliefs.changes();
    if (this.#view?.type === type && this.#viewedAt === changes) return this.#view;
    this.#viewedAt = changes;
    this.#view = this.#look(type);
    return this.#view;
  }

  #look(type: number): SiblingView {
    const believed = this.#all.filter(({ resolver }) => this.#beliefs.isBelieved(resolver));
    const opinions = believed.filter((each) => each.type === undefined || each.type === type);
    return {
      type,
      opinions,
      denying: believed.filter((each) => each.type === undefined).map(({ resolver }) => resolver),
      isContradicted:
        this.#isDisputed ||
        (opinions.some(({ isFound }) => isFound) && opinions.some(({ isFound }) => !isFound)),
    };
  }
}
