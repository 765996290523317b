/**
 * Asks resolvers, and believes only those that have stood a check: at its first answer over each transport, each is
 * asked about names that cannot exist. What one says that is not to be believed is asked elsewhere; what one
 * says that has never found anything, or whose check told nothing, is asked of others until one that can
 * be believed has said so too. One question in many is asked of another too, so that a resolver that is
 * wrong about a part of the names only is found out; only the first names of a resolver wait for that.
 */

import { CheckGate } from './checked-query.js';
import { Checker, type CheckerOptions } from './checker.js';
import type { Opinion } from './conclusion.js';
import { askControl } from './poll.js';
import type { Ask, AskOptions } from './query.js';

export interface CheckedAsk {
  /** Believes no liar. */
  readonly ask: Ask;
  /** The same text for resolvers that are known to answer alike. */
  groupOf(resolver: string): string;
  /** How many resolvers are not believed; undefined where none is checked. */
  readonly distrusted: number | undefined;
  /** How many names two resolvers contradict each other about, with no third; undefined where none is checked. */
  readonly contradicted: number | undefined;
  /** Takes note of what resolvers said about a name of which the truth is known. */
  compare(opinions: readonly Opinion[], isFound: boolean): void;
  /** Takes note of what a resolver said about a name right below a top-level domain that cannot exist. */
  noteSibling(resolver: string, tld: string, isFound: boolean): void;
  isBelieved(resolver: string): boolean;
  /** How often it has changed who is believed, or in what way. */
  changes(): number;
  /** Stops all timers. */
  close(): void;
  /** Whether another can be asked, and what they say about siblings is compared. */
  canCompare(resolver: string): boolean;
  /** Whether any beside these is believed and has answered. */
  hasCompany(resolvers: readonly string[]): boolean;
}

export function checkedAsk(options: CheckerOptions): CheckedAsk {
  const checker: Checker = new Checker(options, (...question) => askControl(checker, ...question));
  const { trust } = checker;
  const { draw } = checker;
  const usual: AskOptions = { gate: new CheckGate(checker, 'usual') };
  const compared: AskOptions = { gate: new CheckGate(checker, 'compared') };
  const madeUp: AskOptions = { gate: new CheckGate(checker, 'made-up') };
  const checkOf = (how: AskOptions | undefined): AskOptions => {
    if (how?.isMadeUp) return madeUp;
    return trust.hasSeveral && draw.next() ? compared : usual;
  };
  return {
    ask(name, type, listener, how) {
      const check = trust.isDropped ? undefined : checkOf(how);
      options.ask(name, type, listener, how && check ? { ...how, ...check } : (check ?? how));
    },
    groupOf: (resolver) => (trust.isDropped ? resolver : ''),
    get distrusted() {
      return trust.distrusted.size;
    },
    get contradicted() {
      return trust.pair.contradicted;
    },
    compare: (opinions, isFound) => checker.compare(opinions, isFound),
    noteSibling: (resolver, parent, isFound) =>
      checker.noteSibling({ resolver }, { parent, outcome: isFound ? 'found' : 'missing' }),
    isBelieved: (resolver) => trust.isBelieved(resolver),
    changes: () => trust.changes,
    close: () => checker.close(),
    canCompare: (resolver) => !trust.isDropped && trust.hasOther([resolver]),
    hasCompany: (resolvers) => !trust.isDropped && trust.hasCompany(resolvers),
  };
}
