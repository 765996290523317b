/** Asks resolvers, each of which is believed: as where they are not checked, or there is only one. */

import type { Opinion } from './conclusion.js';
import type { Ask } from './query.js';

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

/** Believes every resolver. */
export function uncheckedAsk(ask: Ask): CheckedAsk {
  return {
    ask,
    groupOf: (resolver) => resolver,
    distrusted: undefined,
    contradicted: undefined,
    compare() {},
    noteSibling() {},
    isBelieved: () => true,
    changes: () => 0,
    close() {},
    canCompare: () => false,
    hasCompany: () => false,
  };
}
