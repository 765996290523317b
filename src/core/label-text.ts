/** Octets of a label as text (RFC 1035, 5.1; RFC 4343, 2.1): plain, `\.` or `\032`. */

const BACKSLASH = 92;

export function formatOctet(code: number): string {
  if (code <= 32 || code >= 127) return `\\${String(code).padStart(3, '0')}`;
  const char = String.fromCharCode(code);
  return '."$();@\\'.includes(char) ? `\\${char}` : char;
}

/** Length of the escape whose backslash is at `at`: `\DDD`, or a backslash and a character. */
export function escapeLength(text: string, at: number): number {
  return isDigit(text.charCodeAt(at + 1)) ? 4 : 2;
}

/** The octet that the escape at `at` stands for; NaN if it is none. */
export function unescapeOctet(text: string, at: number): number {
  const next = text.charCodeAt(at + 1);
  return isDigit(next) ? Number(text.slice(at + 1, at + 4)) : next;
}

/** Whether the character at `at` is escaped: behind an odd number of backslashes. */
export function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
