/** Watches whether the resolvers of a run begin or cease to deny everything, or to make up names. */

import { setTimeout as delay } from 'node:timers/promises';
import type { OutsideSeen } from '../journal/snapshot.js';
import type { Tally } from '../output/tally.js';
import type { OutsideView } from '../probe/outside-view.js';

/** Milliseconds before the first look: a run that is over by then costs no question more. */
const FIRST_LOOK = 1000;
/** The same for a run that may be the rest of another. */
const FIRST_LOOK_RESUMABLE = 100;
/** At least so many milliseconds and results are between two looks, so that they are few of all questions. */
const INTERVAL = 2000;
const RESULTS = 64;

export interface OutsideWatchOptions {
  /** Undefined if nobody is to be asked. */
  readonly view: () => Promise<OutsideView | undefined>;
  /** What an earlier part of the run has seen. */
  readonly before: OutsideSeen | undefined;
  /** Whether `--resume` was given. */
  readonly isResumable: boolean;
  /** Takes what has been seen so far, for the parts that follow. */
  readonly onSeen: (seen: OutsideSeen) => void;
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
    this.#seen = options.before ?? {};
  }

  /** The same batches. Looks while they come, and a last time behind them if that can tell more. */
  async *during<B>(batches: AsyncIterable<B>, tally: Tally): AsyncGenerator<B, void, undefined> {
    const ending = new AbortController();
    const watching = this.#watch(tally, ending.signal);
    try {
      yield* batches;
      ending.abort();
      await watching;
      if (this.#hasLooked || this.#options.before) await this.#look();
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
    const pause = (ms: number) => delay(ms, undefined, { signal, ref: false }).catch(() => {});
    let looked = tally.total;
    let wait = this.#options.isResumable ? FIRST_LOOK_RESUMABLE : FIRST_LOOK;
    for (;;) {
      await pause(wait);
      if (signal.aborted) return;
      const news = tally.total - looked;
      if (news < (this.#hasLooked ? RESULTS : 1)) continue;
      looked = tally.total;
      // What is silent about the outside is left alone more and more: its losses would slow the run down.
      wait = (await this.#look()) ? INTERVAL : 2 * Math.max(wait, INTERVAL);
    }
  }

  /** Whether anybody answered. */
  async #look(): Promise<boolean> {
    const view = await this.#options.view();
    if (!view) return false;
    this.#hasLooked = true;
    const [resolver = ''] = view.resolvers;
    this.#whose = view.resolvers.length > 1 ? 'every resolver' : resolver;
    const { fault } = this;
    this.#seen = {
      com: including(this.#seen.com, view.com),
      madeUp: including(this.#seen.madeUp, view.madeUp),
    };
    this.#options.onSeen(this.#seen);
    if (!fault && this.fault) this.#options.say(changeText(this.#whose, view));
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
