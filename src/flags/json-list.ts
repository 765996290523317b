/** Lists that are JSON: their entries, however these stand on lines, and what each asks for. Pure. */

import { withoutSecrets } from '../core/without-secrets.js';
import { countries, findCode } from './codes.js';
import { entryText, isUrl, NO_END } from './parse-input.js';

/** Keys of images, where other keys have URLs of pages; heads of columns too. */
export const IMAGE_HEAD =
  /image|img|picture|photo|logo|flag|icon|thumb|banner|avatar|src|download|file|asset/i;
/** Keys of a country. */
const COUNTRY_KEY =
  /^(?:cc|flag|(?:country[ _-]?)?(?:code|iso[ _-]?(?:code|a?[23])?|alpha[ _-]?[23](?:[ _-]?code)?|cca[23])|country(?:[ _-]?name)?)$/i;

/** Characters of an entry. */
const MAX_ENTRY = 65_536;
/** Characters that are shown of one that asks for nothing. */
const MAX_SHOWN = 100;

/** What parts entries, and what may stand in their texts. */
const STRUCTURE = /\\.|["[\]{},]/g;

/** Whether a line is JSON, or begins some. */
export function isJson(line: string): boolean {
  return /^\s*[[{]/.test(line);
}

/**
 * Takes the lines of a list that is JSON, and gives what its entries ask for as soon as each is whole: those of arrays, and
 * values that stand one behind the other. An entry that asks for nothing becomes a text that is no input.
 */
export class JsonEntries {
  readonly #key: string | undefined;
  #inputs: string[] = [];
  /** Of the entry that is not whole yet, as far as it is not too long. */
  #text = '';
  #isTooLong = false;
  /** Brackets that are open within it. */
  #depth = 0;
  #isInText = false;
  #isInArray = false;
  #count = 0;

  /** @param key what objects have their input under; undefined: it is found out */
  constructor(key?: string) {
    this.#key = key;
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

  /** What is to be told at the end of the list, if that came too early. */
  end(): readonly string[] {
    if (!this.isOpen) return [];
    const text = this.#text.trim() === '' ? '' : `${shortened(this.#text)} `;
    [this.#text, this.#depth, this.#isInArray] = ['', 0, false];
    return [entryText(this.#count + 1, `${text}${NO_END}`)];
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
    const input = value === undefined ? undefined : jsonInput(value, this.#key);
    const shown = value === undefined ? text : JSON.stringify(value);
    this.#inputs.push(input || entryText(this.#count, shortened(shown)));
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

function jsonInput(value: unknown, key: string | undefined): string | undefined {
  const text = typeof value === 'string' ? value : inputIn(Object.entries(value ?? {}), key);
  return text?.replace(/[\t\r\n]+/g, '');
}

function inputIn(
  fields: readonly (readonly [key: string, value: unknown])[],
  wanted: string | undefined,
): string | undefined {
  if (wanted !== undefined) {
    const [, value] = fields.find(([key]) => key.toLowerCase() === wanted.toLowerCase()) ?? [];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  }
  const texts = fields.filter(
    (field): field is readonly [string, string] => typeof field[1] === 'string',
  );
  const urls = texts.filter(([, text]) => isUrl(text));
  const [, url] = urls.find(([key]) => IMAGE_HEAD.test(key)) ?? urls[0] ?? [];
  return url ?? countryOf(texts);
}

/**
 * What an object calls its country; undefined if it has none, or two: a state's code may be that of a country. Of one or
 * two digits it is more likely one for telephones: the numbers of ISO 3166 have three.
 */
function countryOf(fields: readonly (readonly [key: string, text: string])[]): string | undefined {
  const texts = fields.flatMap(([key, text]) =>
    COUNTRY_KEY.test(key) && !/^\d{1,2}$/.test(text) ? [text] : [],
  );
  const known = texts.filter((text) => knownCode(text) !== undefined);
  return new Set(known.map(knownCode)).size > 1 ? undefined : (known[0] ?? texts[0]);
}

/** The code of the country that a text stands for. */
export function knownCode(text: string): string | undefined {
  const code = findCode(text);
  return code !== undefined && countries.has(code) ? code : undefined;
}
