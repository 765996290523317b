/** How the names of a prober are asked: with checked resolvers, and confirmed at those that the user trusts. */

import { randomBytes } from 'node:crypto';
import type { Resolved } from '../options/table.js';
import { type CheckedAsk, checkedAsk, uncheckedAsk } from '../resolver/checked-ask.js';
import { confirmedAsk } from '../resolver/confirmed-ask.js';
import type { HeldAnswers } from '../resolver/held-answers.js';
import type { Ask } from '../resolver/query.js';
import type { Scheduler } from '../resolver/scheduler.js';
import type { OpenResolvers } from './open-resolvers.js';
import type { probeOptions } from './options.js';

type AskingOptions = Pick<
  Resolved<typeof probeOptions>,
  'checkResolvers' | 'confirm' | 'onDistrust'
>;

/** Believes what {@link AskingOptions} let it believe. */
export function askWith(
  { pool, trusted }: Pick<OpenResolvers, 'pool' | 'trusted'>,
  { checkResolvers, confirm, onDistrust }: AskingOptions,
  held: HeldAnswers,
): CheckedAsk {
  const checked =
    checkResolvers === 'off'
      ? uncheckedAsk(askOf(pool))
      : checkedAsk({
          ask: askOf(pool),
          resolvers: pool.resolvers,
          exclude: (resolvers) => pool.exclude(resolvers),
          label: randomLetters(),
          held,
          onDistrust: (notice) => {
            // What two contradict each other about, the trusted ones decide.
            if (!trusted || !notice.contradiction) onDistrust?.(notice);
          },
        });
  if (!trusted) return checked;
  const labels = new Set(trusted.resolvers);
  return {
    ...checked,
    ask: confirmedAsk({
      ask: checked.ask,
      confirm: askOf(trusted),
      isTrusted: (resolver) => labels.has(resolver),
      isAll: confirm === 'all',
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

/** Asks as it is: every resolver is believed. */
export function askOf(pool: Scheduler): Ask {
  return (name, type, listener, how) => pool.ask(name, type, listener, how);
}

/** A label that no name has, by all likelihood: 20 letters. */
function randomLetters(): string {
  return Array.from(randomBytes(20), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
}
