/** What the compiler knows about the library; `npm run types` checks it, nothing runs. */

import { expectTypeOf } from 'vitest';
import {
  asCompleted,
  type DnsRecord,
  type Invalid,
  type LookupFailure,
  multiProbe,
  openProber,
  type ProbeResult,
  probe,
} from '../src/index.js';

declare const result: ProbeResult;

expectTypeOf(result.status).toEqualTypeOf<'found' | 'missing' | 'unknown' | 'invalid'>();
// @ts-expect-error an unknown name has no records
result.records;

switch (result.status) {
  case 'found':
    expectTypeOf(result.records).toEqualTypeOf<readonly DnsRecord[]>();
    expectTypeOf(result.resolver).toEqualTypeOf<string>();
    // @ts-expect-error what is found needs no reason
    result.reason;
    break;
  case 'missing':
    expectTypeOf(result.reason).toEqualTypeOf<'nxdomain' | 'nodata' | 'wildcard'>();
    break;
  case 'unknown':
    expectTypeOf(result.reason).toEqualTypeOf<LookupFailure>();
    expectTypeOf(result.resolver).toEqualTypeOf<string | undefined>();
    break;
  case 'invalid':
    expectTypeOf(result).toEqualTypeOf<Invalid>();
    // @ts-expect-error nothing was asked
    result.resolver;
    break;
}
// @ts-expect-error a result is evidence, not a notebook
result.status = 'found';

expectTypeOf(multiProbe(['a.example'])).toEqualTypeOf<
  AsyncGenerator<ProbeResult, void, undefined>
>();
multiProbe(new Set(['a.example']), { transport: 'udp', types: ['MX'] });
multiProbe(
  (async function* () {
    yield 'a.example';
  })(),
);
// @ts-expect-error one name is no list of names: probe() takes one
multiProbe(1);
// @ts-expect-error names are texts
multiProbe([1]);
// @ts-expect-error no such transport
multiProbe([], { transport: 'pigeon' });
// @ts-expect-error no such option
multiProbe([], { concurency: 5 });

expectTypeOf(probe('a.example')).toEqualTypeOf<Promise<ProbeResult>>();
expectTypeOf(openProber()).toExtend<AsyncDisposable>();

expectTypeOf(asCompleted([1, 2], async (n) => String(n), { concurrency: 2 })).toEqualTypeOf<
  AsyncGenerator<string, void, undefined>
>();
asCompleted(
  'abc',
  (letter, signal) => {
    expectTypeOf(letter).toEqualTypeOf<string>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return letter.length;
  },
  { concurrency: 1 },
);
// @ts-expect-error the ceiling has no default: only the caller knows it
asCompleted([1], (n) => n, {});
// @ts-expect-error a number cannot be run through
asCompleted(1, (n) => n, { concurrency: 1 });
