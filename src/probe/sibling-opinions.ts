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
const COMPARED_AT_FIRST = 48;
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

/** Under so many parents a resolver must have been refuted. */
const REFUTED_TO_BE_SEEN = 2;

/**
 * Resolvers that deny random names beneath a wildcard, as some filters do. Their own answers show it: what they find for
 * a name of the list is what another finds for a random sibling of it. However many they are, their denials say nothing.
 */
export class SiblingDeniers {
  readonly #refuted = new Map<string, number>();
  #changes = 0;

  /** How often more of them were seen. */
  get changes(): number {
    return this.#changes;
  }

  noteRefuted(resolvers: readonly string[]): void {
    for (const resolver of resolvers) {
      const times = (this.#refuted.get(resolver) ?? 0) + 1;
      this.#refuted.set(resolver, times);
      if (times === REFUTED_TO_BE_SEEN) this.#changes++;
    }
  }

  has(resolver: string): boolean {
    return (this.#refuted.get(resolver) ?? 0) >= REFUTED_TO_BE_SEEN;
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
  readonly #deniers: SiblingDeniers;
  #all: readonly SiblingOpinion[] = none;
  #isDisputed = false;
  /** The last one, as every name under the parent asks for it; undefined if an opinion has come since. */
  #view: SiblingView | undefined;
  #viewedAt = 0;

  constructor(beliefs: Beliefs, deniers: SiblingDeniers) {
    this.#beliefs = beliefs;
    this.#deniers = deniers;
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
    const changes = this.#beliefs.changes() + this.#deniers.changes;
    if (this.#view?.type === type && this.#viewedAt === changes) return this.#view;
    this.#viewedAt = changes;
    this.#view = this.#look(type);
    return this.#view;
  }

  #look(type: number): SiblingView {
    const believed = this.#all.filter(
      ({ resolver, isFound }) =>
        this.#beliefs.isBelieved(resolver) && (isFound || !this.#deniers.has(resolver)),
    );
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
