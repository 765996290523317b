/**
 * What resolvers say about random siblings under one parent: the wildcard of one may be denied by another, which then
 * would make the wildcard's names into names of their own. Pure.
 */

import type { CheckedAsk } from '../resolver/checked-ask.js';
import type { Opinion } from '../resolver/conclusion.js';
import { type DataDigests, isSameSet } from './wildcard-verdict.js';

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

  get all(): readonly string[] {
    return [...this.#refuted.keys()].filter((resolver) => this.has(resolver));
  }
}

/** So often a resolver must have found the same: answers of a wildcard that rotate may do so once. */
const SAME_TO_BE_MADE_UP = 3;

/**
 * What resolvers have found for siblings that most others deny. One that makes them up has the same for all; of wildcards, it
 * depends on the parent.
 */
export class LoneFinders {
  /** What each has found first, and how often; 0 once it has found another. */
  readonly #found = new Map<string, { readonly data: DataDigests; times: number }>();

  /** @returns whether that looks made up */
  note(resolver: string, data: DataDigests): boolean {
    const known = this.#found.get(resolver);
    if (!known) {
      this.#found.set(resolver, { data, times: 1 });
      return false;
    }
    const isSame = known.times > 0 && isSameSet(known.data, data);
    known.times = isSame ? known.times + 1 : 0;
    return known.times >= SAME_TO_BE_MADE_UP;
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
  /** Those for which a sibling does not exist, or has no such record. */
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
      denying: opinions.filter(({ isFound }) => !isFound).map(({ resolver }) => resolver),
      isContradicted:
        this.#isDisputed ||
        (opinions.some(({ isFound }) => isFound) && opinions.some(({ isFound }) => !isFound)),
    };
  }
}
