import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultIn } from '../../src/fleet/check-result.js';
import { readJob, readResult } from '../../src/fleet/protocol.js';
import { formats } from '../../src/output/formats.js';

const style = { isTerminal: false, records: false, paint: (_: unknown, text: string) => text };
const fields = ['run', 'chunk', 'names', 'worker', 'tally', 'lines', 'error'];

describe('what comes out of Redis', () => {
  it('is a job or none, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const job = readJob(value);
        return job === undefined || (Number.isSafeInteger(job.chunk) && Array.isArray(job.names));
      }),
    );
    expect(readJob({ run: 'x', names: [] })).toBe(undefined);
    const job = { protocol: '1', run: 'x', chunk: 0, plan: '{}', names: ['a'], avoid: [] };
    expect(readJob(job)).toEqual(job);
    expect(readJob({ ...job, names: [1] })).toBe(undefined);
  });

  it('is a result or none, and never right by chance', () => {
    const entry = fc.array(fc.oneof(fc.constantFrom(...fields), fc.string(), fc.json()));
    const lines = { only: [], tlds: [], rules: {} };
    fc.assert(
      fc.property(entry, fc.constantFrom(...Object.values(formats)), (words, { probe }) => {
        const result = readResult(words);
        if (!result) return true;
        const expected = { ...lines, format: probe(style) };
        return faultIn(result, ['def.dev', 'a..b'], expected) !== undefined;
      }),
    );
  });
});
