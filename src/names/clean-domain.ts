/** From a line that a person typed to a name that can be asked, or to the reason why it cannot. */

import { domainToASCII } from 'node:url';
import { parseAddress, reverseName } from '../core/address.js';
import { escapeLength, formatOctet, unescapeOctet } from '../core/label-text.js';
import type { InvalidReason } from '../core/model.js';

/** The longest name as text: 255 octets on the wire (RFC 1035, 2.3.4). */
const MAX_NAME = 253;
const MAX_WIRE = 255;
const MAX_LABEL = 63;
const DOT = 46;
const BACKSLASH = 92;
const ROOT = '.';

/** `_` is legal in the DNS and common (RFC 8552); `*` is, as a whole first label (RFC 4592). */
const PLAIN = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** What is on a line: undefined for a blank one or a comment (`#` first or after white space). */
export function cleanLine(line: string): string | undefined {
  const hash = line.indexOf('#');
  if (hash < 0) return line.trim() || undefined;
  return line.replace(/(^|\s)#.*/s, '').trim() || undefined;
}

/** What counts as a name. */
export interface NameRules {
  /** An IP address stands for its reverse name; otherwise it is invalid. */
  readonly reverse?: boolean;
  /**
   * Names that no host has, but that hold records: the root, escaped octets such as `\032` (RFC 1035,
   * 5.1), and in reverse names `/` (RFC 2317), which elsewhere would be the path of a URL.
   */
  readonly records?: boolean;
}

export type CleanedName = { readonly name: string } | { readonly invalid: InvalidReason };

const hostRules: NameRules = {};

/** The domain name in a text: of a URL the host, lower case, A-labels (RFC 5891), no final dot. */
export function cleanDomain(text: string, rules: NameRules = hostRules): CleanedName {
  if (isClean(text)) return { name: text };
  let name = text.includes('://') ? hostOf(text) : text;
  if (/[^\0-\x7f]/.test(name)) {
    const ascii = toAscii(name);
    if (ascii === undefined) return { invalid: 'bad-character' };
    name = ascii;
  }
  name = name.toLowerCase();
  const address = parseAddress(name);
  if (address) return rules.reverse ? { name: reverseName(address) } : { invalid: 'ip-address' };
  if (rules.records && isRecordName(name)) return cleanRecordName(name);
  if (name.endsWith('.')) name = name.slice(0, -1);
  const invalid = invalidReason(name);
  return invalid ? { invalid } : { name };
}

function isRecordName(name: string): boolean {
  return name === ROOT || name.includes('\\') || (name.includes('/') && /\.arpa\.?$/.test(name));
}

/** A name that may have octets no host has; its escapes are written as those of answers are. */
function cleanRecordName(text: string): CleanedName {
  if (text === ROOT) return { name: ROOT };
  let name = '';
  let label = 0;
  // On the wire: the length of each label, the labels, and the root.
  let size = 2;
  for (let i = 0; i < text.length; size++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (label === 0) return { invalid: 'empty-label' };
      label = 0;
      i++;
      if (i < text.length) name += '.';
      else size--;
      continue;
    }
    if (++label > MAX_LABEL) return { invalid: 'label-too-long' };
    const isEscape = code === BACKSLASH;
    const octet = isEscape ? unescapeOctet(text, i) : code;
    if (isEscape ? !(octet <= 255) : !/[a-z0-9_*/-]/.test(text[i] as string)) {
      return { invalid: 'bad-character' };
    }
    name += formatOctet(octet).toLowerCase();
    i += isEscape ? escapeLength(text, i) : 1;
  }
  if (name === '') return { invalid: 'empty-label' };
  return size > MAX_WIRE ? { invalid: 'name-too-long' } : { name };
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
  if (!('name' in cleaned)) return undefined;
  // No label of a TLD begins or ends with a hyphen (RFC 1123, section 2.1).
  return /^\*|^-|-$|-\.|\.-/.test(cleaned.name) ? undefined : cleaned.name;
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
 * What no international name has (RFC 5892): punctuation, such as the quotes, apostrophes and dashes that
 * word processors put in by themselves. Full stops part labels in every script; of the exceptions the middle
 * dot is right between two l only (appendix A.3), and what is emoji as well is sold as such.
 */
const PUNCTUATION =
  /(?![\0-\x7f\u3002\u00b7\u05f3\u05f4\u30fb\u0f0b]|\p{Extended_Pictographic})\p{P}|(?<!l)\u00b7|\u00b7(?!l)/iu;
const SYMBOLS = /[\p{S}\p{No}]/gu;

/** Whether characters of a text belong into no name. `Nest™` would become `nesttm`, which is another name. */
function hasForbidden(text: string): boolean {
  // In the form that full-width letters, stops and hyphens have otherwise.
  if (PUNCTUATION.test(text.normalize('NFKC'))) return true;
  const symbols = text.match(SYMBOLS) ?? [];
  return symbols.some((symbol) => symbol.normalize('NFKC') !== symbol);
}

/**
 * A-labels of an internationalised name. domainToASCII reads its argument as the host of a URL
 * (`a/b.com` would become `a`), so whatever it would take for syntax is turned away first.
 */
function toAscii(name: string): string | undefined {
  if (/[\0-)+,/:-@[-^`{-\x7f]/.test(name) || hasForbidden(name)) return undefined;
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
