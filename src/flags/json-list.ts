/** Lists that are JSON: their entries, however these stand on lines, and what each asks for. Pure. */

import { withoutSecrets } from '../core/without-secrets.js';
import { type InputTable, knownCode, urlColumns } from './input-table.js';
import { entryText, isUrl, NO_END } from './parse-input.js';

/** Keys of a country. */
const COUNTRY_KEY =
  /^(?:cc|flag|(?:country[ _-]?)?(?:code|iso[ _-]?(?:code|a?[23])?|alpha[ _-]?[23](?:[ _-]?code)?|cca[23])|country(?:[ _-]?name)?)$/i;

/** Characters of an entry. */
const MAX_ENTRY = 65_536;
/** Characters that are shown of one that asks for nothing. */
const MAX_SHOWN = 100;

/** What parts entries, and what may stand in their texts. */
const STRUCTURE = /\\.|["[\]{},]/g;

/** What the objects of a list have their inputs under. */
export interface JsonKeys {
  readonly holds: InputTable['holds'];
  readonly keys: readonly string[];
}

interface Entry {
  readonly number: number;
  /** Undefined if it is no JSON, or too long. */
  readonly value: unknown;
  /** What is shown of it. */
  readonly text: string;
}

type Fields = readonly (readonly [key: string, text: string])[];

/** Entries that tell the keys. */
const SAMPLE = 100;
/** Different keys of theirs that are looked at. */
const MAX_KEYS = 1000;

/**
 * Takes the lines of a list that is JSON, and gives what its entries ask for: those of arrays, and values that stand one
 * behind the other. The first entries tell what all have their input under. An entry that asks for nothing becomes a text
 * that is no input.
 */
export class JsonEntries {
  readonly #key: string | undefined;
  readonly #onKeys: (keys: JsonKeys) => void;
  /** While it is not known what tells their inputs. */
  #sample: Entry[] | undefined = [];
  #holds: JsonKeys['holds'] | undefined;
  /** Of URLs. */
  #urlKey: string | undefined;
  readonly #inputs: string[] = [];
  /** Of the entry that is not whole yet, as far as it is not too long. */
  #text = '';
  #isTooLong = false;
  /** Brackets that are open within it. */
  #depth = 0;
  #isInText = false;
  #isInArray = false;
  #count = 0;

  /**
   * @param key what objects have their input under: a key, or several with dots between; undefined: it is found out
   * @param onKeys told what was found
   */
  constructor(key?: string, onKeys: (keys: JsonKeys) => void = () => {}) {
    this.#key = key;
    this.#onKeys = onKeys;
    if (key !== undefined) this.#sample = undefined;
  }

  /** Whether the next line goes on with what is open here. */
  get isOpen(): boolean {
    return this.#depth > 0 || this.#isInArray;
  }

  add(line: string): readonly string[] {
    const isComment = this.#depth === 0 && /^\s*#/.test(line);
    if (isComment) return [];
    let from = 0;
    for (const { 0: mark, index } of line.matchAll(STRUCTURE)) {
      const isApart = this.#isApart(mark, line.slice(from, index));
      if (!isApart) continue;
      this.#take(line.slice(from, index));
      this.#endEntry();
      from = index + 1;
    }
    this.#take(`${line.slice(from)}\n`);
    // No text has a line end in it: a quote is missing.
    if (this.#isInText) this.#depth = 0;
    this.#isInText = false;
    if (this.#depth === 0) this.#endEntry();
    return this.#inputs.splice(0);
  }

  /** What is left at the end of the list, and that this came too early if something is open. */
  end(): readonly string[] {
    this.#takeSample();
    if (this.isOpen) {
      const text = this.#text.trim() === '' ? '' : `${shortened(this.#text)} `;
      [this.#text, this.#depth, this.#isInArray] = ['', 0, false];
      this.#inputs.push(entryText(this.#count + 1, `${text}${NO_END}`));
    }
    this.#sample = this.#key === undefined ? [] : undefined;
    return this.#inputs.splice(0);
  }

  /** Takes the next mark: whether it stands between entries, and in none of them. */
  #isApart(mark: string, before: string): boolean {
    if (this.#isInText || mark === '"') {
      if (mark === '"') this.#isInText = !this.#isInText;
      return false;
    }
    const isOpening = mark === '[' || mark === '{';
    const isClosing = mark === ']' || mark === '}';
    const isOuter = this.#depth === 0;
    if (isOuter && mark === '[' && !this.#isInArray && `${this.#text}${before}`.trim() === '') {
      this.#isInArray = true;
      return true;
    }
    if (isOuter && mark === ']' && this.#isInArray) {
      this.#isInArray = false;
      return true;
    }
    if (isOpening) this.#depth++;
    if (isClosing && !isOuter) this.#depth--;
    return isOuter && mark === ',';
  }

  #take(text: string): void {
    if (this.#isTooLong) return;
    this.#text += text;
    this.#isTooLong = this.#text.length > MAX_ENTRY;
  }

  #endEntry(): void {
    const text = this.#text.trim();
    const isWhole = !this.#isTooLong;
    [this.#text, this.#isTooLong] = ['', false];
    if (text === '') return;
    this.#count++;
    const value = isWhole ? parsed(text) : undefined;
    const shown = shortened(value === undefined ? text : JSON.stringify(value));
    const entry = { number: this.#count, value, text: shown };
    if (!this.#sample) this.#inputs.push(this.#inputOf(entry));
    else if (this.#sample.push(entry) >= SAMPLE) this.#takeSample();
  }

  /** Finds out what the first entries have their inputs under. */
  #takeSample(): void {
    const sample = this.#sample ?? [];
    this.#sample = undefined;
    const objects = sample.map(({ value }) => fieldsOf(value)).filter(({ length }) => length > 0);
    const found = this.#key === undefined ? findKeys(objects) : undefined;
    this.#holds = found?.holds;
    if (found?.holds === 'URLs') this.#urlKey = found.keys[0];
    if (found) this.#onKeys(found);
    for (const entry of sample) this.#inputs.push(this.#inputOf(entry));
  }

  #inputOf({ number, value, text }: Entry): string {
    const input = typeof value === 'string' ? value : this.#inputIn(value);
    return input?.replace(/[\t\r\n]+/g, '') || entryText(number, text);
  }

  #inputIn(value: unknown): string | undefined {
    if (this.#key !== undefined) return textAt(value, this.#key);
    const fields = fieldsOf(value);
    if (this.#holds !== 'URLs') return countryField(fields)?.[1];
    const url = fields.find(([key]) => key === this.#urlKey)?.[1];
    return url !== undefined && isUrl(url) ? url : undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without passwords, which are to be seen only in whole URLs: some write `\/` in them. */
function shortened(text: string): string {
  const line = withoutSecrets(text.replaceAll('\\/', '/').replace(/\s+/g, ' ').trim());
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

/** The fields of an object, or an array, that are texts. */
function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).filter((field): field is [string, string] => {
    return typeof field[1] === 'string';
  });
}

/** What stands under a key, in any case, or under one within what stands there. */
function textAt(value: unknown, path: string): string | undefined {
  const [, first = '', rest] = /^([^.]*)\.?(.*)$/.exec(path) ?? [];
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const at = (wanted: string) =>
    fields.find(([key]) => key.toLowerCase() === wanted.toLowerCase())?.[1];
  const whole = at(path);
  if (typeof whole === 'string' || typeof whole === 'number') return String(whole);
  return rest ? textAt(at(first), rest) : undefined;
}

function findKeys(objects: readonly Fields[]): JsonKeys | undefined {
  const keys = [...new Set(objects.flatMap((fields) => fields.map(([key]) => key)))];
  const heads = keys.slice(0, MAX_KEYS);
  const rows = objects.map((fields) => {
    const texts = new Map(fields);
    return heads.map((key) => texts.get(key) ?? '');
  });
  const [column] = urlColumns(rows, heads);
  if (column !== undefined) return { holds: 'URLs', keys: [heads[column] as string] };
  const named = objects.flatMap((fields) => countryField(fields)?.[0] ?? []);
  return named.length === 0 ? undefined : { holds: 'countries', keys: [...new Set(named)] };
}

/**
 * Where an object has its country; undefined if it has none, or two: a state's code may be that of a country. Of one or
 * two digits it is more likely one for telephones: the numbers of ISO 3166 have three.
 */
function countryField(fields: Fields): Fields[number] | undefined {
  const named = fields.filter(([key, text]) => COUNTRY_KEY.test(key) && !/^\d{1,2}$/.test(text));
  const known = named.filter(([, text]) => knownCode(text) !== undefined);
  return new Set(known.map(([, text]) => knownCode(text))).size > 1
    ? undefined
    : (known[0] ?? named[0]);
}
