/**
 * A zone to practise on with no network. The addresses are reserved for documentation (RFC 5737,
 * RFC 3849), so nothing that is found here leads anywhere.
 */

import { TYPE } from '../dns/types.js';
import type { Zone } from './zone.js';

const found = ['def', 'and', 'del', 'not', 'try', 'as', 'in', 'from'];
/** A second TLD, so that words can be tried under two. */
const foundInApp = ['def', 'or', 'pass', 'try', 'with'];

/** Every address is another one, so that none of them looks like a wildcard's. */
function addresses(tld: string, words: readonly string[], first: number) {
  return words.map((word, i) => ({
    name: `${word}.${tld}`,
    type: TYPE.A,
    data: `192.0.2.${first + i}`,
  }));
}

function apex(tld: string) {
  return [
    { name: tld, type: TYPE.SOA, data: `ns.${tld} hostmaster.${tld} 1 3600 900 604800 300` },
    { name: tld, type: TYPE.NS, data: `ns.${tld}` },
    { name: `ns.${tld}`, type: TYPE.A, data: '192.0.2.53' },
  ];
}

export const practiceZone: Zone = {
  origins: ['dev', 'app'],
  records: [
    ...apex('dev'),
    ...apex('app'),
    ...addresses('dev', found, 1),
    ...addresses('app', foundInApp, 65),
    // One of each of the other verdicts.
    { name: 'ipv6.dev', type: TYPE.AAAA, data: '2001:db8::6' },
    { name: 'mail.dev', type: TYPE.MX, data: '10 def.dev' },
    { name: 'alias.dev', type: TYPE.CNAME, data: 'def.dev' },
    { name: 'dangling.dev', type: TYPE.CNAME, data: 'nowhere.dev' },
  ],
};
