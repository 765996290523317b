/**
 * A zone to practise on with no network. The addresses are reserved for documentation (RFC 5737,
 * RFC 3849), so nothing that is found here leads anywhere.
 */

import { TYPE } from '../dns/types.js';
import type { Zone } from './zone.js';

const found = ['def', 'and', 'del', 'not', 'try', 'as', 'in', 'from'];

export const practiceZone: Zone = {
  origin: 'dev',
  records: [
    { name: 'dev', type: TYPE.SOA, data: 'ns.dev hostmaster.dev 1 3600 900 604800 300' },
    { name: 'dev', type: TYPE.NS, data: 'ns.dev' },
    { name: 'ns.dev', type: TYPE.A, data: '192.0.2.53' },
    ...found.map((word, i) => ({
      name: `${word}.dev`,
      type: TYPE.A,
      data: `192.0.2.${i + 1}`,
    })),
    // One of each of the other verdicts.
    { name: 'ipv6.dev', type: TYPE.AAAA, data: '2001:db8::6' },
    { name: 'mail.dev', type: TYPE.MX, data: '10 def.dev' },
    { name: 'alias.dev', type: TYPE.CNAME, data: 'def.dev' },
    { name: 'dangling.dev', type: TYPE.CNAME, data: 'nowhere.dev' },
  ],
};
