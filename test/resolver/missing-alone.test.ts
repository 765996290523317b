/** One missing name over many resolvers, in virtual time: how long it takes, and how much is asked, where checks tell nothing. */

import { expect, it } from 'vitest';
import { bareReply, RCODE } from '../../src/dns/message.js';
import { denied, probe, type SimulatedResolver } from './simulated-resolvers.js';

it.each<[string, ReturnType<SimulatedResolver['says']>]>([
  ['fail', bareReply(RCODE.SERVFAIL)],
  ['refuse', bareReply(RCODE.REFUSED)],
  ['send half an answer', { failed: 'malformed' }],
])(
  'eight resolvers that deny a name and %s what is asked to check them are asked four questions each',
  (_, reply) => {
    const resolvers: SimulatedResolver[] = Array.from({ length: 8 }, () => ({
      says: ({ name }) => (name === 'n.example' ? denied : reply),
      roundTrip: 20,
    }));
    const { verdicts, questions, ms } = probe({ resolvers, names: ['n.example'] });
    expect(verdicts.get('n.example')?.status).toBe('missing');
    expect(questions).toBeLessThanOrEqual(8 * 4);
    // Each takes a round trip for the name, and one for the check.
    expect(ms).toBeLessThan(8 * 2 * 25);
  },
);
