/** What the process says when it ends. */

export { RunError, systemReason } from '../core/run-error.js';

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

/**
 * A pending getaddrinfo cannot be cancelled and would keep the process alive. The timer
 * does not: if nothing else is left, the process is over before it fires.
 */
export function endWithoutWaiting(): void {
  setTimeout(() => process.exit(), 100).unref();
}
