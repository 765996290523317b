/**
 * Asks resolvers, and believes only those that have stood a check: at its first answer each is asked
 * about names that cannot exist. What a liar said is asked elsewhere; what a resolver denies that has
 * never found anything is asked once more for each other resolver, until one that has says so too.
 */

import { TYPE } from '../dns/types.js';
import type { AnswerListener, Ask, QueryResult } from './query.js';
import { type CheckAnswer, ResolverTrust } from './resolver-trust.js';

export interface CheckedAskOptions {
  readonly ask: Ask;
  /** The names of all resolvers, as results call them. */
  readonly resolvers: readonly string[];
  /** Takes a resolver out of the choice; an empty list puts all back. */
  readonly exclude: (resolvers: readonly string[]) => void;
  /** A label that no name has. All are asked about the same, so that they can be compared. */
  readonly label: string;
  /** Told once about each resolver that is not believed, and when the check is dropped. */
  readonly onDistrust?: ((notice: DistrustNotice) => void) | undefined;
}

/** A resolver that is not believed; without one, all would be such, and all are believed. */
export interface DistrustNotice {
  readonly resolver?: string;
  readonly standing?: 'lying' | 'withholding';
}

/** One is the list's own; names under several cannot all have a wildcard. */
const OTHER_TLDS = ['com', 'net'];
/** The most resolvers that are asked about one name that was denied. */
const MAX_OPINIONS = 32;

export interface CheckedAsk {
  /** Believes no liar. */
  readonly ask: Ask;
  /** The same text for resolvers that are known to answer alike. */
  groupOf(resolver: string): string;
}

/** With a single resolver there is nothing to compare, and it is asked as it is. */
export function checkedAsk(options: CheckedAskOptions): CheckedAsk {
  if (options.resolvers.length < 2) return { ask: options.ask, groupOf: (resolver) => resolver };
  const checker = new Checker(options);
  const { trust } = checker;
  return {
    ask(name, type, listener, how) {
      const checked = trust.isSettled ? listener : new CheckedQuery(checker, name, type, listener);
      options.ask(name, type, checked, how);
    },
    groupOf: (resolver) => (trust.isDropped ? resolver : ''),
  };
}

/** A question whose answer is believed only from a resolver that can be. */
class CheckedQuery implements AnswerListener {
  readonly #checker: Checker;
  /** Who denied it so far, and the last of these answers. */
  #denied: string[] = [];
  #denial: QueryResult | undefined;

  constructor(
    checker: Checker,
    readonly name: string,
    readonly type: number,
    readonly listener: AnswerListener,
  ) {
    this.#checker = checker;
  }

  onAnswer(result: QueryResult): void {
    const { resolver } = result;
    if ('failed' in result || resolver === undefined) {
      // Where no other can say, the denial stands.
      this.#finish(this.#denial ?? result);
      return;
    }
    const { trust } = this.#checker;
    const standing = trust.standingOf(resolver);
    if (standing === 'unchecked' || standing === 'checking') {
      this.#checker.check(resolver, this.name, () => this.onAnswer(result));
    } else if (standing === 'honest') {
      this.#judge(result, resolver);
    } else if (trust.hasOther([resolver])) {
      this.#askAgain([...this.#denied, resolver]);
    } else {
      this.#finish(result);
    }
  }

  #judge(result: QueryResult, resolver: string): void {
    const { trust } = this.#checker;
    if (result.reply && result.reply.records.length > 0) {
      trust.noteFound(resolver);
      for (const each of this.#denied) this.#checker.noteDenial(each);
      this.#finish(result);
    } else if (trust.isProven(resolver) || this.#denied.includes(resolver)) {
      this.#finish(result);
    } else {
      this.#denied.push(resolver);
      this.#denial = result;
      const isAlone = this.#denied.length >= MAX_OPINIONS || !trust.hasOther(this.#denied);
      if (isAlone) this.#finish(result);
      else this.#askAgain(this.#denied);
    }
  }

  #askAgain(not: readonly string[]): void {
    this.#checker.ask(this.name, this.type, this, { priority: 'first', not });
  }

  #finish(result: QueryResult): void {
    this.listener.onAnswer(result);
  }
}

class Checker {
  readonly trust: ResolverTrust;
  readonly ask: Ask;
  readonly #options: CheckedAskOptions;
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #distrusted: string[] = [];

  constructor(options: CheckedAskOptions) {
    this.#options = options;
    this.ask = options.ask;
    this.trust = new ResolverTrust(options.resolvers);
  }

  /**
   * Checks a resolver, if that is not under way, and calls back when it is done.
   *
   * @param name what it has answered: its top-level domain and its parent are among what is asked
   */
  check(resolver: string, name: string, callback: () => void): void {
    const waiting = this.#waiting.get(resolver);
    if (waiting) {
      waiting.push(callback);
      return;
    }
    this.#waiting.set(resolver, [callback]);
    this.trust.startCheck(resolver);
    const tld = name.slice(name.lastIndexOf('.') + 1);
    const other = OTHER_TLDS.find((each) => each !== tld) as string;
    const answers: CheckAnswer[] = [];
    let knows = false;
    let open = 3;
    const end = () => {
      if (--open === 0) this.#end(resolver, answers, knows);
    };
    for (const each of [tld, other]) {
      this.#askAt(resolver, `${this.#options.label}.${each}`, TYPE.A, (result) => {
        answers.push({ tld: each, outcome: outcomeOf(result) });
        end();
      });
    }
    this.#askAt(resolver, tld, TYPE.NS, (result) => {
      knows = outcomeOf(result) === 'found';
      end();
    });
  }

  noteDenial(resolver: string): void {
    const before = this.trust.standingOf(resolver);
    const after = this.trust.noteDenial(resolver);
    if (after !== before && after === 'withholding') this.#distrust(resolver, after);
  }

  #askAt(resolver: string, name: string, type: number, onResult: (result: QueryResult) => void) {
    const listener: AnswerListener = {
      // What another resolver says in its place is no answer of this one.
      onAnswer: (result) => onResult(result.resolver === resolver ? result : { failed: 'timeout' }),
    };
    this.ask(name, type, listener, { priority: 'first', resolver });
  }

  #end(resolver: string, answers: readonly CheckAnswer[], knows: boolean): void {
    const standing = this.trust.endCheck(resolver, answers, knows);
    if (this.trust.isDropped) {
      this.#options.exclude([]);
      this.#options.onDistrust?.({});
    } else if (standing === 'lying') {
      this.#distrust(resolver, standing);
    }
    const waiting = this.#waiting.get(resolver) ?? [];
    this.#waiting.delete(resolver);
    for (const callback of waiting) callback();
  }

  #distrust(resolver: string, standing: 'lying' | 'withholding'): void {
    this.#distrusted.push(resolver);
    this.#options.exclude(this.#distrusted);
    this.#options.onDistrust?.({ resolver, standing });
  }
}

function outcomeOf(result: QueryResult): CheckAnswer['outcome'] {
  if ('failed' in result) return 'unknown';
  return result.reply.records.length > result.reply.chain ? 'found' : 'missing';
}
