import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonEntries, type JsonKeys } from '../../src/flags/json-list.js';
import { explainInput, parseInput } from '../../src/flags/parse-input.js';

const url = (name: string) => `https://h.example/${name}`;
const [a, b, page] = [url('a.png'), url('b.png'), url('page')];

function inputsOf(text: string, key?: string): string[] {
  const entries = new JsonEntries(key);
  const inputs = text.split('\n').flatMap((line) => [...entries.add(line)]);
  return [...inputs, ...entries.end()];
}

/** A list as `JSON.stringify` and others write it. */
const forms: [string, (entries: readonly unknown[]) => string][] = [
  ['on one line', (entries) => JSON.stringify(entries)],
  ['over several lines', (entries) => JSON.stringify(entries, null, 2)],
  ['with tabs', (entries) => JSON.stringify(entries, null, '\t')],
  ['a line each', (entries) => entries.map((entry) => JSON.stringify(entry)).join('\n')],
  [
    'objects one behind the other',
    (entries) => entries.map((e) => JSON.stringify(e, null, 2)).join('\n'),
  ],
  [
    'commas first',
    (entries) => `[ ${entries.map((e) => JSON.stringify(e, null, 1)).join('\n, ')}\n]`,
  ],
  [
    'a line each, in an array',
    (entries) => `[\n${entries.map((e) => JSON.stringify(e)).join(',\n')}\n]`,
  ],
];

it.each(forms)('a list %s is read entry by entry', (_name, write) => {
  const countries = [
    { code: 'DE', name: 'Ger{m]"any\\' },
    { name: 'Germany' },
    { code: 'JP', n: [1] },
  ];
  expect(inputsOf(write(countries))).toEqual(['DE', 'entry 2: {"name":"Germany"}', 'JP']);
  const urls = [
    { page, image: a, n: [1, { x: '}' }] },
    { page, image: `${b}\n` },
  ];
  expect(inputsOf(write(urls))).toEqual([a, b]);
});

it('whatever stands in a list, it ends, and its last line is not lost', () => {
  const damaged = fc.array(
    fc.constantFrom('[', ']', '{', '}', '"', ',', '\\', ':', '\n', 'a', '1', '#'),
  );
  fc.assert(
    fc.property(damaged, (parts) => {
      const texts = inputsOf(parts.join(''));
      expect(texts.every((text) => text !== '')).toBe(true);
      const entries = new JsonEntries();
      const before = parts
        .join('')
        .split('\n')
        .flatMap((line) => [...entries.add(line)]);
      const isCut = entries.isOpen;
      expect([...before, ...entries.end()]).toEqual(texts);
      if (isCut) expect(texts.at(-1)).toMatch(/\(no end\)$/);
      expect([...entries.add('["DE"]'), ...entries.end()]).toEqual(['DE']);
    }),
  );
});

it('one key has the URLs of all, and what has none there is not asked for otherwise', () => {
  const list = [
    { name: 'Anna', photo: a, thumb: b, country: 'DE' },
    { name: 'Eve', photo: '/img/eve.png', country: 'JP' },
    { name: 'C', photo: null, country: 'BR' },
    b,
  ];
  const told: JsonKeys[] = [];
  const entries = new JsonEntries(undefined, (keys) => told.push(keys));
  expect([...entries.add(JSON.stringify(list)), ...entries.end()]).toEqual([
    a,
    'entry 2: {"name":"Eve","photo":"/img/eve.png","country":"JP"}',
    'entry 3: {"name":"C","photo":null,"country":"BR"}',
    b,
  ]);
  expect(told).toEqual([{ holds: 'URLs', keys: ['photo'] }]);
});

it('the first hundred entries tell the key', () => {
  const entries = new JsonEntries();
  const line = (i: number) => entries.add(JSON.stringify({ n: `${i}`, flag: url(`${i}.png`) }));
  expect(Array.from({ length: 99 }, (_, i) => line(i)).flat()).toEqual([]);
  expect(line(99)).toHaveLength(100);
  expect(entries.add('{"code":"DE"}')).toEqual(['entry 101: {"code":"DE"}']);
  expect([...line(101), ...entries.end()]).toEqual([url('101.png')]);
});

it('no form of a list changes what its entries ask for', () => {
  const entries = fc.array(fc.oneof(fc.string(), fc.object({ maxDepth: 2 }), fc.constant(null)));
  fc.assert(
    fc.property(entries, (some) => {
      const [first, ...others] = forms
        .filter(([name]) => !name.startsWith('objects') && name !== 'a line each')
        .map(([, write]) => inputsOf(write(some)));
      expect(first).toHaveLength(some.length);
      for (const other of others) expect(other).toEqual(first);
    }),
  );
});

