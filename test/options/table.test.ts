import { describe, expect, it } from 'vitest';
import { openDownloader } from '../../src/download/downloader.js';
import { downloadOptions } from '../../src/download/options.js';
import { choice, flag, integer, list, optional, text } from '../../src/options/rule.js';
import {
  type OptionTable,
  optionsOf,
  resolveOptions,
  workerOptionsOf,
} from '../../src/options/table.js';
import { probeOptions } from '../../src/probe/options.js';
import { openProber } from '../../src/probe/prober.js';

const table = {
  tries: { help: '', rule: integer(1, 9, 5) },
  kinds: { help: '', rule: list('kinds', () => true) },
  colour: { help: '', rule: choice(['red', 'blue'], 'red') },
  part: { help: '', rule: optional(text('a part', '')) },
  ordered: { help: '', rule: flag(), workers: false },
  loud: { help: '', rule: flag() },
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

  it('workers are told of --trusted and --confirm', () => {
    const options = { trusted: ['192.0.2.1'], confirm: 'all' } as const;
    expect(workerOptionsOf(probeOptions, resolveOptions(probeOptions, options))).toMatchObject(
      options,
    );
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
