/** What is remembered of one resolver. */

import { expect, it } from 'vitest';
import type { Channel } from '../../src/resolver/channel.js';
import { Upstream } from '../../src/resolver/upstream.js';

it('refusals are for asking too fast only within three seconds of a sign of that', () => {
  const first = { pacer: { noteRefusal() {} } } as unknown as Channel;
  const none = { stream: undefined, selector: undefined, rate: undefined };
  const upstream = new Upstream({ number: 0, label: 'r0', first, ...none, now: 0 });
  expect(upstream.limitedShare(0)).toBe(0);
  upstream.noteRefusalsByLimit(1, 1000);
  expect(upstream.limitedShare(3999)).toBeGreaterThan(0);
  expect(upstream.limitedShare(4000)).toBe(0);
});
