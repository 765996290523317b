/** URL templates: an address with a placeholder for the country. */

import { basic } from '../core/basic-auth.js';
import type { Country } from './codes.js';

interface Filling {
  readonly cc: string;
  readonly country: Country | undefined;
}

const fillings: Readonly<Record<string, (filling: Filling) => string | undefined>> = {
  '{cc}': ({ cc }) => cc.toLowerCase(),
  '{CC}': ({ cc }) => cc,
  '{name}': ({ country }) => country && encodeURIComponent(country.name),
  '{alpha3}': ({ country }) => country?.alpha3,
  '{numeric}': ({ country }) => country?.numeric,
};

/** Everything that a template may hold. */
export const placeholders: readonly string[] = Object.keys(fillings);

const PLACEHOLDER = /\{[^{}]*\}/g;

/** Whether a text is meant as a template, a right one or a wrong one. */
export function isTemplate(text: string): boolean {
  return /[{}]|:\/\//.test(text);
}

/**
 * Takes user and password out of a template; undefined if it is no http(s) URL, holds no placeholder,
 * or an unknown one.
 */
export function checkTemplate(
  text: string,
): { readonly template: string; readonly authorization: string | undefined } | undefined {
  const [, scheme, login, rest] =
    /^(https?:\/\/)(?:([^/?#]*)@)?([^\s\\/][^\s\\]*)$/i.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  const found = text.match(PLACEHOLDER) ?? [];
  if (found.length === 0 || !found.every((placeholder) => Object.hasOwn(fillings, placeholder))) {
    return undefined;
  }
  const sample = text.replace(PLACEHOLDER, 'xx');
  if (/[{}]/.test(sample) || login?.includes('{') || !URL.canParse(sample)) return undefined;
  const { username, password } = new URL(sample);
  return { template: scheme + rest, authorization: basic(username, password) };
}

/** What is wrong with a text that {@link checkTemplate} refuses, as far as its placeholders go. */
export function templateFault(text: string): string | undefined {
  const found = text.match(PLACEHOLDER) ?? [];
  if (found.length === 0) return 'it has no place for a country, such as {cc}';
  const wrong = found.find((placeholder) => !Object.hasOwn(fillings, placeholder));
  return wrong === undefined ? undefined : `${wrong} is none of ${placeholders.join(', ')}`;
}

/** The URL for a country; undefined if the template asks for what only a country of the table has. */
export function fillTemplate(
  template: string,
  cc: string,
  country: Country | undefined,
): URL | undefined {
  let isWhole = true;
  const url = template.replace(PLACEHOLDER, (placeholder) => {
    const filled = fillings[placeholder]!({ cc, country });
    if (filled === undefined) isWhole = false;
    return filled ?? '';
  });
  // A name with a space can be part of a path, but not of a host.
  return isWhole && URL.canParse(url) ? new URL(url) : undefined;
}

/** `metadata.json` in the folder of the image, if each country has a folder of its own. */
export function metadataBeside(template: string): string | undefined {
  const path = template.replace(/[?#].*/, '');
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const inPath = folder.replace(/^https?:\/\/[^/]*/i, '');
  return inPath.includes('{') ? `${folder}metadata.json` : undefined;
}

/** The part of the address that comes before anything of a country; all of it if that is the host. */
export function siteOf(template: string): string {
  const before = template.slice(0, template.indexOf('{'));
  const path = /^https?:\/\/[^/?#]+\//i.exec(before);
  return path ? before.slice(0, before.lastIndexOf('/')) : template;
}
