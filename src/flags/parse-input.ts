/** What a text among the inputs of a download stands for. */

import { basic } from '../core/basic-auth.js';
import { type Country, countries, findCode, suggestCode } from './codes.js';

/** A country, or a file at an address. */
export type Input =
  | { readonly kind: 'code'; readonly cc: string; readonly country: Country | undefined }
  | {
      readonly kind: 'url';
      /** Without user, password and fragment. */
      readonly url: URL;
      /** From the user and password. */
      readonly authorization: string | undefined;
      /** What the file is to be called, as the list says it: not safe yet. */
      readonly name: string | undefined;
    };

/**
 * A code, a country's name, or a URL, behind which a tab and the file's name may stand (`URL<TAB>name`,
 * `URL<TAB>out=name`). Undefined for a text that is none of them: {@link explainInput} says why.
 */
export function parseInput(text: string): Input | undefined {
  if (!isUrl(text)) {
    const cc = findCode(text);
    return cc === undefined ? undefined : { kind: 'code', cc, country: countries.get(cc) };
  }
  const [address = '', ...fields] = text.split('\t');
  const name = nameIn(fields);
  const url = parseUrl(address.trim());
  if (!url || name === false) return undefined;
  const authorization = basic(url.username, url.password);
  if (authorization !== undefined) {
    url.username = '';
    url.password = '';
  }
  if (url.hash) url.hash = '';
  return { kind: 'url', url, authorization, name };
}

/** Why {@link parseInput} makes nothing of a text: one sentence. */
export function explainInput(text: string): string {
  if (isUrl(text)) {
    const [address = '', ...fields] = text.split('\t');
    if (!parseUrl(address.trim())) return 'not a valid http(s) URL';
    const unknown = fields.map(fieldOf).find(([key]) => key !== 'out')?.[0];
    return unknown === undefined
      ? 'behind a URL there may be one file name, and it must not be empty'
      : `\`${unknown}\` is not understood behind a URL: only a file name, or out= and a file name`;
  }
  const code = suggestCode(text);
  const hint = code === undefined ? '' : `; did you mean ${code}?`;
  return `no country's code or name, nor an http(s) URL${hint}`;
}

/** The name in the fields behind a URL; undefined where there is none, false if they are not understood. */
function nameIn(fields: readonly string[]): string | undefined | false {
  const given = fields.filter((field) => field.trim() !== '').map(fieldOf);
  if (given.length === 0)
    return fields.length === 0 || fields.join('').trim() === '' ? undefined : false;
  const [[key, value] = ['', '']] = given;
  return given.length === 1 && key === 'out' && value !== '' ? value : false;
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
