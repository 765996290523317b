/** Resolvers of a test, as the scheduler puts questions to them. */

import { type Ask, PendingQuery } from '../../src/resolver/query.js';

/** The same, with each result through the gate that it must pass. */
export function gated(ask: Ask): Ask {
  return (name, type, listener, how) => {
    const query = new PendingQuery(name, type, listener, false);
    query.goThrough(how?.gate);
    ask(name, type, { onAnswer: (result) => query.settle(result) }, how);
  };
}
