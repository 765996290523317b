/** What a text among the inputs of a download stands for. */

import { basic } from '../core/basic-auth.js';
import { type Country, cleanCode, countries } from './codes.js';

/** A country, or a file that somebody knows the address of. */
export type Input =
  | { readonly kind: 'code'; readonly cc: string; readonly country: Country | undefined }
  | {
      readonly kind: 'url';
      /** Without user, password and fragment. */
      readonly url: URL;
      /** From the user and password. */
      readonly authorization: string | undefined;
    };

/** Undefined for a text that is neither. */
export function parseInput(text: string): Input | undefined {
  if (text.length === 2) {
    const cc = cleanCode(text);
    return cc === undefined ? undefined : { kind: 'code', cc, country: countries.get(cc) };
  }
  const url = isUrl(text) && parseUrl(text);
  if (!url) return undefined;
  const authorization = basic(url.username, url.password);
  if (authorization !== undefined) {
    url.username = '';
    url.password = '';
  }
  if (url.hash) url.hash = '';
  return { kind: 'url', url, authorization };
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
