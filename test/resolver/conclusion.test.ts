import { describe, expect, it } from 'vitest';
import { conclude, concludeAnyway } from '../../src/resolver/conclusion.js';
import { opinions } from '../support/opinions.js';

describe('opinions about one name', () => {
  it.each<[string, string, string, number, string | undefined]>([
    ['one that counts decides', 'f0', 'f0', 1, 'found'],
    ['others are held to it', 'f0', 'd1 f0', 1, 'found firm'],
    ['none counts: another is asked', '', 'd0 d1', 1, undefined],
    ['two are compared: one is not enough', 'f0', 'f0', 2, undefined],
    ['two agree', 'd0 d1', 'd0 d1', 2, 'missing firm'],
    ['two disagree: a third is asked', 'f0 d1', 'f0 d1', 2, undefined],
    ['two against one', 'f0 d1 d2', 'f0 d1 d2', 2, 'missing firm'],
    ['two against two', 'f0 d1 d2 f3', 'f0 d1 d2 f3', 2, undefined],
  ])('%s', (_, strong, all, needed, expected) => {
    const conclusion = conclude(opinions(strong), opinions(all), needed);
    expect(conclusion && shown(conclusion)).toBe(expected);
  });

  it.each<[string, string, string, string | undefined]>([
    ['one that counts, of two that were wanted', 'd0', 'd0', 'missing'],
    ['records are there, and two that count disagree', 'f0 d1', 'f0 d1', 'found'],
    ['none counts, all deny', '', 'd0 d1', 'missing'],
    ['none counts, all found', '', 'f0 f1', 'found'],
    ['none counts, and they disagree', '', 'f0 d1', undefined],
  ])('where no other can be asked: %s', (_, strong, all, expected) => {
    const conclusion = concludeAnyway(opinions(strong), opinions(all));
    expect(conclusion && shown(conclusion)).toBe(expected);
  });
});

function shown({ isFound, isFirm }: { isFound: boolean; isFirm: boolean }): string {
  return `${isFound ? 'found' : 'missing'}${isFirm ? ' firm' : ''}`;
}
