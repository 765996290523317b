/** Which format would read the lines of a list that are no names as they stand. Pure. */

import { csvRow } from '../core/csv-fields.js';
import { cleanDomain } from './clean-domain.js';
import { type ListFormatName, namesOn } from './list-formats.js';
import { isNoWord, wordTable } from './word-table.js';

/** Lines that are looked at: what a list is, its first ones tell. */
const MAX_LINES = 1000;
/** What separates names on a line, or a name from what stands behind or before it. */
const SEPARATOR = /[\s,;]/;

const FORMATS = ['bullets', 'csv', 'several'] as const satisfies readonly ListFormatName[];

export interface ListAdvice {
  readonly format: ListFormatName;
  /** One of the lines, and what the format reads there. */
  readonly line: string;
  readonly names: readonly string[];
}

export class UnreadLines {
  #lines = 0;
  readonly #unread: string[] = [];

  /** @param texts what was taken for a name, each a line */
  add(texts: readonly string[]): void {
    for (const text of texts) {
      if (this.#lines >= MAX_LINES) return;
      this.#lines++;
      if (SEPARATOR.test(text) && 'invalid' in cleanDomain(text)) this.#unread.push(text);
    }
  }

  /** Undefined unless most lines are no names, and a format has names in most of those. */
  get advice(): ListAdvice | undefined {
    const { column, hasHeads } = wordTable(this.#unread);
    const unread = hasHeads ? this.#unread.slice(1) : this.#unread;
    if (unread.length === 0 || unread.length * 2 < this.#lines) return undefined;
    // Of a table with more words on a line than one, only one column is wanted; else all of them.
    const isTable = unread.filter((line) => isRow(line, column)).length * 2 > unread.length;
    const formats = FORMATS.filter((format) => format !== (isTable ? 'several' : 'csv'));
    for (const format of formats) {
      const read = unread.filter((line) => namesIn(line, format, column));
      const [line = ''] = read;
      if (read.length * 2 > unread.length) {
        return { format, line, names: namesIn(line, format, column) ?? [] };
      }
    }
    return undefined;
  }
}

/** Whether a line has more columns than that of the names, one of them with what can be no name, or with several words. */
function isRow(line: string, column: number): boolean {
  const others = csvRow(line).fields.filter((_, at) => at !== column);
  return others.some((field) => isNoWord(field) || /\S\s+\S/.test(field));
}

function namesIn(
  line: string,
  format: ListFormatName,
  column: number,
): readonly string[] | undefined {
  const names = namesOn(line, [format], { isTop: true, column });
  const areNames = names.length > 0 && names.every((name) => 'name' in cleanDomain(name));
  return areNames ? names : undefined;
}
