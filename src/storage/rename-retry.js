/** When a rename is tried again: by the code that waits for it, and by the saver's thread, which blocks. */

/** Milliseconds before each: scanners and indexers hold a fresh file for a moment, on Windows above all. */
export const RENAME_PAUSES_MS = [10, 50, 200, 1000];

/**
 * Whether a rename that failed may succeed a moment later.
 *
 * @param {unknown} error
 */
export function isPassing(error) {
  const { code } = /** @type {NodeJS.ErrnoException} */ (error);
  return code === 'EPERM' || code === 'EBUSY';
}