it.each<[what: string, text: string, inputs: string[]]>([
  ['texts', `["${a}", "BR"]`, [a, 'BR']],
  [
    'the country, not the name',
    '[{"name":"Jordan","code":"BR"},{"country":"Chile"}]',
    ['BR', 'Chile'],
  ],
  ['what one key knows', '{"iso": "DEU", "flag": "🇩🇪"}', ['DEU']],
  ['what is mistyped', '{"country": "Germny"}', ['Germny']],
  ['no telephone code', '{"code": "49", "country": "Germany"}', ['Germany']],
  ['a number of ISO 3166', '{"code": "044"}', ['044']],
  ['an image before a country', `{"code": "BR", "flag": "${a}"}`, [a]],
  ['no two countries', '{"code":"AL","country":"USA"}', ['entry 1: {"code":"AL","country":"USA"}']],
  [
    'no telephone code alone',
    '[{"code":"44","name":"UK"}]',
    ['entry 1: {"code":"44","name":"UK"}'],
  ],
  [
    'what is no text or object',
    '["DE", null, 276, true, "", ["a"]]',
    ['DE', 'entry 2: null', 'entry 3: 276', 'entry 4: true', 'entry 5: ""', 'entry 6: ["a"]'],
  ],
  ['what is no JSON', '[DE, "FR",, "JP"]', ['entry 1: DE', 'FR', 'JP']],
  ['a missing comma', '["DE" "FR",\n"JP"]', ['entry 1: "DE" "FR"', 'JP']],
  ['a missing quote', '[{"code": "DE},\n{"code": "FR"}]', ['entry 1: {"code": "DE},', 'FR']],
  ['comments between', '[\n# DE\n"FR"\n]', ['FR']],
  ['several arrays', '["DE"]\n["FR"]', ['DE', 'FR']],
  ['a list in an object', '{"all":["BR","JP"]}', ['entry 1: {"all":["BR","JP"]}']],
  ['a missing end', '["DE",\n"FR"', ['DE', 'FR', 'entry 3: (no end)']],
  ['an end within', '[{"code":\n', ['entry 1: [{"code": (no end)'.replace('[{', '{')]],
  ['nothing', '[]', []],
])('takes %s', (_what, text, inputs) => {
  expect(inputsOf(text)).toEqual(inputs);
});

it('takes the key that is named', () => {
  const text = '[{"Code":"DE","n":76},{"CODE":1},{"code":null},{"country":"FR"},"JP"]';
  expect(inputsOf(text, 'code')).toEqual([
    'DE',
    '1',
    'entry 3: {"code":null}',
    'entry 4: {"country":"FR"}',
    'JP',
  ]);
  expect(inputsOf(text, 'n')[0]).toBe('76');
  const nested = `[{"Flags":{"png":"${a}","a.b":"${b}"},"x.y":"DE"}]`;
  const paths = ['flags.png', 'flags.a.b', 'X.Y', 'flags', 'flags.png.x'];
  const none = `entry 1: ${nested.slice(1, -1)}`;
  expect(paths.flatMap((path) => inputsOf(nested, path))).toEqual([a, b, 'DE', none, none]);
});

it('shows no password and no end of what asks for nothing', () => {
  const address = 'http:\\/\\/me:secret@h.example\\/x';
  const [first = '', second = ''] = inputsOf(`[{"x":1,"y":["${address}"]},{"x":"${address}`);
  expect(first + second).not.toContain('secret');
  expect(inputsOf(`[{"x":"${'y'.repeat(200)}"}]`)).toEqual([`entry 1: {"x":"${'y'.repeat(94)}…`]);
  const [long = ''] = inputsOf(`["${'z'.repeat(70_000)}","DE"]`);
  expect([long.length, inputsOf(`["${'z'.repeat(70_000)}","DE"]`)[1]]).toEqual([110, 'DE']);
});

it.each([
  [
    'entry 2: {"name":"Germany"}',
    /^an entry of JSON is .* one country .*; --column names the key, .*$/,
  ],
  ['entry 1: {"all":["BR","JP"]}', /; `jq -c \.all\[\]` takes out the list in it$/],
  ['entry 1: {"page":1,"data":[{"', /`jq -c \.data\[\]`/],
  ['entry 3: (no end)', /^a bracket or a quote of the JSON is missing/],
])('%s is no input, and a message says why', (text, why) => {
  expect(parseInput(text)).toBeUndefined();
  expect(explainInput(text)).toMatch(why);
});
