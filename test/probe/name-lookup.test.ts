/** What the result for a name holds. Nothing is sent. */

import { expect, it } from 'vitest';
import type { ProbeResult } from '../../src/core/model.js';
import { bareReply, RCODE } from '../../src/dns/message.js';
import { NameLookup } from '../../src/probe/name-lookup.js';
import type { Ask } from '../../src/resolver/query.js';

it('an alias for what stays silent is in the result, though no answer says what is at its end', () => {
  const records = [{ name: 'n.test', type: 'CNAME', ttl: 60, data: 'gone.test.' }];
  const alias = { ...bareReply(RCODE.NOERROR), isRecursive: true, records, chain: 1 };
  const ask: Ask = (name, _type, listener) =>
    listener.onAnswer(
      name === 'n.test'
        ? { reply: alias, resolver: 'r0', transport: 'udp' }
        : { failed: 'timeout', resolver: 'r0', transport: 'udp' },
    );
  const results: ProbeResult[] = [];
  const lookup = new NameLookup(
    { name: 'n.test', input: 'n.test', number: 0 },
    (result) => results.push(result),
    {
      ask,
      now: () => 0,
      inFlight: new Map(),
      wildcards: undefined,
      isWildcardMissing: false,
      registrations: undefined,
    },
  );
  lookup.start([]);
  expect(results).toMatchObject([{ status: 'unknown', reason: 'timeout', records }]);
});
