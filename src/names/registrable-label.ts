/** Which labels people can register names under. */

import { domainToASCII, domainToUnicode } from 'node:url';

/** A label that registries take (RFC 1123, 2.1); an IDN is in its A-label. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Hyphens in the third and fourth place are those of A-labels (RFC 5891, 4.2.3.1), and of no others. */
export function isRegistrableLabel(label: string): boolean {
  if (!LABEL.test(label)) return false;
  if (label.slice(2, 4) !== '--') return true;
  return label.startsWith('xn--') && domainToASCII(domainToUnicode(label)) === label;
}

/** What most names begin with, and what tells at a fraction of the cost that their first label is taken. */
const PLAIN_LABEL = /^[a-z0-9]+\./;

/**
 * What stands behind the first label of a name, if that label is one that no registry takes; undefined
 * if it takes it, or if the name has no other label.
 *
 * @param name in lower case, without the final dot
 */
export function behindBadLabel(name: string): string | undefined {
  if (PLAIN_LABEL.test(name)) return undefined;
  const dot = name.indexOf('.');
  if (dot < 0 || isRegistrableLabel(name.slice(0, dot))) return undefined;
  return name.slice(dot + 1);
}
