import { describe, expect, it } from 'vitest';
import type { CheckAnswer } from '../../src/resolver/check-verdict.js';
import type { Opinion } from '../../src/resolver/conclusion.js';
import { ResolverTrust } from '../../src/resolver/resolver-trust.js';
import type { Standing } from '../../src/resolver/trust-record.js';
import { opinions } from '../support/opinions.js';

/** Letters for what came of the questions under the list's top-level domain, another, and a parent. */
type Check = string;
const OUTCOMES = { f: 'found', m: 'missing', u: 'unknown' } as const;
const PARENTS = ['dev', 'com', 'corp.dev'];

/** `fm` made up a name under `dev` and denied one under `com`; `!` has found what exists. */
function answersOf(check: Check): CheckAnswer[] {
  return [...check.replace('!', '')].map((letter, i) => ({
    parent: PARENTS[i] as string,
    outcome: OUTCOMES[letter as keyof typeof OUTCOMES],
  }));
}

function checked(checks: readonly Check[]): ResolverTrust {
  const trust = new ResolverTrust(checks.map((_, i) => `r${i}`));
  for (const [i, check] of checks.entries()) {
    if (check === '') continue;
    trust.startCheck({ resolver: `r${i}` });
    trust.endCheck({ resolver: `r${i}` }, answersOf(check), check.includes('!'));
    if (check.includes('!')) trust.noteFound({ resolver: `r${i}` });
  }
  return trust;
}
const standings = (trust: ResolverTrust, count: number): Standing[] =>
  Array.from({ length: count }, (_, i) => trust.standingOf({ resolver: `r${i}` }));

describe('the check with names that cannot exist', () => {
  it.each<[string, Check[], string]>([
    ['denies both', ['mm!', 'mm!'], 'honest honest'],
    ['makes up both', ['ff', 'mm!'], 'lying honest'],
    ['makes up one that another denies, checked before it', ['mm!', 'fm'], 'honest lying'],
    ['makes up one that another denies, checked after it', ['fm', 'mm!'], 'lying honest'],
    ['is denied by one that has found nothing yet', ['fm', 'mm'], 'untested honest'],
    ['makes up one where another does too: a wildcard', ['fm!', 'fm!'], 'honest honest'],
    ['makes up one, alone so far', ['fm!', ''], 'untested unchecked'],
    ['refuses both', ['uu', 'mm!'], 'untested honest'],
    ['refuses both, and denies one under a parent of the list', ['uum', 'mm!'], 'honest honest'],
    ['answers for one under a parent of the list: a wildcard', ['mmf!', 'mmm!'], 'honest honest'],
    ['refuses one and denies the other', ['um', 'mu'], 'honest honest'],
    ['makes up one and is silent about the other', ['fu', 'mm!'], 'lying honest'],
    ['makes up one under a parent only', ['uuf', 'mm!'], 'untested honest'],
    [
      'nine make up both, the tenth denies',
      [...Array(9).fill('ff'), 'mm'],
      `${'lying '.repeat(9)}honest`,
    ],
    [
      'nine make up one, the tenth denies and has found something',
      [...Array(9).fill('fm'), 'mm!'],
      `${'lying '.repeat(9)}honest`,
    ],
    ['all make up both: the check says nothing', ['ff', 'ff'], 'honest honest'],
  ])('%s', (_, checks, expected) => {
    expect(standings(checked(checks), checks.length).join(' ')).toBe(expected);
  });

  it('is judged anew when one that denies has found something', () => {
    const trust = checked(['fm', 'mm']);
    trust.noteFound({ resolver: 'r1' });
    expect(standings(trust, 2)).toEqual(['lying', 'honest']);
  });
});

describe('an opinion counts by itself', () => {
  it.each<[string, Check[], boolean, boolean]>([
    ['of an honest one that found it', ['mm', 'mm'], true, true],
    ['not of an honest one that has never found anything and denies', ['mm', 'mm'], false, false],
    ['of one that has found something and denies', ['mm!', 'mm'], false, true],
    ['not of one whose check told nothing', ['uu!', 'mm'], true, false],
    ['not while another may be better', ['uu!', ''], true, false],
    ['of one whose check told nothing, where none told more', ['uu!', 'uu!'], true, true],
  ])('%s', (_, checks, isFound, expected) => {
    expect(checked(checks).isStrong({ resolver: 'r0', isFound })).toBe(expected);
  });
});

