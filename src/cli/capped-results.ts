/**
 * Results of names over `--rdap-max`, and of registries that did not tell, kept for the end of an
 * output that has a journal. A run that goes on cuts them off there, and asks about their names.
 */

import type { ProbeResult } from '../core/model.js';
import type { Journal } from '../journal/journal.js';
import { type ResultLines, resultWriter } from '../output/result-writer.js';
import { Tally } from '../output/tally.js';
import type { NumberedResult } from '../probe/prober.js';

/** The most that is kept: names, and characters of lines. What comes beyond is final. */
const MAX_NAMES = 500_000;
const MAX_TEXT = 32_000_000;

export class CappedResults {
  readonly #journal: Journal;
  readonly #lineOf: (result: ProbeResult) => string;
  /** Of what is kept, which the tally of the run has counted too. */
  readonly #tally = new Tally();
  #numbers: number[] = [];
  #text = '';
  /** Whether one is kept that any further run asks again, whatever its `--rdap-max`. */
  #hasFailed = false;
  #isReleased = false;

  constructor(journal: Journal, lines: ResultLines<ProbeResult>) {
    this.#journal = journal;
    this.#lineOf = resultWriter({ ...lines, tally: this.#tally });
  }

  /** Keeps a result if it is to be kept; false where it has to be written like others. */
  keep({ number, result }: NumberedResult): boolean {
    if (this.#isReleased || !isCapped(result)) return false;
    this.#hasFailed ||= result.registrationReason !== 'rdap-cap';
    this.#numbers.push(number);
    this.#text += this.#lineOf(result);
    return true;
  }

  /** Whether no more can be kept: memory, and how far the journal lets reading be ahead, are bounded. */
  get isFull(): boolean {
    const count = this.#numbers.length;
    if (count === 0) return false;
    return count >= MAX_NAMES || this.#text.length >= MAX_TEXT || this.#journal.isFarAhead;
  }

  /** What a tally has counted, without what is kept: that is not done for the journal. */
  countsWithout(tally: Tally): Record<string, number> {
    const kept = this.#tally.counts;
    const counts = Object.entries(tally.counts).map(
      ([key, count]) => [key, count - (kept[key] ?? 0)] as const,
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /**
   * The lines that were kept; their names are done from then on. The place before them is noted in the
   * journal, so all that was written must have been counted there.
   */
  release(tally: Tally): string {
    const text = this.#text;
    if (this.#numbers.length > 0) {
      this.#journal.markCap(this.countsWithout(tally), this.#hasFailed);
      for (const number of this.#numbers) this.#journal.done(number);
    }
    this.#forget();
    this.#isReleased = true;
    return text;
  }

  /** Takes what is kept out of the tally, of a run that was stopped: it counts as not asked. */
  drop(tally: Tally): void {
    const kept = Object.entries(this.#tally.counts);
    tally.include(Object.fromEntries(kept.map(([key, count]) => [key, -count])));
    this.#forget();
  }

  #forget(): void {
    this.#numbers = [];
    this.#text = '';
    this.#tally.clear();
  }
}

/** Any reason but that there is no registry to ask. */
function isCapped({ registration, registrationReason }: ProbeResult): boolean {
  return registration === 'unknown' && registrationReason !== 'no-rdap';
}
