import { describe, expect, it } from 'vitest';
import { openDownloader } from '../../src/download/downloader.js';
import { downloadOptions } from '../../src/download/options.js';
import { choice, flag, integer, list, optional, text } from '../../src/options/rule.js';
import {
  type OptionTable,
  optionsOf,
  resolveOptions,
  resumeSettings,
  workerOptionsOf,
} from '../../src/options/table.js';
import { probeOptions } from '../../src/probe/options.js';
import { openProber } from '../../src/probe/prober.js';

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
  ordered: { flag: '--ordered', help: '', rule: flag(), resume: true, workers: false },
  loud: {
    flag: '--loud',
    help: '',
    rule: flag(),
    resume: (loud: boolean, { colour }) => (loud && colour === 'blue' ? 'yes' : ''),
  },
} satisfies OptionTable;

const defaults = {
  tries: 5,
  kinds: [],
  colour: 'red',
  part: undefined,
  ordered: false,
  loud: false,
} as const;

describe('the options of a caller', () => {
  it('get the defaults of the table', () => {
    expect(resolveOptions(table, {})).toEqual(defaults);
    expect(resolveOptions(table, { tries: undefined, part: '2' })).toEqual({
      ...defaults,
      part: '2',
    });
  });

  it.each<[object, string]>([
    [{ tries: 0 }, 'Expected `tries` to be an integer from 1 to 9, got `0` (number)'],
    [{ colour: 'pink' }, 'Expected `colour` to be one of red, blue, got `pink`'],
    [{ part: '' }, 'Expected `part` to be a part, got ``'],
    [
      { color: 'red' },
      'Expected an option to be one of tries, kinds, colour, part, ordered, loud, got `color` (did you mean `colour`?)',
    ],
    [
      { verbosity: undefined },
      'Expected an option to be one of tries, kinds, colour, part, ordered, loud, got `verbosity`',
    ],
  ])('%j', (options, message) => {
    expect(() => resolveOptions(table, options)).toThrow(
      expect.objectContaining({ name: 'UsageError', message }),
    );
  });
});

describe('what is derived from the rows', () => {
  const values = { ...defaults, kinds: ['a', 'b'], ordered: true, loud: true };

  it('the settings that a resumed run must share', () => {
    expect(resumeSettings(table, values)).toEqual({
      kind: 'a,b',
      colour: 'red',
      part: '',
      ordered: 'yes',
      loud: '',
    });
    expect(resumeSettings(table, { ...values, colour: 'blue' })).toMatchObject({ loud: 'yes' });
  });

  it('what workers are told', () => {
    const { ordered, ...told } = values;
    expect(workerOptionsOf(table, values)).toEqual(told);
    expect(ordered).toBe(true);
  });

  it('the part of another table', () => {
    const { tries, colour } = table;
    expect(optionsOf({ tries, colour }, values)).toEqual({ tries: 5, colour: 'red' });
  });
});

describe('the tables of the library', () => {
  it('workers are told nothing that JSON cannot carry', () => {
    const told = workerOptionsOf(probeOptions, resolveOptions(probeOptions, {}));
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
    expect(Object.keys(told)).not.toContain('signal');
  });

  it.each([
    ['probe', probeOptions],
    ['download', downloadOptions],
  ])('each default of %s is allowed', (_, options: OptionTable) => {
    for (const [name, { rule }] of Object.entries(options)) {
      expect([name, rule.allows(rule.default)]).toEqual([name, true]);
    }
  });

  it.each<[string, () => unknown, string]>([
    ['openProber', () => openProber({ resolver: ['192.0.2.1'] } as never), 'resolvers'],
    ['openProber', () => openProber({ onoutage: () => {} } as never), 'onOutage'],
    ['openDownloader', () => openDownloader({ header: ['A: b'] } as never), 'headers'],
  ])('%s names the option that was meant', async (_, open, meant) => {
    await expect(async () => await open()).rejects.toThrow(`did you mean \`${meant}\`?`);
  });

  it('openProber refuses a signal that is none', () => {
    expect(() => openProber({ signal: {} as AbortSignal })).toThrow(
      'Expected `signal` to be an AbortSignal',
    );
  });
});

describe('--trusted and --confirm', () => {
  const settingsWith = (options: Parameters<typeof openProber>[0] = {}) =>
    resumeSettings(probeOptions, resolveOptions(probeOptions, options));

  it('must be the same where a run is resumed, in whatever order', () => {
    const trusted = ['192.0.2.2', '192.0.2.1'];
    expect(settingsWith({ trusted })).toEqual(settingsWith({ trusted: [...trusted].reverse() }));
    expect(settingsWith({ trusted })).toMatchObject({
      trusted: '192.0.2.1,192.0.2.2',
      confirm: 'found',
    });
    expect(settingsWith({ confirm: 'all' })).toEqual(settingsWith());
  });

  it('are told to workers', () => {
    const options = { trusted: ['192.0.2.1'], confirm: 'all' } as const;
    expect(workerOptionsOf(probeOptions, resolveOptions(probeOptions, options))).toMatchObject(
      options,
    );
  });
});
