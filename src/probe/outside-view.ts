/** What resolvers say of the outside: whether they know `com`, and whether they make up names. */

import { randomBytes } from 'node:crypto';
import { TYPE } from '../dns/types.js';
import type { CheckAnswer } from '../resolver/check-verdict.js';
import { checkOutcome } from '../resolver/made-up-answer.js';
import type { Ask, QueryResult } from '../resolver/query.js';

/** What all resolvers that were asked said alike; undefined where they differ, or did not answer in time. */
export interface OutsideView {
  /** Those that were asked. */
  readonly resolvers: readonly string[];
  /** What they said of `com`, which exists. */
  readonly com: 'found' | 'missing' | undefined;
  /** What they said of a name that cannot exist (RFC 6761, 6.4). */
  readonly madeUp: 'found' | 'missing' | undefined;
}

/** So many are asked at most: what only some say is found out by comparing their answers. */
const MAX_ASKED = 3;
/** Milliseconds that the answers may take. */
const TIME_LIMIT = 1000;

/**
 * Asks up to three of the resolvers about a name that exists and one that does not, and waits a second at most.
 *
 * @param signal ends the wait
 */
export async function viewOutside(
  ask: Ask,
  resolvers: readonly string[],
  signal: AbortSignal,
): Promise<OutsideView> {
  const asked = resolvers.slice(0, MAX_ASKED);
  const madeUp = `${randomBytes(8).toString('hex')}.invalid`;
  const over = new AbortController();
  const end = () => over.abort();
  const timer = setTimeout(end, TIME_LIMIT);
  signal.addEventListener('abort', end);
  const outcomesOf = (name: string, type: number) =>
    Promise.all(asked.map((resolver) => outcomeBefore(over.signal, ask, { name, type, resolver })));
  const [ofCom, ofMadeUp] = await Promise.all([
    outcomesOf('com', TYPE.NS),
    outcomesOf(madeUp, TYPE.A),
  ]);
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
  return { resolvers: asked, com: common(ofCom), madeUp: common(ofMadeUp) };
}

interface OutsideQuestion {
  readonly name: string;
  readonly type: number;
  readonly resolver: string;
}

/** What a resolver itself says; `unknown` once it is too late. */
function outcomeBefore(
  over: AbortSignal,
  ask: Ask,
  { name, type, resolver }: OutsideQuestion,
): Promise<CheckAnswer['outcome']> {
  return new Promise((resolve) => {
    over.addEventListener('abort', () => resolve('unknown'));
    const onAnswer = (result: QueryResult) =>
      // What another says in its place is no answer of this one.
      resolve(result.resolver === resolver ? outsideOutcome(result) : 'unknown');
    ask(name, type, { onAnswer }, { priority: 'first', resolver, isForItAlone: true });
  });
}

function outsideOutcome(result: QueryResult): CheckAnswer['outcome'] {
  // Such as a denial that has the SOA of the very name: one of a resolver that denies everything.
  if ('failed' in result && result.failed === 'contradiction') return 'missing';
  return checkOutcome(result);
}

function common(outcomes: readonly CheckAnswer['outcome'][]): OutsideView['com'] {
  const known = outcomes.filter((outcome) => outcome !== 'unknown');
  // One of several says nothing about the others.
  if (known.length < 2 && outcomes.length > 1) return undefined;
  return new Set(known).size === 1 ? known[0] : undefined;
}
