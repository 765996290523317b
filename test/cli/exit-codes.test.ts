import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf, exitCodeOfError } from '../../src/cli/exit-codes.js';
import { RunError } from '../../src/core/run-error.js';
import { UsageError } from '../../src/core/usage-error.js';
import { Tally } from '../../src/output/tally.js';

function tallyOf(...results: readonly string[]): Tally {
  const tally = new Tally();
  for (const result of results) {
    const [status = '', reason] = result.split(' ');
    tally.add(status, reason);
  }
  return tally;
}

const outcomes = {
  answered: () => ['found', 'missing nxdomain', 'missing nodata'],
  isComplete: (tally: Tally) => tally.of('unknown') === 0,
};

describe('the exit code of a run', () => {
  it.each([
    { results: [], expected: [], code: EXIT.answered },
    { results: ['found', 'missing nodata'], expected: [], code: EXIT.answered },
    { results: ['found', 'unknown'], expected: [], code: EXIT.unanswered },
    { results: ['found', 'missing nodata'], expected: ['found', 'nodata'], code: EXIT.answered },
    { results: ['found', 'missing nodata'], expected: ['found', 'missing'], code: EXIT.answered },
    { results: ['found', 'missing nodata'], expected: ['found'], code: EXIT.unexpected },
    { results: ['found', 'unknown'], expected: ['found'], code: EXIT.unanswered },
    { results: ['found', 'unknown'], expected: ['missing'], code: EXIT.unexpected },
  ])('is $code for $results, of which --expect takes $expected', ({ results, expected, code }) => {
    expect(exitCodeOf(outcomes, tallyOf(...results), expected)).toBe(code);
  });
});

describe('the exit code of an error', () => {
  it.each([
    [new UsageError('no such option'), EXIT.usage],
    [new RunError('disk full'), EXIT.failed],
    [new TypeError('a bug'), EXIT.failed],
    ['a bug that is no Error', EXIT.failed],
  ])('%s: %i', (error, code) => {
    expect(exitCodeOfError(error)).toBe(code);
  });
});
