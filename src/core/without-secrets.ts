/** URLs and headers as people may see them: whatever could be a password is left out. */

/** What stands for a secret that is not shown. */
const HIDDEN = '***';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/{0,2}/i;

/**
 * A text that may be a URL, whole or broken, without user and password. Of one that cannot be read as
 * a URL, all that could be part of a password is left out: a password may hold `/`, `@` and `:`.
 */
export function withoutSecrets(text: string): string {
  if (!text.includes('@') && !text.includes(':')) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && url.host !== '') return withoutUser(text, url);
  const scheme = SCHEME.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const host = rest.slice(rest.lastIndexOf('@') + 1);
  if (host.length < rest.length) return `${scheme}${host}`;
  // Without an @ what follows a colon is a password too, unless it is a port or a part of an address.
  return `${scheme}${rest.replace(/^([^:/[\]]*):(?!\d{1,5}(?:[/?#]|$))[^:]*$/, `$1:${HIDDEN}`)}`;
}

function withoutUser(text: string, { username, password, port, pathname }: URL): string {
  const scheme = SCHEME.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const authority = /^[^/?#\\]*/.exec(rest)?.[0] ?? '';
  if (username !== '' || password !== '' || authority.includes('@')) {
    return `${scheme}${authority.slice(authority.lastIndexOf('@') + 1)}${rest.slice(authority.length)}`;
  }
  // A password that begins with digits and a slash makes its user look like the host.
  if (port !== '' && pathname.includes('@'))
    return `${scheme}${rest.slice(rest.lastIndexOf('@') + 1)}`;
  return text;
}

/** A header line without its value: `authorization: ***`. */
export function headerWithoutValue(line: string): string {
  const name = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:/.exec(line)?.[1];
  return name === undefined ? HIDDEN : `${name}: ${HIDDEN}`;
}
