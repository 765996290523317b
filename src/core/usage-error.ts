/** The caller asked for something that is not allowed. Nothing was sent. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
