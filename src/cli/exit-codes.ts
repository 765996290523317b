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

let isWaiting = false;

/**
 * Says that something may be left that cannot be cancelled and would keep the process alive: a
 * getaddrinfo, or a driver that waits for a Redis that is away.
 */
export function endWithoutWaiting(): void {
  isWaiting = true;
}

/**
 * Ends the process if {@link endWithoutWaiting} was called. The timer does not keep it alive: if
 * nothing else is left, the process is over before it fires.
 */
export function endProcess(): void {
  if (isWaiting) setTimeout(() => process.exit(), 100).unref();
}
