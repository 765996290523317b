/** Names for files: what a server or a table calls a country, as a name that is safe everywhere. */

import type { Country } from '../flags/codes.js';

/** How a file is called. */
export type Naming = 'cc' | 'CC' | 'country' | 'alpha3';

/** Bytes; file systems take 255, and the extension and a suffix have to fit as well. */
const MAX_STEM = 200;

/** Names that Windows keeps for devices, whatever the extension. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * A file name without its extension: letters, digits, `.` and `-`, one `_` for any run of others.
 * Never a path, never hidden, never empty: undefined if nothing is left.
 */
export function safeStem(text: string): string | undefined {
  if (/^[a-z0-9]{5,100}$/i.test(text)) return text;
  let stem = text
    .slice(0, 2 * MAX_STEM)
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}.-]+/gu, '_')
    .replace(/^[._-]+|[._]+$/g, '');
  while (Buffer.byteLength(stem) > MAX_STEM) stem = stem.replace(/.$/u, '');
  if (RESERVED.test(stem)) stem = `_${stem}`;
  return stem || undefined;
}

/** Names of our own: that of the gallery. */
const OCCUPIED = ['index.html'];

/** Names the files of one folder, so that no two inputs share a name. */
export class FileNames {
  readonly #naming: Naming;
  /** By name in lower case: some file systems do not tell cases apart. */
  readonly #owners = new Map<string, string>();
  /** Where the search for a free number goes on, by the name that was wanted. */
  readonly #numbers = new Map<string, number>();
  #numbered = 0;

  /** @param taken files that are there, and whose they are: a country's code or a URL */
  constructor(naming: Naming, taken: Iterable<readonly [file: string, owner: string]> = []) {
    this.#naming = naming;
    for (const name of OCCUPIED) this.#owners.set(name, '');
    for (const [file, owner] of taken) this.#owners.set(file.toLowerCase(), owner);
  }

  /** Files of URLs that have a number in their name, because another URL's has the name. */
  get numbered(): number {
    return this.#numbered;
  }

  /**
   * The name for a country's file. Where the table knows too little, it is the code; where another
   * input has the name already, the code is added.
   *
   * @param served the country's name as the server has it
   */
  ofCountry(cc: string, country: Country | undefined, extension: string, served?: string): string {
    let stem = this.stem(cc, country, served);
    while (!this.#isFree(withExtension(stem, extension), cc)) stem += `_${cc}`;
    return this.#claim(withExtension(stem, extension), cc);
  }

  /** What a country's file is to be called, without extension. */
  stem(cc: string, country: Country | undefined, served?: string): string {
    return this.#wanted(cc, country, served) ?? cc;
  }

  /**
   * The name for a URL's file. Where another input has the name already, a number is added: the
   * second is `flag_2.gif`.
   */
  ofUrl(url: string, { stem, extension }: NameParts): string {
    const wanted = withExtension(stem, extension);
    if (this.#isFree(wanted, url)) return this.#claim(wanted, url);
    const key = wanted.toLowerCase();
    let number = this.#numbers.get(key) ?? 2;
    let name = withExtension(`${stem}_${number}`, extension);
    while (!this.#isFree(name, url)) name = withExtension(`${stem}_${++number}`, extension);
    this.#numbers.set(key, number);
    this.#numbered++;
    return this.#claim(name, url);
  }

  #isFree(name: string, owner: string): boolean {
    return (this.#owners.get(name.toLowerCase()) ?? owner) === owner;
  }

  #claim(name: string, owner: string): string {
    this.#owners.set(name.toLowerCase(), owner);
    return name;
  }

  #wanted(cc: string, country: Country | undefined, served?: string): string | undefined {
    switch (this.#naming) {
      case 'CC':
        return cc;
      case 'cc':
        return cc.toLowerCase();
      case 'alpha3':
        return country?.alpha3;
      case 'country':
        return (served && safeStem(served)) || (country && safeStem(country.name));
    }
  }
}

export interface NameParts {
  readonly stem: string;
  /** Without a dot; empty where there is none. */
  readonly extension: string;
}

/** The last part of a URL's path as a safe file name in two parts; `index` where there is none. */
export function namePartsOf(url: URL): NameParts {
  const { pathname } = url;
  const last = decode(pathname.slice(pathname.lastIndexOf('/') + 1));
  const dot = last.lastIndexOf('.');
  const extension = dot > 0 ? last.slice(dot + 1) : '';
  if (!/^[a-z0-9]{1,10}$/i.test(extension))
    return { stem: safeStem(last) ?? 'index', extension: '' };
  return { stem: safeStem(last.slice(0, dot)) ?? 'index', extension };
}

function withExtension(stem: string, extension: string): string {
  return extension === '' ? stem : `${stem}.${extension}`;
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
