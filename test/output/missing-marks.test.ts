import { expect, it } from 'vitest';
import { badLabelsText, markBadLabel, suffixesOfBadLabels } from '../../src/output/bad-labels.js';
import { markMissingTld, missingTlds } from '../../src/output/missing-tlds.js';
import { Tally } from '../../src/output/tally.js';

it('zones in a long list fill no memory, and hide nothing right below a TLD', () => {
  const tally = new Tally();
  for (let i = 0; i < 1000; i++) markBadLabel(tally, `_dmarc.example${i}.dev`);
  for (let i = 0; i < 1000; i++) markBadLabel(tally, `_x.tld${i}`);
  expect(Object.keys(tally.counts)).toHaveLength(65);
  expect(suffixesOfBadLabels(tally)).toHaveLength(64);
  expect(badLabelsText(tally, [])).toMatch(/^1,000 of the missing are names/);
});

it('they are counted below the suffixes that people register names under', () => {
  const tally = new Tally();
  for (const name of ['_x.co.uk', '-a.co.uk', '_x.example.dev', 'a.co.uk', 'ab--c.dev']) {
    markBadLabel(tally, name);
  }
  expect(suffixesOfBadLabels(tally)).toEqual(['co.uk', 'example.dev']);
  expect(badLabelsText(tally, ['co.uk'])).toMatch(/^3 of the missing are names/);
  expect(badLabelsText(new Tally(), [])).toBeUndefined();
});

it('TLDs in a long list fill no memory, and usual ones, countries and lone words are not counted', () => {
  const tally = new Tally();
  for (const name of ['a.com', 'a.dev', 'a.br', 'con', 'a.con', 'b.c.con']) {
    markMissingTld(tally, name);
  }
  expect([...missingTlds(tally)]).toEqual([['con', 2]]);
  for (let i = 0; i < 1000; i++) markMissingTld(tally, `a.tld${i}`);
  expect(missingTlds(tally).size).toBe(128);
});
