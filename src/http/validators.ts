/** What tells one version of a file from another (RFC 9110, 8.8), to be said back to its server. */

export interface Validators {
  readonly etag?: string | undefined;
  /** The `Last-Modified` header as it came. */
  readonly lastModified?: string | undefined;
}

/** What a server or a manifest said, as far as it can be said in a header. */
export function validatorsOf(etag?: string | null, lastModified?: string | null): Validators {
  return { etag: sendable(etag), lastModified: sendable(lastModified) };
}

function sendable(value: string | null | undefined): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,1024}$/.test(value) ? value : undefined;
}
