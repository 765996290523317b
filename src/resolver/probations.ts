/** The first answers of all resolvers: which of them are compared, and what lets the others go. */

import { type ControlName, ControlNames } from './control-names.js';
import { type Comparison, Probation } from './probation.js';
import type { ResolverTrust } from './resolver-trust.js';
import type { TrustRecord } from './trust-record.js';
import type { Voice } from './trust-records.js';

/** Comparisons of the first answers of all resolvers: so many, and one for so many answers. */
const EARLY_COMPARISONS = 96;
const ANSWERS_FOR_COMPARISON = 16;
/** After so many first answers none are left: of many resolvers, later draws show no less. */
const MAX_EARLY_ANSWERS = 8192;

/** Asks a resolver about a name that others agree about. */
export type AskControl = (control: ControlName, voice: Voice, comparison: Comparison) => void;

/** Whether one that denies finds what others find. */
interface Proof {
  open: number;
  readonly waiting: (() => void)[];
}

export class Probations {
  readonly #trust: ResolverTrust;
  readonly #askControl: AskControl;
  readonly #all = new Map<TrustRecord | undefined, Probation>();
  readonly #proofs = new Map<TrustRecord | undefined, Proof>();
  readonly #controls = new ControlNames();
  #comparisons = 0;
  #answers = 0;

  constructor(trust: ResolverTrust, askControl: AskControl) {
    this.#trust = trust;
    this.#askControl = askControl;
  }

  of(voice: Voice): Probation {
    const record = this.#trust.recordOf(voice);
    const known = this.#all.get(record);
    if (known) return known;
    const probation = new Probation({
      areAgainst: () => this.#trust.isDoubted(voice),
      areThere: () => this.#trust.hasCompany([voice.resolver]),
      onTick: () => this.drawControls(voice),
    });
    this.#all.set(record, probation);
    return probation;
  }

  /** Counts an answer of a resolver on probation; gives a comparison if it is to be compared. */
  draw(probation: Probation, isFound: boolean): Comparison | undefined {
    if (++this.#answers === MAX_EARLY_ANSWERS) this.#trust.endAllProbations();
    const room = EARLY_COMPARISONS + this.#answers / ANSWERS_FOR_COMPARISON;
    const comparison = probation.draw(isFound, this.#comparisons < room);
    if (comparison) this.#comparisons++;
    return comparison;
  }

  /** Asks a resolver about names that others agree about, as long as that may let go what waits of it. */
  drawControls(voice: Voice): void {
    const probation = this.of(voice);
    while (probation.isPairWanted && this.#askPair(voice, () => {}));
  }

  /**
   * Asks a resolver that has found nothing yet, once, about a name that others find.
   *
   * @param callback called when it is known what it says
   * @returns whether that is to be waited for
   */
  prove(voice: Voice, callback: () => void): boolean {
    if (this.#trust.isProven(voice)) return false;
    const record = this.#trust.recordOf(voice);
    const running = this.#proofs.get(record);
    if (running) {
      if (running.open > 0) running.waiting.push(callback);
      return running.open > 0;
    }
    const proof: Proof = { open: 2, waiting: [callback] };
    this.#proofs.set(record, proof);
    const isBegun = this.#askPair(voice, () => {
      if (--proof.open === 0) for (const each of proof.waiting.splice(0)) each();
    });
    // Later there may be names to ask about.
    if (!isBegun) this.#proofs.delete(record);
    return isBegun;
  }

  /** Several resolvers agree about a name: all but the first have stood one comparison more. */
  noteAgreement(name: ControlName): void {
    this.#controls.note(name);
    for (const opinion of name.opinions.slice(1)) {
      if (this.#trust.isOnProbation(opinion)) this.of(opinion).noteAgreed(opinion.isFound);
    }
  }

  /** Stops all timers. What waits is never told. */
  close(): void {
    for (const probation of this.#all.values()) probation.close();
  }

  #askPair(voice: Voice, onEnd: () => void): boolean {
    const probation = this.of(voice);
    const pair = probation.takePair(this.#controls, voice.resolver);
    for (const control of pair ?? []) {
      this.#askControl(control, voice, probation.beginControl(onEnd));
    }
    return pair !== undefined;
  }
}
