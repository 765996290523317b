/** Asks resolvers as they are: where checks are off, and where a single one leaves nothing to compare. */

import type { CheckedAsk } from './checked-ask.js';
import type { Ask } from './query.js';

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
