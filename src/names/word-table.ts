/** Tables of words: which of their columns has the words. Pure. */

import { csvRow } from '../core/csv-fields.js';
import { cleanDomain } from './clean-domain.js';
import { isContent, isHeads, isNameHead } from './list-formats.js';

/** Lines that are looked at, and characters of one that may be a row. */
const SAMPLE = 100;
const MAX_LINE = 2000;
/** The least share of cells that make a column one of numbers. */
const MIN_NUMBERS = 0.9;

/** Heads of columns with words in other languages, which tell less than the English ones: only the whole field counts. */
const FOREIGN_HEAD =
  /^(?:(?:stich|schlüssel|such)?w(?:ort|orte|örter)|begriffe?|namen|mots?(?:[- ]cl[ée]s?)?|noms?|palabras?|nombres?|parol[ae]|woord(?:en)?)$/i;

/** What stands in a cell that has no word in it. */
export function isNoWord(cell: string): boolean {
  return /^[\s\d.,:%€$+-]*$/.test(cell);
}

export interface WordTable {
  /** Counted from 0. */
  readonly column: number;
  /** Whether the first row has the heads of the columns. */
  readonly hasHeads: boolean;
  /** How messages call the column; undefined if there is no other, or if most rows have a whole name, wherever it stands. */
  readonly called: string | undefined;
}

/**
 * How a table is read, by its first lines: the column whose head says that words are in it, else the first
 * with words, which bare numbers are not as long as another column has some.
 */
export function wordTable(lines: readonly string[]): WordTable {
  const content = lines.filter((line) => line.length <= MAX_LINE && isContent(line));
  const rows = content.slice(0, SAMPLE).map((line) => csvRow(line).fields);
  const [top = [], ...below] = rows;
  const named = namedColumn(content[0] ?? '', top);
  const cells = below.length > 0 ? below : rows;
  const first = top.findIndex((_, column) => isWords(cells, column));
  const column = Math.max(0, named ?? first);
  const hasHeads = named !== undefined || areHeads(top, below);
  const dotted = rows.filter((row) => row.some((cell) => cell.includes('.') && isWord(cell)));
  const isOfWords = top.length > 1 && dotted.length * 2 <= rows.length;
  const head = hasHeads ? `, \`${top[column]}\`` : '';
  return { column, hasHeads, called: isOfWords ? `column ${column + 1}${head}` : undefined };
}

/** The column whose head says that it has names; undefined if the row has no heads that are known. */
function namedColumn(line: string, top: readonly string[]): number | undefined {
  if (isHeads(line)) return top.findIndex(isNameHead);
  const foreign = top.findIndex((field) => FOREIGN_HEAD.test(field));
  return top.length > 1 && foreign >= 0 ? foreign : undefined;
}

/** Whether most cells of a column may be looked up, and are no numbers. */
function isWords(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.filter((row) => isWord(row[column])).length * 2 > rows.length;
}

function isNumbers(rows: readonly (readonly string[])[], column: number): boolean {
  const cells = rows.map((row) => row[column] ?? '');
  const numbers = cells.filter((cell) => isNoWord(cell));
  return numbers.some((cell) => /\d/.test(cell)) && numbers.length >= rows.length * MIN_NUMBERS;
}

/** Whether a row has words over numbers, and no number itself. */
function areHeads(top: readonly string[], below: readonly (readonly string[])[]): boolean {
  if (below.length < 2 || !top.every((field) => /^\p{L}/u.test(field))) return false;
  return top.some((_, column) => isNumbers(below, column));
}

function isWord(cell: string | undefined): boolean {
  return cell !== undefined && !isNoWord(cell) && 'name' in cleanDomain(cell);
}
