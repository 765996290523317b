/** How the names of a prober are asked: with checked resolvers, and confirmed at those that the user trusts. */

import { randomBytes } from 'node:crypto';
import type { Resolved } from '../options/table.js';
import type { CheckedAsk } from '../resolver/checked-ask.js';
import type { HeldAnswers } from '../resolver/held-answers.js';
import type { Ask } from '../resolver/query.js';
import type { Scheduler } from '../resolver/scheduler.js';
import { uncheckedAsk } from '../resolver/unchecked-ask.js';
import type { OpenResolvers } from './open-resolvers.js';
import type { probeOptions } from './options.js';

type AskingOptions = Pick<
  Resolved<typeof probeOptions>,
  'checkResolvers' | 'confirm' | 'onDistrust'
>;

type AskedResolvers = Pick<OpenResolvers, 'pool' | 'trusted'>;

/** Believes what {@link AskingOptions} let it believe. */
export async function askWith(
  resolvers: AskedResolvers,
  options: AskingOptions,
  held: HeldAnswers,
): Promise<CheckedAsk> {
  const checked = await checkedAskOf(resolvers, options, held);
  const { trusted } = resolvers;
  if (!trusted) return checked;
  const { confirmedAsk } = await import('../resolver/confirmed-ask.js');
  const labels = new Set(trusted.resolvers);
  return {
    ...checked,
    ask: confirmedAsk({
      ask: checked.ask,
      confirm: askOf(trusted),
      isTrusted: (resolver) => labels.has(resolver),
      isAll: options.confirm === 'all',
      onConfirmed: (opinions, isFound) => checked.compare(opinions, isFound),
    }),
    groupOf: (resolver) => (labels.has(resolver) ? 'trusted' : checked.groupOf(resolver)),
    get distrusted() {
      return checked.distrusted;
    },
    get contradicted() {
      return checked.contradicted;
    },
  };
}

/**
 * With a single resolver there is nothing to compare, and it is asked as it is: what checks need, a tenth of the code
 * that a run loads, is loaded only for several.
 */
async function checkedAskOf(
  { pool, trusted }: AskedResolvers,
  { checkResolvers, onDistrust }: AskingOptions,
  held: HeldAnswers,
): Promise<CheckedAsk> {
  const { resolvers } = pool;
  if (checkResolvers === 'off' || resolvers.length < 2) return uncheckedAsk(askOf(pool));
  const { checkedAsk } = await import('../resolver/checked-ask.js');
  return checkedAsk({
    ask: askOf(pool),
    resolvers,
    exclude: (labels) => pool.exclude(labels),
    label: randomLetters(),
    held,
    onDistrust: (notice) => {
      // What two contradict each other about, the trusted ones decide.
      if (!trusted || !notice.contradiction) onDistrust?.(notice);
    },
  });
}

/** Asks as it is: every resolver is believed. */
export function askOf(pool: Scheduler): Ask {
  return (name, type, listener, how) => pool.ask(name, type, listener, how);
}

/** A label that no name has, by all likelihood: 20 letters. */
function randomLetters(): string {
  return Array.from(randomBytes(20), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
}
