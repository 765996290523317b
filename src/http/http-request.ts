/** The text of a request (RFC 9112, 3 and 5). */

/** The content encodings that are undone; `deflate` too, but servers do not agree on what it is. */
export const ACCEPT_ENCODING = 'gzip, br';

/**
 * Header lines, each with its CR LF, from name, value, name, value, … Throws a TypeError for what would
 * not be one line.
 */
export function headerLines(fields: readonly string[]): string {
  let lines = '';
  for (let i = 0; i < fields.length; i += 2) {
    const line = `${fields[i]}: ${fields[i + 1]}`;
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(line)) {
      throw new TypeError(`Expected a header of one line, got \`${JSON.stringify(line)}\``);
    }
    lines += `${line}\r\n`;
  }
  return lines;
}

/**
 * A whole GET.
 *
 * @param target what is asked for: a path, or to a proxy a whole URL
 * @param headers lines, each with its CR LF; a `host` among them counts more than the URL's
 */
export function getRequest(target: string, host: string, headers: string): string {
  const named = /^host:/m.test(headers) ? '' : `host: ${host}\r\n`;
  return `GET ${target} HTTP/1.1\r\n${named}connection: keep-alive\r\n${headers}\r\n`;
}
