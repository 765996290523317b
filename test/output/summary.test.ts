import { describe, expect, it } from 'vitest';
import { downloadOpening, downloadSummary, probeSummary } from '../../src/output/summary.js';
import { Tally } from '../../src/output/tally.js';

/** `tally('found', 'missing nodata', …)`, each so many times. */
function tally(counts: Record<string, number>): Tally {
  const made = new Tally();
  for (const [key, count] of Object.entries(counts)) {
    const [status, reason] = key.split(' ') as [string, string?];
    for (let i = 0; i < count; i++) made.add(status, reason);
  }
  return made;
}

describe('Tally', () => {
  it('counts statuses, reasons and all', () => {
    const made = tally({ found: 2, 'missing nodata': 1, 'missing nxdomain': 3 });
    const keys = ['found', 'missing', 'missing nodata', 'missing nxdomain', 'unknown'];
    expect(keys.map((key) => made.of(key))).toEqual([2, 4, 1, 3, 0]);
    expect(made.total).toBe(6);
  });
});

describe('probeSummary', () => {
  it('is what PRODUCT promises', () => {
    const made = tally({
      found: 1234,
      'missing nxdomain': 50,
      'missing nodata': 6,
      unknown: 7,
    });
    expect(probeSummary(made, 3.2, 12)).toBe(
      '1,234 found, 56 missing (50 NXDOMAIN, 6 NODATA), 7 unknown, 0 invalid, 12 not asked; 3.20 s, 405 names a second',
    );
  });

  it('counts what only a wildcard answers for, what was not checked, and what dangles', () => {
    const made = tally({ found: 9, 'missing wildcard': 2, 'missing nodata': 1, unknown: 1 });
    for (let i = 0; i < 4; i++) made.mark('found', 'wildcard');
    made.mark('found', 'unchecked');
    made.mark('missing', 'dangling');
    made.mark('unknown', 'dangling');
    const summary =
      '9 found (4 by a wildcard, 1 not checked for wildcards), ' +
      '3 missing (0 NXDOMAIN, 1 NODATA, 2 by a wildcard), 1 unknown, 0 invalid; 2 dangling; ' +
      '1.00 s, 13 names a second';
    expect(probeSummary(made, 1)).toBe(summary);
    const resumed = new Tally();
    resumed.include(made.counts);
    expect(probeSummary(resumed, 1)).toBe(summary);
  });

  it('says nothing of names that were not asked when the run was not stopped', () => {
    expect(probeSummary(tally({ invalid: 1 }), 0.5)).toBe(
      '0 found, 0 missing (0 NXDOMAIN, 0 NODATA), 0 unknown, 1 invalid; 0.50 s, 2 names a second',
    );
  });

  it('divides by no zero', () => {
    expect(probeSummary(tally({}), 0, 0)).toBe(
      '0 found, 0 missing (0 NXDOMAIN, 0 NODATA), 0 unknown, 0 invalid, 0 not asked; 0.00 s, 0 names a second',
    );
  });
});

describe('downloadOpening', () => {
  it.each<[string[], number, string, string]>([
    [['BR'], 5, 'Searching for 1 flag: BR', '1 connection will be used.'],
    [
      ['BD', 'BR', 'CD'],
      2,
      'Searching for 3 flags: BD, BR, CD',
      '2 concurrent connections will be used.',
    ],
    [
      [...'ABCDEFGHIJ'],
      5,
      'Searching for 10 flags: A, B, C, D, E, F, G, H, I, J',
      '5 concurrent connections will be used.',
    ],
    [
      ['BD', ...'ABCDEFGHIJKLMNOPQR', 'VN'],
      5,
      'Searching for 20 flags: from BD to VN',
      '5 concurrent connections will be used.',
    ],
  ])('of %j over %i', (codes, concurrency, searching, connections) => {
    expect(downloadOpening(codes, concurrency)).toBe(`${searching}\n${connections}`);
  });
});

it('the opening of a download names no long list of addresses', () => {
  const codes = Array.from({ length: 6 }, (_, i) => `http://h/${'a'.repeat(40)}/${i}`);
  expect(downloadOpening(codes, 1)).toContain(
    `Searching for 6 flags: from ${codes[0]} to ${codes[5]}\n`,
  );
  expect(downloadOpening(codes.slice(0, 2), 1)).toContain(`: ${codes[0]}, ${codes[1]}\n`);
});

it('the opening of a download shows no secrets, and nothing that commands a terminal', () => {
  const codes = ['http://me:secret@h/a', 'B\u001b[2J'];
  expect(downloadOpening(codes, 1)).toContain('Searching for 2 flags: http://h/a, B\\u001b[2J\n');
});

describe('downloadSummary', () => {
  it.each<[Record<string, number>, number | undefined, string[]]>([
    [
      { ok: 20, not_found: 3, error: 1 },
      undefined,
      [' 20 flags downloaded.', '  3 not found.', '  1 error.'],
    ],
    [{ ok: 1 }, undefined, ['  1 flag downloaded.']],
    [{}, undefined, ['  0 flags downloaded.']],
    [
      { ok: 676, unchanged: 2, error: 2 },
      5,
      ['676 flags downloaded.', '  2 unchanged.', '  2 errors.', '  5 not asked.'],
    ],
    [{ ok: 1 }, 0, ['  1 flag downloaded.', '  0 not asked.']],
  ])('of %j, not asked %s', (counts, notAsked, lines) => {
    expect(downloadSummary(tally(counts), 1.066, notAsked).split('\n')).toEqual([
      '--------------------',
      ...lines,
      'Elapsed time: 1.07s',
    ]);
  });

  it('counts one error followed by successes as one error', () => {
    const made = new Tally();
    for (const status of ['error', 'ok', 'ok', 'ok']) made.add(status);
    expect(downloadSummary(made, 1)).toContain('  3 flags downloaded.\n  1 error.\n');
  });
});
