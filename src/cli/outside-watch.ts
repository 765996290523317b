/** Watches whether the resolvers of a run begin or cease to deny everything, or to make up names. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Journal } from '../journal/journal.js';
import type { OutsideSeen } from '../journal/snapshot.js';
import type { Tally } from '../output/tally.js';
import type { OutsideView } from '../probe/outside-view.js';

/**
 * Milliseconds before the first look: a run that is over by then costs no question more, nor the time of the last look,
 * which would be long beside it.
 */
const FIRST_LOOK = 5000;
/** The same for a run that may be the rest of another. */
const FIRST_LOOK_RESUMABLE = 100;
/** Two looks are at least so many milliseconds apart, */
const INTERVAL = 2000;
/** and so many results, so that they are few of all questions, */
const RESULTS = 64;
/** or so many milliseconds: what was answered since the last may have to be asked again. */
const MAX_INTERVAL = 10_000;

export interface OutsideWatchOptions {
  /** Undefined if nobody is to be asked. */
  readonly view: (() => Promise<OutsideView | undefined>) | undefined;
  /** Keeps what was seen. */
  readonly journal: Pick<Journal, 'before' | 'outside' | 'proved' | 'saved'> | undefined;
  /** Whether a run that goes on asks again about what came after the last good look. */
  readonly asksAgain: boolean;
  /** Whether `--resume` was given. */
  readonly isResumable: boolean;
  /** Told when it is noticed that a resolver has changed. */
  readonly say: (text: string) => void;
}

export class OutsideWatch {
  readonly #options: OutsideWatchOptions;
  #seen: OutsideSeen;
  #hasLooked = false;
  #whose = 'the resolver';

  constructor(options: OutsideWatchOptions) {
    this.#options = options;
    this.#seen = options.journal?.outside ?? {};
  }

  /** The same batches. Looks while they come, and a last time behind them if that can tell more. */
  async *during<B>(batches: AsyncIterable<B>, tally: Tally): AsyncGenerator<B, void, undefined> {
    const { view, journal } = this.#options;
    if (!view) {
      yield* batches;
      return;
    }
    if (journal && this.#options.asksAgain) journal.proved ??= journal.saved;
    const ending = new AbortController();
    const watching = this.#watch(tally, ending.signal);
    try {
      yield* batches;
      ending.abort();
      await watching;
      if (this.#hasLooked || journal?.before) await this.#look(view);
    } finally {
      ending.abort();
    }
  }

  /** That a resolver was not the same all the time; undefined if it was. */
  get fault(): string | undefined {
    const { com, madeUp } = this.#seen;
    const again = 'ask again later, or others with -r';
    if (madeUp?.found && madeUp.missing) {
      return `${this.#whose} made up names that cannot exist for a part of the run, so what was found then may not exist; ${again}`;
    }
    if (com?.found && com.missing) {
      return `${this.#whose} denied \`com\` too for a part of the run, so what was missing then may exist; ${again}`;
    }
    return undefined;
  }

  async #watch(tally: Tally, signal: AbortSignal): Promise<void> {
    const { view, isResumable } = this.#options;
    const pause = (ms: number) => delay(ms, undefined, { signal, ref: false }).catch(() => {});
    let looked = tally.total;
    let wait = isResumable ? FIRST_LOOK_RESUMABLE : FIRST_LOOK;
    for (let waited = 0; view; ) {
      await pause(wait);
      if (signal.aborted) return;
      waited += wait;
      const least = this.#hasLooked && waited < MAX_INTERVAL ? RESULTS : 1;
      if (tally.total - looked < least) continue;
      looked = tally.total;
      waited = 0;
      // What is silent about the outside is left alone more and more: its losses would slow the run down.
      wait = (await this.#look(view)) ? INTERVAL : 2 * Math.max(wait, INTERVAL);
    }
  }

  /** Whether anybody answered. */
  async #look(ask: () => Promise<OutsideView | undefined>): Promise<boolean> {
    const { journal, asksAgain, say } = this.#options;
    // What is answered while they are asked is not vouched for.
    const place = journal?.saved;
    const view = await ask();
    if (!view) return false;
    this.#hasLooked = true;
    const [resolver = ''] = view.resolvers;
    this.#whose = view.resolvers.length > 1 ? 'every resolver' : resolver;
    const { fault } = this;
    this.#seen = {
      com: including(this.#seen.com, view.com),
      madeUp: including(this.#seen.madeUp, view.madeUp),
    };
    if (journal) journal.outside = this.#seen;
    if (journal && place && asksAgain && !this.fault) {
      // Before the first answer there is nothing that they could have said wrong.
      const hasAnswers = place.output.bytes > 0 || place.done.high > 0;
      journal.proved = { ...place, outside: hasAnswers ? this.#seen : undefined };
    }
    if (!fault && this.fault) say(changeText(this.#whose, view));
    return view.com !== undefined || view.madeUp !== undefined;
  }
}

type Outcomes = OutsideSeen['com'];

function including(seen: Outcomes, outcome: OutsideView['com']): Outcomes {
  return outcome ? { ...seen, [outcome]: true } : seen;
}

function changeText(whose: string, { com, madeUp }: OutsideView): string {
  if (madeUp === 'found')
    return `${whose} makes up names that cannot exist, which it did not before`;
  if (com === 'missing') return `${whose} denies \`com\`, which it knew before`;
  return `${whose} answers otherwise than before, when it denied everything or made up names`;
}
