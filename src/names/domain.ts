/** From a line that a person typed to a name that can be asked, or to the reason why it cannot. */

import { domainToASCII } from 'node:url';
import { parseAddress, reverseName } from '../core/address.js';
import type { InvalidReason } from '../core/model.js';

/** The longest name as text: 255 octets on the wire (RFC 1035, 2.3.4). */
const MAX_NAME = 253;
const MAX_LABEL = 63;
const DOT = 46;

/** `_` is legal in the DNS and common (RFC 8552); `*` is, as a whole first label (RFC 4592). */
const PLAIN = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** What is on a line: undefined for a blank one or a comment (`#` first or after white space). */
export function cleanLine(line: string): string | undefined {
  const hash = line.indexOf('#');
  if (hash < 0) return line.trim() || undefined;
  return line.replace(/(^|\s)#.*/s, '').trim() || undefined;
}

/**
 * The domain name in a text: of a URL the host, lower case, A-labels (RFC 5891), no final dot.
 *
 * @param reverse an IP address becomes its reverse name; otherwise it is invalid.
 */
export function cleanDomain(
  text: string,
  reverse = false,
): { readonly name: string } | { readonly invalid: InvalidReason } {
  if (isClean(text)) return { name: text };
  let name = text.includes('://') ? hostOf(text) : text;
  if (/[^\0-\x7f]/.test(name)) {
    const ascii = toAscii(name);
    if (ascii === undefined) return { invalid: 'bad-character' };
    name = ascii;
  }
  name = name.toLowerCase();
  const address = parseAddress(name);
  if (address) return reverse ? { name: reverseName(address) } : { invalid: 'ip-address' };
  if (name.endsWith('.')) name = name.slice(0, -1);
  const invalid = invalidReason(name);
  return invalid ? { invalid } : { name };
}

/** Most names by far need no cleaning: seen in one pass, at a fraction of what the rest costs. */
function isClean(text: string): boolean {
  if (text.length > MAX_NAME) return false;
  let label = 0;
  let code = 0;
  for (let i = 0; i < text.length; i++) {
    code = text.charCodeAt(i);
    if (code === DOT) {
      if (label === 0) return false;
      label = 0;
    } else if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 45) {
      if (++label > MAX_LABEL) return false;
    } else {
      return false;
    }
  }
  // What ends in a digit may be an address.
  return label > 0 && code > 57;
}

/** A TLD as it is put behind a word: `.dev`, `dev` and `DEV.` are `dev`; undefined if it is none. */
export function cleanTld(text: string): string | undefined {
  const cleaned = cleanDomain(text.startsWith('.') ? text.slice(1) : text);
  return 'name' in cleaned && !cleaned.name.startsWith('*') ? cleaned.name : undefined;
}

/** The host of a URL, by hand: the URL class would repair it, and a repaired name is another name. */
function hostOf(url: string): string {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)/i.exec(url)?.[1];
  if (authority === undefined) return url;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const bracketed = /^\[(.*)\](?::\d*)?$/.exec(host)?.[1];
  return bracketed ?? host.replace(/:\d*$/, '');
}

/**
 * A-labels of an internationalised name. domainToASCII reads its argument as the host of a URL
 * (`a/b.com` would become `a`), so whatever it would take for syntax is turned away first.
 */
function toAscii(name: string): string | undefined {
  if (/[\0-)+,/:-@[-^`{-\x7f]/.test(name)) return undefined;
  return domainToASCII(name) || undefined;
}

function invalidReason(name: string): InvalidReason | undefined {
  if (name.length > MAX_NAME) return 'name-too-long';
  let start = 0;
  for (let i = 0; i <= name.length; i++) {
    if (i < name.length && name.charCodeAt(i) !== DOT) continue;
    if (i === start) return 'empty-label';
    if (i - start > MAX_LABEL) return 'label-too-long';
    start = i + 1;
  }
  return PLAIN.test(name) ? undefined : 'bad-character';
}
