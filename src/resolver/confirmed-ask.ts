/** Confirms at resolvers that the user trusts what the others say. */

import type { Opinion } from './conclusion.js';
import type { AnswerListener, Ask, QueryResult } from './query.js';

export interface ConfirmedAskOptions {
  readonly ask: Ask;
  /** Asks the trusted ones. */
  readonly confirm: Ask;
  readonly isTrusted: (resolver: string) => boolean;
  /** Whether what the others deny is confirmed too, or only what they find. */
  readonly isAll: boolean;
  /** Told what the others have said, and what is true. */
  readonly onConfirmed: (opinions: readonly Opinion[], isFound: boolean) => void;
}

/** What is not confirmed is the result of the trusted ones, whatever that is. */
export function confirmedAsk(options: ConfirmedAskOptions): Ask {
  const { ask, confirm, isTrusted } = options;
  return (name, type, listener, how) => {
    if (how?.resolver !== undefined && isTrusted(how.resolver)) confirm(name, type, listener, how);
    else ask(name, type, new Confirmation(options, name, type, listener), how);
  };
}

class Confirmation implements AnswerListener {
  readonly #options: ConfirmedAskOptions;
  #opinions: readonly Opinion[] = [];

  constructor(
    options: ConfirmedAskOptions,
    readonly name: string,
    readonly type: number,
    readonly listener: AnswerListener,
  ) {
    this.#options = options;
  }

  onAnswer(result: QueryResult): void {
    const { confirm, isAll, onConfirmed } = this.#options;
    const isFound = !('failed' in result) && result.reply.records.length > 0;
    if (this.#opinions.length > 0) {
      if (!('failed' in result)) onConfirmed(this.#opinions, isFound);
      this.listener.onAnswer(result);
      return;
    }
    const opinions = opinionsOf(result);
    if (isAll || opinions.some((each) => each.isFound)) this.#opinions = opinions;
    if (this.#opinions.length === 0) this.listener.onAnswer(result);
    else confirm(this.name, this.type, this, { priority: 'first' });
  }
}

/** What the others have said: one of them, or two that contradict each other. */
function opinionsOf(result: QueryResult): readonly Opinion[] {
  const { resolver } = result;
  if (!('failed' in result)) {
    return [{ resolver: result.resolver, isFound: result.reply.records.length > 0 }];
  }
  const { deniedBy } = result;
  if (resolver === undefined || deniedBy === undefined) return [];
  return [
    { resolver, isFound: true },
    { resolver: deniedBy, isFound: false },
  ];
}
