import { describe, expect, it } from 'vitest';
import { resumeSettings } from '../../src/options/resume-settings.js';
import { choice, flag, integer, list, optional, text } from '../../src/options/rule.js';
import { type OptionTable, resolveOptions } from '../../src/options/table.js';
import { probeOptions } from '../../src/probe/options.js';
import type { openProber } from '../../src/probe/prober.js';

const table = {
  tries: { flag: '-n, --tries <n>', help: '', rule: integer(1, 9, 5) },
  kinds: {
    flag: '--kind <kind,...>',
    help: '',
    rule: list('kinds', () => true),
    resume: true,
  },
  colour: { flag: '--colour <c>', help: '', rule: choice(['red', 'blue'], 'red'), resume: true },
  part: { flag: '--part <i>', help: '', rule: optional(text('a part', '')), resume: true },
  ordered: { flag: '--ordered', help: '', rule: flag(), resume: true },
  loud: {
    flag: '--loud',
    help: '',
    rule: flag(),
    resume: (loud: boolean, { colour }) => (loud && colour === 'blue' ? 'yes' : ''),
  },
} satisfies OptionTable;

describe('the settings that a resumed run must share', () => {
  it('are those of the rows that ask for it, as text', () => {
    const values = resolveOptions(table, { kinds: ['a', 'b'], ordered: true, loud: true });
    expect(resumeSettings(table, values)).toEqual({
      kind: 'a,b',
      colour: 'red',
      part: '',
      ordered: 'yes',
      loud: '',
    });
    expect(resumeSettings(table, { ...values, colour: 'blue' })).toMatchObject({ loud: 'yes' });
  });

  const settingsWith = (options: Parameters<typeof openProber>[0] = {}) =>
    resumeSettings(probeOptions, resolveOptions(probeOptions, options));

  it('are --trusted and --confirm among others, in whatever order', () => {
    const trusted = ['192.0.2.2', '192.0.2.1'];
    expect(settingsWith({ trusted })).toEqual(settingsWith({ trusted: [...trusted].reverse() }));
    expect(settingsWith({ trusted })).toMatchObject({
      trusted: '192.0.2.1,192.0.2.2',
      confirm: 'found',
    });
    expect(settingsWith({ confirm: 'all' })).toEqual(settingsWith());
  });
});
