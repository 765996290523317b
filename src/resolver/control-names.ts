/**
 * Names that two resolvers have agreed about while first answers waited: what a third says of them shows at once whether
 * it is right, as the first to be agreed about are those that are answered fast. They come in pairs, one that exists
 * and one that does not: one that denies whatever it likes is right about all that do not exist. Pure.
 */

import type { AnswerOpinion } from './conclusion.js';
import { bytesOf } from './held-answers.js';

/** So many pairs are kept: the most that one resolver is asked about. */
const MAX_PAIRS = 4;
/** Of answers that take more bytes, none is kept. */
const MAX_BYTES = 4096;

export interface ControlName {
  readonly name: string;
  readonly type: number;
  /** At least two, which agree, in the order in which they came. */
  readonly opinions: readonly AnswerOpinion[];
}

export class ControlNames {
  readonly #missing: ControlName[] = [];
  readonly #found: ControlName[] = [];

  note(control: ControlName): void {
    const first = control.opinions[0] as AnswerOpinion;
    const names = first.isFound ? this.#found : this.#missing;
    if (names.length === MAX_PAIRS || names.some(({ name }) => name === control.name)) return;
    if (bytesOf(first.result.reply.records) <= MAX_BYTES) names.push(control);
  }

  /** The pair with this number: first the one that exists, as one that finds something is believed the sooner. */
  pair(number: number): readonly [ControlName, ControlName] | undefined {
    const found = this.#found[number];
    const missing = this.#missing[number];
    return found && missing && [found, missing];
  }
}
