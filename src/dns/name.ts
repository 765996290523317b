/**
 * Domain names on the wire (RFC 1035, 3.1 and 4.1.4). A label may hold any octet (RFC 2181, 11): as
 * text, an octet that is not a plain character is `\DDD`, and a dot inside a label `\.`.
 */

import { escapeLength, formatOctet, isEscaped, unescapeOctet } from '../core/label-text.js';

/** What was read does not hold together; caught where a message is read, never thrown past it. */
export class Malformed extends Error {}

/** The most bytes that a name takes on the wire. */
export const MAX_WIRE_NAME = 255;
/** More pointers than a name can have labels lead nowhere but round in the message. */
const MAX_POINTERS = 127;
const DOT = 46;
const BACKSLASH = 92;

/** The root as text; an empty text is the root too. */
export const ROOT = '.';

/**
 * Writes a name (lower case, escapes as {@link readName} makes them, no final dot) and gives the
 * offset behind it.
 */
export function writeName(into: Uint8Array, at: number, name: string): number {
  if (name === '' || name === ROOT) {
    into[at] = 0;
    return at + 1;
  }
  let lengthAt = at;
  let end = at + 1;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code === DOT) {
      into[lengthAt] = end - lengthAt - 1;
      lengthAt = end;
    } else if (code === BACKSLASH) {
      into[end] = unescapeOctet(name, i);
      i += escapeLength(name, i) - 1;
    } else {
      into[end] = code;
    }
    end++;
  }
  into[lengthAt] = end - lengthAt - 1;
  into[end] = 0;
  return end + 1;
}

/**
 * Whether the uncompressed name at `at` is `name`, whatever its case: servers may mangle the case of
 * what they echo. Gives the offset behind it, or 0.
 */
export function matchName(bytes: Uint8Array, at: number, limit: number, name: string): number {
  let here = at;
  let i = name === ROOT ? 1 : 0;
  for (;;) {
    if (here >= limit) return 0;
    const length = bytes[here++] as number;
    if (length === 0) return i >= name.length ? here : 0;
    if (length > 63 || here + length > limit) return 0;
    if (i > 0 && name.charCodeAt(i++) !== DOT) return 0;
    for (const end = here + length; here < end; here++) {
      let code = bytes[here] as number;
      if (code >= 65 && code <= 90) code += 32;
      const typed = name.charCodeAt(i);
      if (typed === BACKSLASH) {
        if (unescapeOctet(name, i) !== code) return 0;
        i += escapeLength(name, i);
      } else if (typed !== code || code === DOT) {
        return 0;
      } else {
        i++;
      }
    }
  }
}

/** Bytes that a name takes on the wire, with or without its final dot. */
export function wireLength(name: string): number {
  if (name === '' || name === ROOT) return 1;
  let length = name.endsWith('.') ? 1 : 2;
  for (let i = 0; i < name.length; i++, length++) {
    if (name.charCodeAt(i) === BACKSLASH) i += escapeLength(name, i) - 1;
  }
  return length;
}

/** Whether `ancestor` is `name` itself or a name above it; names as {@link readName} writes them. */
export function isAtOrAbove(ancestor: string, name: string): boolean {
  if (ancestor === '' || ancestor === ROOT || ancestor === name) return true;
  const dot = name.length - ancestor.length - 1;
  if (dot < 1 || name.charCodeAt(dot) !== DOT || !name.endsWith(ancestor)) return false;
  // An escaped dot belongs to its label.
  return !isEscaped(name, dot);
}

/** The offset behind the name at `at`. */
export function skipName(bytes: Uint8Array, at: number, limit: number): number {
  let here = at;
  while (here < limit) {
    const length = bytes[here] as number;
    if (length === 0) return here + 1;
    if (length >= 0xc0) return here + 2;
    if (length > 63) break;
    here += length + 1;
  }
  throw new Malformed('name');
}

/**
 * The name at `at` in presentation form, without the final dot; the root is empty. A pointer must
 * point before the labels that led to it, so a loop cannot be.
 *
 * @param base where the message begins: pointers count from there
 */
export function readName(bytes: Uint8Array, at: number, base: number, limit: number): string {
  let text = '';
  let here = at;
  let earliest = at;
  let size = 1;
  let pointers = 0;
  for (;;) {
    if (here >= limit) throw new Malformed('name');
    const length = bytes[here] as number;
    if (length === 0) return text;
    if (length >= 0xc0) {
      if (here + 1 >= limit || ++pointers > MAX_POINTERS) throw new Malformed('name');
      const target = base + (((length & 0x3f) << 8) | (bytes[here + 1] as number));
      if (target >= earliest) throw new Malformed('pointer');
      here = target;
      earliest = target;
      continue;
    }
    size += length + 1;
    if (length > 63 || size > MAX_WIRE_NAME || here + 1 + length > limit)
      throw new Malformed('name');
    if (text !== '') text += '.';
    for (let i = here + 1; i <= here + length; i++) text += formatOctet(bytes[i] as number);
    here += length + 1;
  }
}
