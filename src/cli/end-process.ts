/** The end of the process: by itself when nothing is left, or soon in spite of what cannot be cancelled. */

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
