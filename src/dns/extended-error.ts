/** Extended DNS errors (RFC 8914) in words. */

import type { ExtendedError } from '../core/model.js';

/** IANA's registry of INFO-CODEs, from 0. */
const names = [
  ...['Other Error', 'Unsupported DNSKEY Algorithm', 'Unsupported DS Digest Type', 'Stale Answer'],
  ...['Forged Answer', 'DNSSEC Indeterminate', 'DNSSEC Bogus', 'Signature Expired'],
  ...['Signature Not Yet Valid', 'DNSKEY Missing', 'RRSIGs Missing', 'No Zone Key Bit Set'],
  ...['NSEC Missing', 'Cached Error', 'Not Ready', 'Blocked', 'Censored', 'Filtered', 'Prohibited'],
  ...['Stale NXDOMAIN Answer', 'Not Authoritative', 'Not Supported', 'No Reachable Authority'],
  ...['Network Error', 'Invalid Data', 'Signature Expired before Valid', 'Too Early'],
  ...['Unsupported NSEC3 Iterations Value', 'Unable to conform to policy', 'Synthesized'],
  'Invalid Query Type',
];

/** `EDE 22 No Reachable Authority: at delegation example.` */
export function formatExtendedError({ code, text }: ExtendedError): string {
  const name = extendedErrorName(code);
  return `EDE ${code}${name === undefined ? '' : ` ${name}`}${text === '' ? '' : `: ${text}`}`;
}

/** What IANA's registry calls a code. */
export function extendedErrorName(code: number): string | undefined {
  return names[code];
}
