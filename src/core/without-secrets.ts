/** URLs and headers as people may see them: whatever could be a password is left out. */

import { normalizeExtension } from './image-extensions.js';

/** What stands for a secret that is not shown. */
const HIDDEN = '***';

/** Where a URL begins in a text: at its start, or behind what stands between the parts of a list. */
const URL_START = /(?<=^|[\s\0,;"'`=(<])(?=[a-z][a-z0-9+.-]*:\/\/)/i;

const SCHEME = /^(?:[a-z][a-z0-9+.-]*:\/{1,2}|(?:https?|rediss?|tls):)/i;

/** A host that cannot be the name of a user. */
const CERTAIN_HOST = /^(?:localhost|\d+\.\d+\.\d+\.\d+|\[.*\])$/i;

/** A host behind an `@`, and the last label of its name. */
const HOST_BEHIND =
  /^(?:localhost|\d+\.\d+\.\d+\.\d+|\[[\d:a-f]+\]|[\w-]+(?:\.[\w-]+)*\.([a-z]{2,}))(?:[:/?#]|$)/i;

/** Extensions of what else a web page is made of: `app@1.min.js` is no host. */
const WEB_FILE = /^(?:[cm]?[jt]s|css|map|html?|php|json|xml|txt|pdf|woff2?|ttf|mp[34]|webm)$/i;

/**
 * A text that may hold URLs, whole or broken, without users and passwords. These stand between `//` and
 * the next `/`, `?` or `#` (RFC 3986, section 3.2): an `@` behind that is part of a path, and stays. Where
 * a password was typed as it is, with `/`, `?` or `#` in it, the text is no URL, or one of a host whose
 * name has no dot: then all up to the last `@` is left out. Without a scheme, only `user:password@host`
 * has a password.
 */
export function withoutSecrets(text: string): string {
  if (!text.includes('@') && !text.includes('://')) return text;
  const withoutLogins = (field: string) => field.split(URL_START).map(withoutLogin).join('');
  return text.split('\t').map(withoutLogins).join('\t');
}

/** One URL, or a text without any. */
function withoutLogin(text: string): string {
  // A path of Windows.
  if (/^[a-z]:\\/i.test(text)) return text;
  const scheme = SCHEME.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const isWeb = scheme === '' || /^http/i.test(scheme);
  // In the schemes of the web a backslash is a slash.
  const authority = (isWeb ? /^[^/?#\\]*/ : /^[^/?#]*/).exec(rest)?.[0] ?? '';
  const behind = rest.slice(authority.length);
  const at = authority.lastIndexOf('@');
  if (at >= 0) {
    const isLogin = scheme !== '' || authority.lastIndexOf(':', at) >= 0;
    if (!isLogin) return text;
    const host = authority.slice(at + 1);
    return scheme + (isRestOfPassword(host, behind, isWeb) ? behindLastAt(rest) : host + behind);
  }
  const [, user, port] = /^([^:[\]]*):(.*)$/s.exec(authority) ?? [];
  if (user === undefined || port === undefined) return text;
  const isHost = /^\d{0,5}$/.test(port);
  if (isHost ? isRestOfPassword(user, behind, isWeb) : behind.includes('@')) {
    return scheme + behindLastAt(rest);
  }
  // Without an @ what follows a colon is a password too, unless it is a port or part of an address.
  const isShown = isHost || scheme === '' || /^[\da-f.]*:[\da-f:.]*$/i.test(port);
  return isShown ? text : `${scheme}${user}:${HIDDEN}`;
}

/** Whether what looks like a host is part of a password, which goes on behind it up to an `@`. */
function isRestOfPassword(host: string, behind: string, isWeb: boolean): boolean {
  const name = host.replace(/:\d*$/, '');
  if (!behind.includes('@') || CERTAIN_HOST.test(name)) return false;
  if (!isWeb) return true;
  if (name.includes('.')) return false;
  const [found, label = ''] = HOST_BEHIND.exec(behindLastAt(behind)) ?? [];
  return found !== undefined && normalizeExtension(label) === undefined && !WEB_FILE.test(label);
}

function behindLastAt(text: string): string {
  return text.slice(text.lastIndexOf('@') + 1);
}

/** A header line without its value: `authorization: ***`. */
export function headerWithoutValue(line: string): string {
  const name = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:/.exec(line)?.[1];
  return name === undefined ? HIDDEN : `${name}: ${HIDDEN}`;
}
