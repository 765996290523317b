import { describe, expect, it } from 'vitest';
import {
  findColumn,
  findTable,
  inputIn,
  isNoRow,
  untakenRow,
} from '../../src/flags/input-table.js';

const url = (name: string) => `https://h.example/${name}`;
const [a, b, page] = [url('a.png'), url('b.png'), url('page')];

/** What a list is read as: the holds, the column, whether there are heads, and the inputs. */
function read(lines: readonly string[], wanted?: string) {
  const table = wanted === undefined ? findTable(lines) : findColumn(lines, wanted);
  if (!table || !('column' in table)) return table;
  const rows = lines.slice(table.titles + (table.heads ? 1 : 0));
  return [table.holds, table.column, rows.map((row) => inputIn(row, table))];
}

describe('findTable', () => {
  it.each<[what: string, lines: string[], read: unknown]>([
    ['a column of URLs', ['id,url', `1,${a}`, `2,${b}`], ['URLs', 1, [a, b]]],
    ['no heads', [`1;${a}`, `2;${b}`], ['URLs', 1, [a, b]]],
    ['quotes', ['"name","url"', `"x, y","${a}"`, `"z","${b}"`], ['URLs', 1, [a, b]]],
    ['images beside pages', ['page,image', `${page},${a}`, `${page},${b}`], ['URLs', 1, [a, b]]],
    ['by their endings', ['x,y', `${page},${a}`, `${page},${b}`], ['URLs', 1, [a, b]]],
    ['URLs first', ['url,alt', `${a},A`, `${b},B`], ['URLs', 0, [a, b]]],
    ['URLs first without heads', [`${a},A`, `${b},B`], ['URLs', 0, [a, b]]],
    ['tabs', ['id\turl', `1\t${a}`], ['URLs', 1, [a]]],
    ['an empty cell', ['id,url', `1,${a}`, '2,'], ['URLs', 1, [a, '2,']]],
    ['a cell like a code', ['id,url', `1,${a}`, '2,NA'], ['URLs', 1, [a, '2,NA']]],
    ['countries', ['name,alpha-2', '"Korea, Republic of",KR'], ['countries', 1, ['KR']]],
    ['a head that is a code', ['cc,name', 'BR,Brazil', 'US,USA'], ['countries', 0, ['BR', 'US']]],
    ['a bad cell', ['Country,x', 'BR,1', 'Utopia,2'], ['countries', 0, ['BR', 'Utopia']]],
    ['an empty country', ['x;Code', '1;BR', '2;', '3;'], ['countries', 1, ['BR', '2;', '3;']]],
    ['few images', ['x,image', `1,${a}`, '2,', '3,'], ['URLs', 1, [a, '2,', '3,']]],
    ['languages beside codes', ['lang,cc', 'de,AT', 'fr,CA'], ['countries', 1, ['AT', 'CA']]],
    [
      'a remark like a code',
      ['BR,', 'JP,OM', 'US,', 'FR,'],
      ['countries', 0, ['BR', 'JP', 'US', 'FR']],
    ],
    [
      'a mistyped first row',
      ['Germny,1', 'BR,2', 'US,3', 'JP,4', 'FR,5'],
      ['countries', 0, ['Germny', 'BR', 'US', 'JP', 'FR']],
    ],
    [
      'a title',
      ['Markets 2026,,', 'Code,Land,x', 'DE,D,1', 'FR,F,2'],
      ['countries', 0, ['DE', 'FR']],
    ],
    ['a title without commas', ['Our logos', 'id;image url', `1;${a}`], ['URLs', 1, [a]]],
    ['a mistyped title', ['Germny,', 'Code,Land', 'DE,D', 'FR,F'], undefined],
    ['few countries', ['x,y', 'BR,1', 'Utopia,2'], undefined],
    ['one address in a remark', ['x,y', `1,${a}`, '2,', '3,'], undefined],
    ['numbers beside them', ['4,BR', '8,US'], undefined],
    ['a list with heads', ['1,Brazil', '2,Chile'], ['countries', 1, ['Brazil', 'Chile']]],
    ['commas in URLs', [url('w_3,h_2/a.png'), url('w_3,h_2/b.png')], undefined],
    ['URLs and names', [`${a}\tx`, `${b}\ty`], undefined],
    ['heads above URLs and names', ['url\tname', `${a}\tx`], undefined],
    ['several URLs on a line', [`${a},${b}`], undefined],
    ['several codes on a line', ['BR,US', 'FR,DE'], undefined],
    ['codes', ['BR', 'US'], undefined],
    ['nothing', [], undefined],
  ])('reads a list with %s', (_, lines, expected) => {
    expect(read(lines)).toEqual(expected);
  });
});

it.each(['', '  ', ';', ',,', ' | ', '\t\t', '"";""', '# x', 'sep=;'])('%j is no row', (line) => {
  expect(isNoRow(line)).toBe(true);
});

it.each(['"', '","', 'x', ';x', '"" "'])('%j may be one', (line) => {
  expect(isNoRow(line)).toBe(false);
});

it('knows a list that looks like a table and is not taken as one', () => {
  expect(untakenRow(['x,y', 'BR,1', 'Utopia,2'])).toEqual(['x', 'y']);
  expect(untakenRow(['BR,US', 'FR,DE'])).toEqual(['BR', 'US']);
  expect(untakenRow([url('w_3,h_2/a.png'), url('w_3,h_2/b.png')])).toBeUndefined();
  expect(untakenRow(['{"a": 1, "b": 2}', '{"a": 1, "b": 2}'])).toBeUndefined();
  expect(untakenRow(['Utopia', 'Atlantis'])).toBeUndefined();
});

it.each([
  ['["BR","Japan","NA"]'],
  ['{"countries":["BR","Japan"]}'],
  ['["BR",', '"Japan","NA"]'],
  ['', '  [["BR","Japan"],["FR","DE"]]'],
])('%j is no table', (...lines) => {
  expect(findTable(lines)).toBeUndefined();
});

describe('findColumn', () => {
  const lines = ['id;page;image', `1;${page};${a}`];
  it.each<[wanted: string, read: unknown]>([
    ['PAGE', ['URLs', 1, [page]]],
    ['3', ['URLs', 2, [a]]],
    ['4', ['id', 'page', 'image']],
    ['0', ['id', 'page', 'image']],
    ['alt', ['id', 'page', 'image']],
  ])('reads column %s', (wanted, expected) => {
    expect(read(lines, wanted)).toEqual(expected);
  });

  it('has no heads for what is no table', () => {
    expect(findColumn(['BR', 'US'], '2')).toEqual([]);
  });
});