describe('the probation of a resolver', () => {
  it('lasts until it is ended', () => {
    const trust = checked(['mm!', 'mm!', 'mm!']);
    expect(trust.isOnProbation({ resolver: 'r0' })).toBe(true);
    trust.endProbation({ resolver: 'r0' });
    expect(trust.isOnProbation({ resolver: 'r0' })).toBe(false);
    expect(trust.isOnProbation({ resolver: 'r1' })).toBe(true);
    trust.endAllProbations();
    expect(trust.isOnProbation({ resolver: 'r1' })).toBe(false);
  });

  it('is none where no other is believed', () => {
    expect(checked(['mm!', 'ff', 'ff']).isOnProbation({ resolver: 'r0' })).toBe(false);
  });
});

describe('what a resolver says over another transport than at first', () => {
  const datagrams = { resolver: 'r0', transport: 'udp' };
  const stream = { resolver: 'r0', transport: 'tcp' };
  const known = () => {
    const trust = checked(['', 'mm!']);
    trust.startCheck(datagrams);
    trust.endCheck(datagrams, answersOf('mm'), true);
    trust.noteFound(datagrams);
    trust.endAllProbations();
    return trust;
  };

  it('is checked there, and proves itself there', () => {
    const trust = known();
    expect([datagrams, stream].map((voice) => trust.standingOf(voice))).toEqual([
      'honest',
      'unchecked',
    ]);
    trust.startCheck(stream);
    trust.endCheck(stream, answersOf('mm'), false);
    const denials = [datagrams, stream].map((voice) => ({ ...voice, isFound: false }));
    expect(denials.map((denial) => trust.isStrong(denial))).toEqual([true, false]);
    expect([datagrams, stream].map((voice) => trust.isOnProbation(voice))).toEqual([false, true]);
  });

  it('is held against the resolver', () => {
    const trust = known();
    trust.startCheck(stream);
    trust.endCheck(stream, answersOf('ff'), false);
    expect([...trust.distrusted]).toEqual([['r0', 'lying']]);
    expect([trust.standingOf(datagrams), trust.changes, trust.hasSeveral]).toEqual([
      'lying',
      1,
      false,
    ]);
  });
});

describe('a denial of one that knows the top-level domain and has found no name yet', () => {
  it.each([
    ['does not count before the others have said enough', 15, 0, 1, false],
    ['counts where the others find nothing either', 16, 0, 100, true],
    ['counts once, where they rarely find something', 100, 1, 40, true],
    ['does not count when it should have been asked for one that exists', 100, 1, 60, false],
    ['does not count where they find half', 16, 8, 1, false],
  ])('%s', (_, others, found, own, expected) => {
    const trust = new ResolverTrust(['r0', 'r1']);
    for (const resolver of ['r0', 'r1']) trust.endCheck({ resolver }, answersOf('mm'), true);
    const note = (count: number, opinion: Opinion) => {
      for (let i = 0; i < count; i++) trust.noteOpinion(opinion);
    };
    note(found, { resolver: 'r1', isFound: true });
    note(others - found, { resolver: 'r1', isFound: false });
    note(own, { resolver: 'r0', isFound: false });
    expect(trust.isStrong({ resolver: 'r0', isFound: false })).toBe(expected);
  });
});

it('a denial never counts by itself where no resolver has found anything or knows a top-level domain', () => {
  // One of them may be of an inside network, and the only one to know its names.
  const trust = checked(Array(5).fill('mm'));
  for (let i = 0; i < 5000; i++) trust.noteOpinion({ resolver: `r${i % 5}`, isFound: false });
  expect(trust.isStrong({ resolver: 'r0', isFound: false })).toBe(false);
});

it('one that knows a top-level domain and has found nothing may deny what one other made up', () => {
  const trust = checked(['mm!', '']);
  trust.startCheck({ resolver: 'r1' });
  trust.endCheck({ resolver: 'r1' }, answersOf('mm'), true);
  for (let time = 0; time < 7; time++) trust.compare(opinions('f0 d1'), true);
  expect(trust.standingOf({ resolver: 'r1' })).toBe('honest');
  trust.compare(opinions('f0 d1'), true);
  expect(trust.standingOf({ resolver: 'r1' })).toBe('withholding');
});

