/** What a text among the inputs of a download stands for. */

import { basic } from '../core/basic-auth.js';
import { type Country, countries, findCode, type Naming, namings, suggestCode } from './codes.js';
import { parseServer } from './services.js';

export interface CodeInput {
  readonly kind: 'code';
  readonly cc: string;
  readonly country: Country | undefined;
  /** Where this code is asked for, as texts of `--server`; none: where all others are. */
  readonly servers: readonly string[];
  /** How its file is called; undefined: as all others are. */
  readonly naming: Naming | undefined;
}

/** A country, or a file at an address. */
export type Input =
  | CodeInput
  | {
      readonly kind: 'url';
      /** Without user, password and fragment. */
      readonly url: URL;
      /** From the user and password. */
      readonly authorization: string | undefined;
      /** What the file is to be called, as the list says it: not safe yet. */
      readonly name: string | undefined;
      /** What it was to be called in the list that it is from, as another line had that name. */
      readonly as: string | undefined;
    };

/**
 * A code, a country's name, or a URL, behind which a tab and the file's name may stand (`URL<TAB>name`,
 * `URL<TAB>out=name`); `as=name` beside it is what came of that name in the list. Behind a code there may be where it is asked for and how its file is called
 * (`BR<TAB>server=flagcdn:svg<TAB>name=cc`). Undefined for a text that is none of them:
 * {@link explainInput} says why.
 */
export function parseInput(text: string): Input | undefined {
  if (!isUrl(text)) return parseCode(text);
  const [address = '', ...fields] = text.split('\t');
  const names = namesIn(fields);
  const url = parseUrl(address.trim());
  if (!url || !names) return undefined;
  const authorization = basic(url.username, url.password);
  if (authorization !== undefined) {
    url.username = '';
    url.password = '';
  }
  if (url.hash) url.hash = '';
  return { kind: 'url', url, authorization, name: names.get('out'), as: names.get('as') };
}

/** Whether an input may say what its file is to be called. */
export function mayNameFile(text: unknown): boolean {
  return typeof text === 'string' && text.includes('\t');
}

function parseCode(text: string): CodeInput | undefined {
  const [code = '', ...fields] = text.includes('=') ? text.split('\t') : [text];
  const servers: string[] = [];
  let naming: Naming | undefined;
  for (const [key, value] of fields.map(fieldOf)) {
    const known = namings.find((each) => each === value);
    if (key === 'server' && parseServer(value)) servers.push(value);
    else if (key === 'name' && known && !naming) naming = known;
    else return undefined;
  }
  const cc = findCode(code);
  if (cc === undefined) return undefined;
  return { kind: 'code', cc, country: countries.get(cc), servers, naming };
}

/** What is asked for by one input, as a manifest keeps it. */
export interface InputParts {
  /** Empty for a URL. */
  readonly code: string;
  readonly url: string;
  readonly servers?: readonly string[] | undefined;
  /** Of a code, how its file is called; of a URL, what. */
  readonly name?: string | undefined;
  readonly as?: string | undefined;
}

/** The text that asks for the same again; what {@link parseInput} would not read is left out. */
export function inputText({ code, url, servers = [], name, as }: InputParts): string {
  const subject = code || url;
  const fields = code === '' ? [] : servers.map((server) => `server=${server}`);
  if (name !== undefined) fields.push(code === '' ? name : `name=${name}`);
  if (as !== undefined && code === '') fields.push(`as=${as}`);
  return [subject, ...fields.filter((field) => parseInput(`${subject}\t${field}`))].join('\t');
}

/** Why {@link parseInput} makes nothing of a text: one sentence. */
export function explainInput(text: string): string {
  if (isUrl(text)) {
    const [address = '', ...fields] = text.split('\t');
    if (!parseUrl(address.trim())) return 'not a valid http(s) URL';
    const parts = fields.map(fieldOf);
    if (parts.some(([, value]) => isUrl(value))) return 'only one URL stands on a line';
    const unknown = parts.find(([key]) => !URL_FIELDS.includes(key))?.[0];
    return unknown === undefined
      ? 'behind a URL there may be one file name, and it must not be empty'
      : `\`${unknown}\` is not understood behind a URL: only a file name, or out= and a file name`;
  }
  if (/^["']\s*https?:/i.test(text)) return 'a URL stands in a list without quotes';
  const entry = ENTRY.exec(text);
  if (entry) return explainEntry(entry[1] as string);
  const [place = ''] = text.split('\t');
  if (place !== text && findCode(place) !== undefined) {
    return 'behind a code there is no name for its file: a URL may have one, and codes have --name';
  }
  const meant = suggestInput(text);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `no country's code or name, nor an http(s) URL${hint}`;
}

/** Stands for an entry of a JSON list that asks for nothing. */
export function entryText(number: number, text: string): string {
  return `entry ${number}: ${text}`;
}

const ENTRY = /^entry \d+: (.*)$/;

/** Stands behind what a JSON list ends with, if that is not its end. */
export const NO_END = '(no end)';

function explainEntry(text: string): string {
  if (text.endsWith(NO_END)) {
    return 'a bracket or a quote of the JSON is missing, or it was cut: a line of it has 16 MB at most';
  }
  const [, list] = /[{,]"(\w+)":\[/.exec(text) ?? [];
  const hint = list === undefined ? '' : `; \`jq -c .${list}[]\` takes out the list in it`;
  return `an entry of JSON is a text, or an object with a URL or one country (code, iso, cc, country, flag) where others have it; --column names the key, with dots for one within (flags.svg)${hint}`;
}

/** What a text that is no input was most likely meant to be; undefined if nothing is likely. */
export function suggestInput(text: string): string | undefined {
  const rest = NO_SCHEME.exec(text)?.[1];
  return rest === undefined ? suggestCode(text) : `https://${rest}`;
}

/** A host and a path, as in a URL without its beginning, or one as pages have it, with two slashes. */
const NO_SCHEME = /^(?:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?\/[!-~]+)$/i;

/** What may stand behind a URL. */
const URL_FIELDS: readonly string[] = ['out', 'as'];

/** The names in the fields behind a URL; undefined if they are not understood. */
function namesIn(fields: readonly string[]): Map<string, string> | undefined {
  const names = new Map<string, string>();
  for (const [key, value] of fields.filter((field) => field.trim() !== '').map(fieldOf)) {
    if (!URL_FIELDS.includes(key) || value === '' || names.has(key)) return undefined;
    // To another program, a second address of the same file: no name of it.
    if (isUrl(value)) return undefined;
    names.set(key, value);
  }
  return names;
}

/** `out=name`, or only the name: then the key is `out` as well. */
function fieldOf(field: string): readonly [key: string, value: string] {
  const [, key, value = ''] = /^\s*([a-z][a-z0-9-]*)=(.*)$/is.exec(field) ?? [];
  return key === undefined ? ['out', field.trim()] : [key.toLowerCase(), value.trim()];
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Whether a text is meant as a whole URL, a right one or a wrong one. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
