/** The lines of a list for download: its inputs as people and other programs write them. */

import { CsvRows } from '../core/csv-fields.js';
import { UsageError } from '../core/usage-error.js';
import { withoutSecrets } from '../core/without-secrets.js';
import {
  findColumn,
  findTable,
  type InputTable,
  inputIn,
  isJson,
  isJsonList,
  isNoRow,
  SAMPLE_LINES,
  untakenRow,
} from '../flags/input-table.js';
import { JsonEntries, type JsonKeys } from '../flags/json-list.js';
import { cleanLine } from '../names/clean-domain.js';
import { invalidOption } from '../options/rule.js';
import type { LineSource, Reading } from './input-sources.js';

/** Quotes and brackets around all of a line, and the comma that parts it from the next. */
const WRAPPED = /^(?:"([^"]+)"|'([^']+)'|<([^<>]+)>),?$/;
/** What belongs to the line above, as aria2 has it: `  out=name`. */
const OPTION = /^[ \t]+[a-z][a-z-]*=/;
/** Heads of a list with one column. */
const HEAD =
  /^["']?(?:(?:image|img|picture|photo|logo|flag|file|download)?[ _-]?(?:urls?|uris?|links?|src|hrefs?)|(?:country[ _-]?)?codes?|countr(?:y|ies)|iso(?:[ _-]?3166.*|[ _-]?2|[ _-]?a2)?|alpha-?[23])["']?(?:\t.*)?$/i;

/** Characters of a line of JSON, which may be all of a list, and of any other. */
const MAX_JSON = 16 * 1024 * 1024;
const MAX_LINE = 65_536;
/** Characters of the lines that tell what a list is. */
const MAX_SAMPLE = 1024 * 1024;

/** Lines as they stand: what they say is found out by {@link listTexts}. */
export const rawLines = {
  readerFor: () => ({
    read: (lines) => lines.map((line) => (isJson(line) ? line : line.slice(0, MAX_LINE))),
  }),
  maxLine: MAX_JSON,
} satisfies Partial<Reading>;

/**
 * The inputs of a list, and the options behind them. A list that is a table (CSV) has them in one of its columns.
 *
 * @param wanted the head of that column, or its number from 1; 0 takes lines as they stand; undefined: it is found out
 * @param hint told which column was found
 */
export async function* listTexts(
  { label, lists }: Pick<LineSource, 'label' | 'lists'>,
  wanted: string | undefined,
  hint: (text: string) => void,
): AsyncGenerator<readonly string[], void, undefined> {
  yield* withOptions(readInputs());

  async function* readInputs() {
    let reader: Reader | undefined;
    let first: string[] = [];
    for await (const lines of lists) {
      if (reader) yield reader.read(lines);
      else if (first.push(...lines) >= SAMPLE_LINES || isLong(first)) {
        reader = readerOf(first, wanted, label, hint);
        yield reader.read(first);
        first = [];
      }
    }
    const last = reader ?? readerOf(first, wanted, label, hint);
    yield [...last.read(first), ...last.end()];
  }
}

/** Whether lines are more than one may want to keep. */
function isLong(lines: readonly string[]): boolean {
  return lines.reduce((sum, { length }) => sum + length, 0) > MAX_SAMPLE;
}

interface Reader {
  read(lines: readonly string[]): readonly string[];
  /** What the last lines say, which may have been part of a longer row. */
  end(): readonly string[];
}

function readerOf(
  first: readonly string[],
  wanted: string | undefined,
  label: string,
  hint: (text: string) => void,
): Reader {
  const table = wanted === undefined ? findTable(first) : wantedTable(first, wanted, label);
  if (table === 'json') return lineReader(new JsonEntries(wanted));
  if (!table) {
    const row = wanted === undefined ? untakenRow(first) : undefined;
    if (row) hint(untakenText(label, row));
    const isList = isJsonList(first);
    const onKeys = (keys: JsonKeys) => isList && hint(keysText(label, keys));
    return lineReader(
      wanted === undefined ? new JsonEntries(undefined, onKeys) : undefined,
      isList,
    );
  }
  if (wanted === undefined) hint(tableText(label, table));
  return tableReader(table);
}

/**
 * The column that was named; undefined for lines as they stand. Of JSON it is a key. Throws a {@link UsageError} if there is
 * none.
 */
function wantedTable(
  first: readonly string[],
  wanted: string,
  label: string,
): InputTable | 'json' | undefined {
  if (wanted === '0') return undefined;
  const found = findColumn(first, wanted);
  if ('column' in found) return found;
  if (isJsonList(first)) return 'json';
  const { message } = invalidOption('--column', 'the head or the number of a column', wanted);
  if (found.length === 0) throw new UsageError(`${message}: ${label} is no table`);
  throw new UsageError(`${message}: the first row of ${label} has ${headsText(found)}`);
}

/** Heads of columns that a message names. */
const MAX_HEADS = 20;

function headsText(heads: readonly string[]): string {
  const shown = heads.slice(0, MAX_HEADS).map((head) => `\`${withoutSecrets(head)}\``);
  return [...shown, ...(heads.length > MAX_HEADS ? ['…'] : [])].join(', ');
}

function untakenText(label: string, row: readonly string[]): string {
  return (
    `${label} looks like a table, but its lines are taken as they stand, as not one column is clearly that with the ` +
    `URLs or countries; --column takes one of ${headsText(row)}, or its number`
  );
}

function keysText(label: string, { holds, keys }: JsonKeys): string {
  return `${label} is read as JSON with ${holds} in ${headsText(keys)}; --column takes another key`;
}

function tableText(label: string, { column, heads, holds }: InputTable): string {
  const head = heads?.[column];
  const named = head ? `column ${column + 1}, \`${head}\`` : `column ${column + 1}`;
  return `${label} is read as a table with ${holds} in ${named}; --column takes another, 0 the lines as they stand`;
}

/**
 * One input a line, comments taken off; an option of the input above begins with a tab.
 *
 * @param json reads the lines that are JSON; undefined: they are taken as they stand, as is the head of a column
 * @param maySpan whether JSON may go on in the next line: elsewhere one stray bracket would take all that follows
 */
function lineReader(json: JsonEntries | undefined, maySpan = true): Reader {
  let isFirst = json !== undefined;
  const jsonInputs = (line: string) => {
    if (!json || !(json.isOpen || isJson(line))) return undefined;
    const inputs = json.add(line);
    return maySpan ? inputs : [...inputs, ...json.end()];
  };
  return {
    read(lines) {
      const texts: string[] = [];
      for (const line of lines) {
        const inputs = jsonInputs(line);
        for (const input of inputs ?? []) texts.push(input);
        const text = cleanLine(line);
        if (inputs || text === undefined || isNoRow(line)) continue;
        const isHead = isFirst && HEAD.test(text);
        isFirst = false;
        if (isHead) continue;
        texts.push(OPTION.test(line) ? `\t${text}` : text.replace(WRAPPED, '$1$2$3'));
      }
      return texts;
    },
    end: () => json?.end() ?? [],
  };
}

function tableReader(table: InputTable): Reader {
  const rows = new CsvRows(table.separator);
  let above = table.titles + (table.heads === undefined ? 0 : 1);
  const inputsIn = (some: readonly string[]) => {
    const inputs = some.slice(above);
    above -= some.length - inputs.length;
    return inputs.map((row) => inputIn(row, table));
  };
  return {
    read: (lines) => inputsIn(rows.add(lines.filter((line) => !isNoRow(line)))),
    end: () => inputsIn(rows.end()),
  };
}

/** Puts the options on lines of their own behind the inputs that they belong to. */
async function* withOptions(
  lists: AsyncIterable<readonly string[]>,
): AsyncGenerator<readonly string[], void, undefined> {
  // The options of a list's last input may be in the next list.
  let last: string | undefined;
  for await (const list of lists) {
    const whole: string[] = [];
    for (const text of list) {
      if (last !== undefined && text.startsWith('\t')) {
        last += text;
      } else {
        if (last !== undefined) whole.push(last);
        last = text;
      }
    }
    yield whole;
  }
  if (last !== undefined) yield [last];
}
