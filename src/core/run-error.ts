/**
 * The run cannot go on: one line for people, exit code 4.
 *
 * @example
 * ```ts
 * try {
 *   await openFleetWorker(options);
 * } catch (error) {
 *   if (error instanceof RunError) console.error(error.message);
 * }
 * ```
 */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** `no space left on device (ENOSPC)`: what the system said, in words and as its code. */
export function systemReason(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  if (code === undefined) return message;
  const words = /^\w+: ([^,]+)/.exec(message)?.[1];
  return words === undefined ? message : `${words} (${code})`;
}
