/** Which domain of a name a registry would know: the part that people register. */

import { parse } from 'tldts-icann';
import type { NotRegistrable } from '../core/model.js';
import { isRegistrableLabel } from '../names/registrable-label.js';

export type Registrable = { readonly domain: string } | { readonly none: NotRegistrable };

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
