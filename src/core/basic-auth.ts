/** Users and passwords of URLs, as a header says them. */

/** The value of an `authorization` header (RFC 7617); undefined with neither user nor password. */
export function basic(username: string, password: string): string | undefined {
  if (!username && !password) return undefined;
  return `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
