/**
 * Two resolvers that contradict each other, where no third could say which of them is right. Once they have,
 * neither is believed without the other, until they have agreed for a while. Pure.
 */

/** A name that changes while it is asked for is no reason to ask both about all names for long. */
const AGREEMENTS_TO_END = 512;
/** It is worth a word when it happens more often than names change: so often, and one name in so many. */
const MIN_CONTRADICTED = 3;
const MAX_NAMES_FOR_ONE = 100;

/** Two resolvers that contradict each other, and how often they were seen to. */
export interface PairContradiction {
  readonly resolvers: readonly [string, string];
  /** Names that one of them finds and the other denies, of those about which both were asked. */
  readonly contradicted: number;
  readonly compared: number;
}

export class PairDispute {
  #compared = 0;
  #contradicted = 0;
  /** Agreements since the last contradiction; undefined while there is no dispute. */
  #agreed: number | undefined;

  /** Whether neither of the two is believed without the other. */
  get isOpen(): boolean {
    return this.#agreed !== undefined;
  }

  get contradicted(): number {
    return this.#contradicted;
  }

  /** Both have said something about one name. */
  note(isAgreed: boolean): void {
    this.#compared++;
    if (!isAgreed) {
      this.#contradicted++;
      this.#agreed = 0;
    } else if (this.#agreed !== undefined) {
      this.#agreed = this.#agreed + 1 === AGREEMENTS_TO_END ? undefined : this.#agreed + 1;
    }
  }

  /** What there is to tell about two resolvers; undefined if that is no more than ordinary. */
  contradiction(resolvers: readonly [string, string]): PairContradiction | undefined {
    const contradicted = this.#contradicted;
    const compared = this.#compared;
    const isMuch = contradicted >= MIN_CONTRADICTED && contradicted * MAX_NAMES_FOR_ONE > compared;
    return isMuch ? { resolvers, contradicted, compared } : undefined;
  }
}
