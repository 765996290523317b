/** Lists that are tables (CSV): which of their columns holds what is to be downloaded. Pure. */

import { CsvRows, csvRow } from '../core/csv-fields.js';
import { normalizeExtension } from '../core/image-extensions.js';
import { countries, findCode, suggestCode } from './codes.js';
import { isUrl, parseInput } from './parse-input.js';

/** How a list is to be read that is a table. */
export interface InputTable {
  readonly separator: string;
  /** Counted from 0. */
  readonly column: number;
  /** The fields of the first row, if these are heads of columns. */
  readonly heads: readonly string[] | undefined;
  readonly holds: 'URLs' | 'countries';
  /** Rows above the heads: what the table is called. */
  readonly titles: number;
}

const SEPARATORS = [',', ';', '\t', '|'];

/** Lines at the head of a list that tell what it is. */
export const SAMPLE_LINES = 100;

/** The least share of rows that have as many fields as most, or of cells that are countries. */
const MIN_SHARE = 0.8;
/** The same of cells below a head that says so. */
const MIN_NAMED_SHARE = 0.5;

/** Heads of columns with images, where another column has URLs of pages. */
const IMAGE_HEAD =
  /image|img|picture|photo|logo|flag|icon|thumb|banner|avatar|src|download|file|asset/i;
/** What the head of a column with URLs may be called otherwise. */
const URL_HEAD = /url|uri|link|href|address|web/i;
/** Heads of columns with countries; some are a country's code as well. */
const COUNTRY_HEAD =
  /^(?:cc|flags?|nations?|regions?|land|pays|pa[ií]s|countr(?:y|ies)|(?:country[ _-]?)?(?:iso[ _-]?)?(?:codes?|names?|alpha[ _-]?[23]|iso(?:[ _-]?(?:3166.*|a?[23]))?))$/i;
/** What tells a spreadsheet which separator the rows have. */
const SEPARATOR_LINE = /^sep=(.)$/i;

/** Whether a line is no row: blank, a comment, for a spreadsheet, or with nothing in any of its cells. */
export function isNoRow(line: string): boolean {
  return /^\s*#|^(?:[\s,;|]|"")*$/.test(line) || SEPARATOR_LINE.test(line);
}

