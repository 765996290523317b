/** With which code a command ends: after its results, and after an error. */

import { UsageError } from '../core/usage-error.js';
import type { Tally } from '../output/tally.js';

export const EXIT = {
  /** Every input was answered. */
  answered: 0,
  /** Some were not. */
  unanswered: 1,
  /** The command line is wrong; nothing was sent. */
  usage: 2,
  /** `--expect` did not hold. */
  unexpected: 3,
  /** The run could not be carried out. */
  failed: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command says of its results, as far as its exit code goes. */
export interface Outcomes {
  /** What `--expect` is held against: statuses, or status and reason (`missing nodata`). */
  answered(tally: Tally): readonly string[];
  /** Whether every input was answered. */
  isComplete(tally: Tally): boolean;
}

/**
 * The exit code of a run that was not stopped.
 *
 * @param expected the words of `--expect`; an empty list expects nothing
 */
export function exitCodeOf(
  outcomes: Outcomes,
  tally: Tally,
  expected: readonly string[],
): ExitCode {
  if (unexpectedOf(outcomes, tally, expected).length > 0) return EXIT.unexpected;
  return outcomes.isComplete(tally) ? EXIT.answered : EXIT.unanswered;
}

/** The answers of which none was expected, and that there were. */
export function unexpectedOf(
  { answered }: Outcomes,
  tally: Tally,
  expected: readonly string[],
): readonly string[] {
  if (expected.length === 0) return [];
  return answered(tally).filter(
    (key) => tally.of(key) > 0 && !key.split(/[ /]/).some((word) => expected.includes(word)),
  );
}

/** The exit code after an error: only a wrong command line has one of its own. */
export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
