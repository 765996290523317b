/**
 * How long a chunk is its worker's own. The chunk of a worker that is silent for longer goes back to
 * the queue for another: BullMQ does that, by these three figures.
 */

/** How long a chunk stays that of a silent worker. */
export const LOCK_DURATION_MS = 10_000;
/** How often the workers look for chunks whose worker is silent. */
export const STALLED_INTERVAL_MS = LOCK_DURATION_MS / 2;
/** How often a chunk may lose its worker. Workers may be killed at any rate. */
export const MAX_STALLED = 1000;