/** Whether a line is JSON, or begins some. */
export function isJson(line: string): boolean {
  return /^\s*[[{]/.test(line);
}

/** Whether a list is JSON, by its first lines. */
export function isJsonList(lines: readonly string[]): boolean {
  return isJson(lines.find((line) => !isNoRow(line)) ?? '');
}

/** How a list is to be read, by its first lines; undefined if its lines are to be taken as they stand. */
export function findTable(lines: readonly string[]): InputTable | undefined {
  const sample = lines.slice(0, SAMPLE_LINES);
  // The commas of JSON separate no cells.
  if (isJsonList(sample)) return undefined;
  for (const separator of separatorsOf(sample)) {
    const { rows, titles } = rowsOf(sample, separator);
    const table = tableOfUrls(rows, separator) ?? tableOfCodes(rows, separator);
    if (table) return { ...table, titles };
  }
  return undefined;
}

/** The first row of a list that looks like a table, and is none that {@link findTable} takes; undefined for other lists. */
export function untakenRow(lines: readonly string[]): readonly string[] | undefined {
  const sample = lines.slice(0, SAMPLE_LINES).filter((line) => !isNoRow(line));
  if (isJsonList(sample)) return undefined;
  const wrong = sample.filter((line) => !isJson(line) && !parseInput(line.trim()));
  if (wrong.length < 2 || wrong.length * 2 < sample.length) return undefined;
  for (const separator of separatorsOf(lines)) {
    const [first] = rowsOf(sample, separator).rows;
    if (first) return first;
  }
  return undefined;
}

/**
 * How a list is to be read of which a column was named: by its head, or its number from 1.
 *
 * @returns the heads of the list where it has no such column
 */
export function findColumn(
  lines: readonly string[],
  wanted: string,
): InputTable | readonly string[] {
  const sample = lines.slice(0, SAMPLE_LINES);
  let heads: readonly string[] = [];
  for (const separator of separatorsOf(sample)) {
    const { rows, titles } = rowsOf(sample, separator);
    const [first = []] = rows;
    if (first.length < 2) continue;
    heads = first;
    const number = /^\d{1,4}$/.test(wanted) ? Number(wanted) - 1 : -1;
    const named = first.findIndex((head) => head.toLowerCase() === wanted.toLowerCase());
    const column = named >= 0 ? named : number;
    if (column < 0 || column >= first.length) continue;
    const holds = rows.some((row) => isUrl(row[column] ?? '')) ? 'URLs' : 'countries';
    const hasHeads = named >= 0 || isHead(rows, column, holds);
    return { separator, column, heads: hasHeads ? first : undefined, holds, titles };
  }
  return heads;
}

function separatorsOf(lines: readonly string[]): readonly string[] {
  const told = lines.map((line) => SEPARATOR_LINE.exec(line)?.[1]).find(Boolean);
  return told === undefined ? SEPARATORS : [told];
}

export type Rows = readonly (readonly string[])[];

/** A table, but for what stands above it. */
type Table = Omit<InputTable, 'titles'>;

/** The rows of a sample; none if most have not as many fields, two at least, as the first. */
function rowsOf(
  lines: readonly string[],
  separator: string,
): { readonly rows: Rows; readonly titles: number } {
  const joined = new CsvRows(separator).add(lines.filter((line) => !isNoRow(line)));
  const all = joined.map((row) => csvRow(row, separator).fields);
  const titles = titlesAbove(all);
  const rows = all.slice(titles);
  const width = rows[0]?.length ?? 0;
  const alike = rows.filter(({ length }) => length === width).length;
  return { rows: width >= 2 && alike >= rows.length * MIN_SHARE ? rows : [], titles };
}

/** How many rows stand above heads that are known, each a text that is no input, nor a mistyped one. */
function titlesAbove(rows: Rows): number {
  const filled = (row: readonly string[]) => row.filter((cell) => cell !== '');
  const at = rows.findIndex((row) => filled(row).length > 1);
  const heads = rows[at] ?? [];
  const areKnown =
    !heads.some(isUrl) && heads.some((head) => COUNTRY_HEAD.test(head) || URL_HEAD.test(head));
  const isTitle = (text: string) =>
    !parseInput(text) && !isUrl(text) && suggestCode(text) === undefined;
  const areTitles = rows.slice(0, at).flatMap(filled).every(isTitle);
  return at > 0 && areKnown && areTitles ? at : 0;
}

function tableOfUrls(rows: Rows, separator: string): Table | undefined {
  const [first = []] = rows;
  const hasHeads = rows.length > 1 && !first.some(isUrl);
  const [column, another] = hasHeads
    ? urlColumns(rows.slice(1), first)
    : urlColumns(
        rows,
        first.map(() => ''),
      );
  // Of several addresses on a line, none goes before the others.
  if (column === undefined || (another !== undefined && !hasHeads)) return undefined;
  if (column === 0 && !isSurelyTable(rows, separator, hasHeads)) return undefined;
  return { separator, column, heads: hasHeads ? first : undefined, holds: 'URLs' };
}

/** The columns with URLs, that with images before others. */
export function urlColumns(rows: Rows, heads: readonly string[]): number[] {
  const ranked = heads.flatMap((head, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const urls = cells.filter(isUrl).length;
    const isNamed = IMAGE_HEAD.test(head) || URL_HEAD.test(head);
    // One address among remarks makes no column of addresses.
    const others = isNamed ? cells.filter((cell) => cell !== '') : cells;
    if (urls === 0 || urls * 2 < others.length) return [];
    const areImages = cells.filter(isImageUrl).length * 2 >= cells.length;
    return [{ column, rank: (IMAGE_HEAD.test(head) ? 2 : 0) + (areImages ? 1 : 0) }];
  });
  return ranked.sort((one, other) => other.rank - one.rank).map(({ column }) => column);
}

/** A URL may have commas and semicolons in it, and a tab behind it stands before the name of its file. */
function isSurelyTable(rows: Rows, separator: string, hasHeads: boolean): boolean {
  const [first = []] = rows;
  if (hasHeads) {
    const isHeadOfUrls = IMAGE_HEAD.test(first[0] ?? '') || URL_HEAD.test(first[0] ?? '');
    return isHeadOfUrls && (separator !== '\t' || first.length > 2);
  }
  const areWhole = rows.filter((row) => isImageUrl(row[0] ?? '')).length * 2 >= rows.length;
  return separator !== '\t' && areWhole;
}

function isImageUrl(text: string): boolean {
  if (!isUrl(text)) return false;
  const extension = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(text)?.[1];
  return extension !== undefined && normalizeExtension(extension) !== undefined;
}

function tableOfCodes(rows: Rows, separator: string): Table | undefined {
  const [first = []] = rows;
  if (separator === '\t' || rows.some((row) => row.some(isUrl))) return undefined;
  const all = first.flatMap((_, column) => codeColumn(rows, column));
  const named = all.filter(({ isNamed }) => isNamed);
  const columns = (named.length > 0 ? named : all).sort(
    (one, other) => other.known - one.known || Number(other.areShort) - Number(one.areShort),
  );
  const [best] = columns;
  if (!best) return undefined;
  // Several countries on a line are not one and what is said of it.
  const areSame = columns.every(({ codes }) =>
    codes.every((code, k) => (code ?? best.codes[k]) === (best.codes[k] ?? code)),
  );
  if (!areSame) return undefined;
  const { column, hasHeads } = best;
  return { separator, column, heads: hasHeads ? first : undefined, holds: 'countries' };
}

/** A column that may hold countries, with the code in each row; none if too little in it is one. */
function codeColumn(rows: Rows, column: number) {
  const hasHeads = isHead(rows, column, 'countries');
  const isNamed = hasHeads && COUNTRY_HEAD.test(rows[0]?.[column] ?? '');
  const cells = rows.map((row, k) => (hasHeads && k === 0 ? '' : (row[column] ?? '')));
  const filled = cells.filter((cell) => cell !== '');
  const codes = cells.map(knownCode);
  const known = codes.filter((code) => code !== undefined).length;
  const isEnough = isNamed
    ? known >= filled.length * MIN_NAMED_SHARE
    : // A word or two among remarks are no column of codes.
      known >= filled.length * MIN_SHARE && known * 2 >= rows.length - (hasHeads ? 1 : 0);
  const areShort = filled.every(({ length }) => length === 2);
  return known > 0 && isEnough ? [{ column, hasHeads, isNamed, codes, known, areShort }] : [];
}

/** The code of the country that a text stands for. */
export function knownCode(text: string): string | undefined {
  const code = findCode(text);
  return code !== undefined && countries.has(code) ? code : undefined;
}

/** Whether the first row names the columns. */
function isHead(rows: Rows, column: number, holds: InputTable['holds']): boolean {
  const [first = []] = rows;
  const cell = first[column] ?? '';
  if (rows.length < 2 || first.some(isUrl)) return false;
  if (holds === 'URLs' || COUNTRY_HEAD.test(cell)) return true;
  // A country that is mistyped is no head: it would be left out without a word.
  return knownCode(cell) === undefined && suggestCode(cell) === undefined;
}

/**
 * The input in a row of a table: what is in its column. All of the row where that is empty, or might be taken for what
 * it is not.
 */
export function inputIn(row: string, { separator, column, holds }: Table): string {
  const cell = (csvRow(row, separator).fields[column] ?? '').replace(/[\t\n]+/g, '');
  const isOther = cell === '' || (holds === 'URLs' && findCode(cell) !== undefined);
  return isOther ? row.replaceAll('\n', ' ').trim() : cell;
}
