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
  /** Told what one of the others has said, and what is true. */
  readonly onConfirmed: (opinion: Opinion, isFound: boolean) => void;
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
  #opinion: Opinion | undefined;

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
    if (this.#opinion) {
      if (!('failed' in result)) onConfirmed(this.#opinion, isFound);
      this.listener.onAnswer(result);
    } else if ('failed' in result || !(isFound || isAll)) {
      this.listener.onAnswer(result);
    } else {
      this.#opinion = { resolver: result.resolver, isFound };
      confirm(this.name, this.type, this, { priority: 'first' });
    }
  }
}