describe('whoever contradicts the others', () => {
  const three = ['mm!', 'mm!', 'mm!'];
  const times = (count: number, act: () => void) => {
    for (let i = 0; i < count; i++) act();
  };

  it('is found out, if that happens clearly more often than among them', () => {
    const trust = checked(three);
    times(2, () => trust.compare(opinions('d0 f1 f2'), true));
    expect(trust.standingOf({ resolver: 'r0' })).toBe('honest');
    expect(trust.isDoubted({ resolver: 'r0' })).toBe(true);
    trust.compare(opinions('d0 f1 f2'), true);
    expect(standings(trust, 3)).toEqual(['contradicting', 'honest', 'honest']);
    expect([...trust.distrusted]).toEqual([['r0', 'contradicting']]);
  });

  it('is not, if they contradict each other as often', () => {
    const trust = checked(three);
    times(5, () => {
      trust.compare(opinions('d0 f1 f2'), true);
      trust.compare(opinions('f0 d1 f2'), true);
      trust.compare(opinions('f0 f1 d2'), true);
    });
    expect(standings(trust, 3)).toEqual(['honest', 'honest', 'honest']);
  });

  it('does not count by itself any more, until it has agreed for a while', () => {
    const trust = checked(three);
    const denial = { resolver: 'r0', isFound: false };
    trust.compare(opinions('d0 f1 f2'), true);
    expect(trust.isStrong(denial)).toBe(false);
    times(63, () => trust.compare(opinions('f0 f1'), true));
    expect(trust.isStrong(denial)).toBe(false);
    trust.compare(opinions('f0 f1'), true);
    expect(trust.isStrong(denial)).toBe(true);
  });

  it.each([
    ['withholding', 'mm', 'd0 f1', true],
    ['lying', 'uu', 'f0 d1', false],
  ])(
    'by the second time, if it has found nothing or its check told nothing: %s',
    (expected, check, said, isFound) => {
      const trust = checked([check, 'mm!']);
      trust.compare(opinions(said), isFound);
      expect(trust.distrusted.size).toBe(0);
      trust.compare(opinions(said), isFound);
      expect(trust.standingOf({ resolver: 'r0' })).toBe(expected);
    },
  );

  it('all of them: then all are believed', () => {
    const trust = checked(['mm', 'mm']);
    times(2, () => trust.compare(opinions('d0 d1'), true));
    expect([trust.isDropped, trust.distrusted.size]).toEqual([true, 0]);
  });
});

describe('two of which one finds what the other denies', () => {
  const both = ['mm!', 'mm!'];
  const found = { resolver: 'r0', isFound: true };

  it.each([
    ['are not believed without each other', both, 'f0 d1', false],
    ['are not, though a third is left that lies', [...both, 'ff'], 'f0 d1', false],
    ['are believed where a third can decide', [...both, 'mm!'], 'f0 d1', true],
    ['are believed when they agree', both, 'f0 f1', true],
    ['are believed where one has never found anything', ['mm!', 'mm'], 'f0 d1', true],
    ['are believed where that was one alone', both, 'f0', true],
  ])('%s', (_, checks, said, expected) => {
    const trust = checked(checks);
    trust.notePair(opinions(said));
    expect([trust.isStrong(found), trust.isDoubted(found)]).toEqual([expected, !expected]);
  });
});

it('one that was outvoted is believed again once those that outvoted it are seen to make names up', () => {
  const trust = checked(['mm!', 'mm!', 'mm!']);
  for (let i = 0; i < 3; i++) trust.compare(opinions('d0 f1 f2'), true);
  expect(standings(trust, 3)).toEqual(['contradicting', 'honest', 'honest']);
  for (const parent of ['io', 'org']) {
    for (const resolver of ['r1', 'r2'])
      trust.noteCheckAnswer({ resolver }, { parent, outcome: 'found' });
  }
  expect(standings(trust, 3)).toEqual(['honest', 'lying', 'lying']);
  expect(trust.isDropped).toBe(false);
});

describe('an answer is taken at once', () => {
  const answer = (transport: string) => ({ resolver: 'r0', transport });
  const udp = { resolver: 'r0', transport: 'udp' };
  const tcp = { resolver: 'r0', transport: 'tcp' };
  const settled = (first: Check) => {
    const trust = new ResolverTrust(['r0', 'r1']);
    for (const [voice, check] of [
      [udp, first],
      [tcp, 'mm!'],
      [{ resolver: 'r1' }, 'mm!'],
    ] as const) {
      trust.startCheck(voice);
      trust.endCheck(voice, answersOf(check), true);
      trust.noteFound(voice);
      trust.endProbation(voice);
    }
    return trust;
  };

  it('where nothing speaks against its resolver', () => {
    const trust = settled('mm!');
    expect([trust.takes(answer('udp'), false), trust.takes(answer('tcp'), false)]).toEqual([
      true,
      true,
    ]);
  });

  it('not over a transport of a resolver that lies over another', () => {
    const trust = settled('ff');
    expect([trust.takes(answer('udp'), false), trust.takes(answer('tcp'), false)]).toEqual([
      false,
      false,
    ]);
  });

  it('not of one whose NODATA tells nothing, nor of two that contradict each other', () => {
    const blurring = settled('mm!');
    blurring.endCheck(udp, [{ parent: 'dev', outcome: 'missing', isNodata: true }], true);
    expect(blurring.takes(answer('udp'), false)).toBe(false);
    const atOdds = settled('mm!');
    atOdds.notePair(opinions('f0 d1'));
    expect(atOdds.takes(answer('udp'), false)).toBe(false);
  });
});
