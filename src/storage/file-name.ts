/** Names for files: what a server, a list or a table calls an image, as a name that is safe everywhere. */

import { HashTable } from '../core/hash-table.js';
import { normalizeExtension } from '../core/image-extensions.js';
import type { Country, Naming } from '../flags/codes.js';

/** Bytes; file systems take 255, and the extension and a suffix have to fit as well. */
const MAX_STEM = 200;

/** Names that Windows keeps for devices, whatever the extension. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** What is kept of a name: letters, digits, `.`, `-`, `@` (`logo@2x`) and whole emoji, flags among them. */
const KEPT = '\\p{RGI_Emoji}|[\\p{L}\\p{M}\\p{N}.@\\-]';
let keptOrNot: RegExp | undefined;

/**
 * A file name without its extension: letters, digits, emoji, `.`, `-` and `@`, one `_` for any run of
 * others. Never a path, never hidden, never empty: undefined if nothing is left.
 */
export function safeStem(text: string): string | undefined {
  if (/^[a-z0-9]{5,100}$/i.test(text)) return text;
  let stem = withoutUnsafe(text.slice(0, 2 * MAX_STEM).normalize('NFC')).replace(
    /^[.@_-]+|[._]+$/g,
    '',
  );
  while (Buffer.byteLength(stem) > MAX_STEM) stem = stem.replace(/.$/u, '');
  if (RESERVED.test(stem)) stem = `_${stem}`;
  return stem || undefined;
}

function withoutUnsafe(text: string): string {
  if (/^[a-z0-9.@-]+(?:_[a-z0-9.@-]+)*$/i.test(text)) return text;
  if (!/\p{S}/u.test(text)) return text.replace(/[^\p{L}\p{M}\p{N}.@-]+/gu, '_');
  // Made when it is needed: few names have an emoji, and the table behind it is large.
  keptOrNot ??= new RegExp(`(${KEPT})|(?:(?!${KEPT}).)+`, 'gsv');
  return text.replace(keptOrNot, (_, kept?: string) => kept ?? '_');
}

/** Bytes of the longest name that a file system takes. */
const MAX_NAME = 255;

/** Whether a name is one that we could have given: nothing else of a foreign list is touched. */
export function isSafeName(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > MAX_NAME || RESERVED.test(name)) return false;
  return !/^[.@-]|\.$/.test(name) && withoutUnsafe(name) === name;
}

/** Names that are ours: that of the gallery. */
const OCCUPIED = ['index.html'];

const SEED = Math.floor(Math.random() * 2 ** 32);

/**
 * Names the files of one folder, so that no two inputs share a name. A name is claimed by its stem,
 * before anything is asked: what kind of image comes, and when, then changes nothing. So claims are to
 * be made in the order of the inputs. Names are kept as
 * hashes: 20 to 30 bytes a file, twice that for one with a number.
 */
export class FileNames {
  readonly #naming: Naming;
  /** Digests of owners by stem in lower case: some file systems do not tell cases apart. */
  readonly #owners: HashTable;
  /** Where the search for a free number goes on, by the stem that was wanted. */
  readonly #numbers: HashTable;
  #renamedCount = 0;

  /** @param shared other names in the same folder */
  constructor(naming: Naming, shared?: FileNames) {
    this.#naming = naming;
    this.#owners = shared ? shared.#owners : new HashTable(SEED);
    this.#numbers = shared ? shared.#numbers : new HashTable(SEED);
    if (shared) return;
    for (const name of OCCUPIED) this.#claim(name, '');
  }

  /** URLs whose file has a number in its name, because another input has the name. */
  get renamedCount(): number {
    return this.#renamedCount;
  }

  /** A file that is there. @param owner a country's code or a URL */
  take(file: string, owner: string): void {
    this.#claim(claimedPart(splitName(file)), owner);
  }

  /** Claims what a country's file is to be called, as far as that is known before it is asked for. */
  claimCountry(cc: string, country: Country | undefined): void {
    this.#claim(this.stem(cc, country), cc);
  }

  /**
   * The name for a country's file. Where the table knows too little, it is the code; where another
   * input has the name already, the code is added.
   *
   * @param served the country's name as the server has it
   */
  ofCountry(cc: string, country: Country | undefined, extension: string, served?: string): string {
    const stem = this.stem(cc, country, served);
    this.#claim(stem, cc);
    return joinName({ stem, extension });
  }

  /** What a country's file is to be called, without extension: see {@link ofCountry}. */
  stem(cc: string, country: Country | undefined, served?: string): string {
    let stem = this.#wanted(cc, country, served) ?? cc;
    while (!this.#isFree(stem, cc)) stem += `_${cc}`;
    return stem;
  }

  /**
   * Claims the name for a URL's file. Where another input has it already, a number is added: the
   * second is `flag_2`. The extension stays as it is: {@link withImageExtension} changes it.
   */
  claimUrl(url: string, { stem, extension }: NameParts): NameParts {
    const wanted = claimedPart({ stem, extension }).toLowerCase();
    if (this.#isFree(wanted, url)) {
      this.#claim(wanted, url);
      return { stem, extension };
    }
    const numbered = (number: number) => ({ stem: `${stem}_${number}`, extension });
    // A URL that comes twice in a list keeps its number.
    const own = `${wanted}/${url}`;
    const before = this.#numbers.get(own);
    if (before !== undefined) return numbered(before);
    let number = this.#numbers.get(wanted) ?? 2;
    while (!this.#isFree(claimedPart(numbered(number)), url)) number++;
    this.#numbers.set(wanted, number);
    this.#numbers.set(own, number);
    this.#renamedCount++;
    this.#claim(claimedPart(numbered(number)), url);
    return numbered(number);
  }

  #isFree(stem: string, owner: string): boolean {
    const digest = this.#owners.digest(owner);
    return (this.#owners.get(stem.toLowerCase()) ?? digest) === digest;
  }

  #claim(stem: string, owner: string): void {
    this.#owners.set(stem.toLowerCase(), this.#owners.digest(owner));
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

/** A safe file name in two parts, from any text; `index` where nothing is left. */
export function splitName(text: string): NameParts {
  const dot = text.lastIndexOf('.');
  const extension = dot > 0 ? text.slice(dot + 1) : '';
  if (!/^[a-z0-9]{1,10}$/i.test(extension))
    return { stem: safeStem(text) ?? 'index', extension: '' };
  return { stem: safeStem(text.slice(0, dot)) ?? 'index', extension };
}

export function joinName({ stem, extension }: NameParts): string {
  return extension === '' ? stem : `${stem}.${extension}`;
}

/** `flag.png` that turns out a GIF is `flag.gif`; `flag.php` is `flag.php.gif`. */
export function withImageExtension(name: NameParts, extension: string): string {
  if (normalizeExtension(name.extension) === extension) return joinName(name);
  return joinName({ stem: claimedPart(name), extension });
}

/** All of a name but the extension of an image, which may change. */
export function claimedPart(name: NameParts): string {
  return normalizeExtension(name.extension) === undefined ? joinName(name) : name.stem;
}

/**
 * What a URL calls its file: the last part of its path, else the file that its query names, else the
 * query; `index` where there is none of them.
 */
export function namePartsOf({ pathname, search, searchParams }: URL): NameParts {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (last !== '' || search.length < 2) return splitName(decode(last));
  const file = [...searchParams.values()].find((value) => /\.[a-z0-9]{1,10}$/i.test(value));
  return splitName(
    file === undefined ? decode(search.slice(1)) : (file.split(/[/\\]/).at(-1) ?? ''),
  );
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
