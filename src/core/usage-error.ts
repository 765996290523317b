/**
 * The caller asked for something that is not allowed. Nothing was sent.
 *
 * @example
 * ```ts
 * try {
 *   openProber({ tries: 0 });
 * } catch (error) {
 *   if (error instanceof UsageError) console.error(error.option, error.message);
 * }
 * ```
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The option that is wrong, as the library calls it, where it is one. */
  readonly option: string | undefined;

  constructor(message: string, { option, cause }: { option?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.option = option;
  }
}
