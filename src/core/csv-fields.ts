/** Rows of a table as text (RFC 4180), whatever separates their fields. */

/** What separates fields where that is not known. */
const SEPARATORS = ',;\t';

interface CsvRow {
  readonly fields: readonly string[];
  /** Whether the last field is in quotes that do not end here: the row goes on with the next line. */
  readonly isOpen: boolean;
}

/**
 * The fields of a row, without white space and quotes around them. A quote within a field that does not begin with one
 * (`5" x 7"`) is a part of it.
 *
 * @param separators characters, each of which ends a field
 */
export function csvRow(row: string, separators = SEPARATORS): CsvRow {
  const fields: string[] = [];
  for (let at = 0; at <= row.length; ) {
    const quoted = quotedAt(row, at, separators);
    if (quoted === 'open') {
      fields.push(row.slice(at).trim().slice(1));
      return { fields, isOpen: true };
    }
    const end = quoted?.end ?? endOfField(row, at, separators);
    fields.push(quoted?.text ?? withoutQuotes(row.slice(at, end).trim()));
    at = end + 1;
  }
  return { fields, isOpen: false };
}

/** A field in quotes; undefined if it is none. */
function quotedAt(row: string, at: number, separators: string) {
  let start = at;
  while (row[start] === ' ') start++;
  if (row[start] !== '"') return undefined;
  let close = row.indexOf('"', start + 1);
  while (close >= 0 && row[close + 1] === '"') close = row.indexOf('"', close + 2);
  if (close < 0) return 'open';
  const end = endOfField(row, close + 1, separators);
  // What goes on behind its quotes is taken as it stands.
  if (row.slice(close + 1, end).trim() !== '') return undefined;
  return {
    text: row
      .slice(start + 1, close)
      .replaceAll('""', '"')
      .trim(),
    end,
  };
}

function endOfField(row: string, from: number, separators: string): number {
  let end = from;
  while (end < row.length && !separators.includes(row[end] as string)) end++;
  return end;
}

function withoutQuotes(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, '$2');
}

/** Lines of the longest row: where a quote has no end, the rest of the list is no part of its field. */
const MAX_LINES = 100;

/** Puts lines together to rows, where a field in quotes has line ends in it. */
export class CsvRows {
  readonly #separators: string;
  #open: string[] = [];

  constructor(separators: string) {
    this.#separators = separators;
  }

  /** The rows that end with these lines. */
  add(lines: readonly string[]): string[] {
    const rows: string[] = [];
    for (const line of lines) {
      if (this.#open.length === 0 && !line.includes('"')) {
        rows.push(line);
        continue;
      }
      this.#open.push(line);
      const row = this.#open.join('\n');
      if (!csvRow(row, this.#separators).isOpen) {
        rows.push(row);
        this.#open = [];
      } else if (this.#open.length > MAX_LINES) {
        rows.push(...this.end());
      }
    }
    return rows;
  }

  /** What is left at the end of the list, or of a row that is none: each line as it stands. */
  end(): string[] {
    const rows = this.#open;
    this.#open = [];
    return rows;
  }
}
