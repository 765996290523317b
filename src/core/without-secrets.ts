/** URLs and headers as people may see them: whatever could be a password is left out. */

/** What stands for a secret that is not shown. */
const HIDDEN = '***';

const SCHEME = /^(?:[a-z][a-z0-9+.-]*:\/{1,2}|(?:https?|rediss?|tls):)/i;

/** A host that cannot be the name of a user. */
const CERTAIN_HOST = /^(?:localhost|\d+\.\d+\.\d+\.\d+|\[.*\])$/;

/**
 * A text that may be a URL, whole or broken, without user and password. Of one that cannot be read as
 * a URL, all that could be part of a password is left out: a password may hold `/`, `@` and `:`.
 */
export function withoutSecrets(text: string): string {
  if (!text.includes('@') && !text.includes('://')) return text;
  // The URL class passes over what stands before the scheme here.
  const trimmed = text.replace(/^[\0-\x20]+/, '');
  const scheme = SCHEME.exec(trimmed)?.[0] ?? '';
  const rest = trimmed.slice(scheme.length);
  const url = scheme !== '' && URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (url && url.host !== '') return withoutUser(text, { scheme, rest, url });
  const host = rest.slice(rest.lastIndexOf('@') + 1);
  if (host.length < rest.length) return `${scheme}${host}`;
  // Without an @ what follows a colon is a password too, unless it is a port or part of an address.
  return `${scheme}${rest.replace(/^([^:/[\]]*):(?!\d{1,5}(?:[/?#]|$)).*$/s, `$1:${HIDDEN}`)}`;
}

function withoutUser(
  text: string,
  { scheme, rest, url }: { scheme: string; rest: string; url: URL },
): string {
  const { username, password, hostname, port, pathname } = url;
  // In the schemes of the web a backslash is a slash.
  const end = /^https?:/i.test(scheme) ? /^[^/?#\\]*/ : /^[^/?#]*/;
  const authority = end.exec(rest)?.[0] ?? '';
  if (username !== '' || password !== '' || authority.includes('@')) {
    const host = authority.slice(authority.lastIndexOf('@') + 1);
    return `${scheme}${host}${rest.slice(authority.length)}`;
  }
  // A password that begins with digits and a slash makes its user look like the host.
  const isSuspect = port !== '' && pathname.includes('@') && !CERTAIN_HOST.test(hostname);
  return isSuspect ? `${scheme}${rest.slice(rest.lastIndexOf('@') + 1)}` : text;
}

/** A header line without its value: `authorization: ***`. */
export function headerWithoutValue(line: string): string {
  const name = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:/.exec(line)?.[1];
  return name === undefined ? HIDDEN : `${name}: ${HIDDEN}`;
}
