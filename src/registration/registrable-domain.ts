/** Which domain of a name a registry would know: the part that people register. */

import { domainToASCII, domainToUnicode } from 'node:url';
import { parse } from 'tldts-icann';
import type { NotRegistrable } from '../core/model.js';

export type Registrable = { readonly domain: string } | { readonly none: NotRegistrable };

/** A label that registries take (RFC 1123, 2.1); an IDN is in its A-label. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * The registrable domain of a name by the ICANN part of the public suffix list: `example.com.br` of
 * `www.example.com.br`. A TLD that is not in the list counts as one suffix.
 *
 * @param name in lower case, without the final dot
 */
export function registrableDomain(name: string): Registrable {
  const { domain, isIp } = parse(name, { extractHostname: false, validateHostname: false });
  if (isIp) return { none: 'ip-address' };
  if (!domain) return { none: 'public-suffix' };
  const label = domain.slice(0, domain.indexOf('.'));
  return isRegistrableLabel(label) ? { domain } : { none: 'bad-label' };
}

/** Hyphens in the third and fourth place are those of A-labels (RFC 5891, 4.2.3.1), and of no others. */
function isRegistrableLabel(label: string): boolean {
  if (!LABEL.test(label)) return false;
  if (label.slice(2, 4) !== '--') return true;
  return label.startsWith('xn--') && domainToASCII(domainToUnicode(label)) === label;
}
