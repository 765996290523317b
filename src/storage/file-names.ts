/** The names of all files in one folder: no two inputs write the same. */

import { HashTable } from '../core/hash-table.js';
import { type ImageExtension, normalizeExtension } from '../core/image-extensions.js';
import type { Country, Naming } from '../flags/codes.js';
import {
  claimedPart,
  joinName,
  type NameParts,
  safeStem,
  splitName,
  withImageExtension,
} from './file-name.js';

/** Names that are ours: that of the gallery. */
const OCCUPIED = ['index.html'];

const SEED = Math.floor(Math.random() * 2 ** 32);

/** Owners are 32-bit digests; above them, a value has the number of the list that claimed the name. */
const DIGESTS = 2 ** 32;
/** Lists are counted from 1, and from 1 again after so many; 0 is a record of an earlier run. */
const MAX_LISTS = 2 ** 20;
/** In the place of a list's number: claimed in every list. */
const ALWAYS = MAX_LISTS + 1;
/** The same: the name of a file that this program has not saved. */
const FOREIGN = MAX_LISTS + 2;

/** What all names of one folder have in common. */
class Claims {
  /** Digests of owners and numbers of lists, by what is theirs: see the functions that make these keys. */
  readonly owners = new HashTable(SEED);
  /** Where the search for a free number goes on, by the name that was wanted. */
  readonly numbers = new HashTable(SEED);
  list = 0;
  /** Whether files that this program has not saved keep their names. */
  areForeignKept = true;
  /** Of files whose names differ in case only, those that are not known to be ours; by their {@link fileKey}. */
  readonly ambiguous = new Map<string, Set<string>>();
}

/**
 * Names the files of one folder, so that no two inputs share a name; `br.png` and `br.svg` are two. A
 * name is claimed before anything is asked, with the extension that is expected: whose answer arrives
 * first then changes nothing. So claims are to be made in the order of the inputs. An image of another
 * kind is named when it is there; if that name is taken, it gets a number.
 *
 * A name that a list gives (`isGiven`) is only taken by another input of that list, as in a new folder: what
 * an earlier run recorded under it is replaced. Names from URLs, those of countries and all that have a number added
 * leave recorded files alone, and all names those files that this program has not saved ({@link foundIn}).
 *
 * Names are kept as hashes: 40 to 60 bytes a file, and half as much again for a name that is not the expected one.
 */
export class FileNames {
  readonly #naming: Naming;
  readonly #claims: Claims;

  /** @param shared other names in the same folder */
  constructor(naming: Naming, shared?: FileNames) {
    this.#naming = naming;
    this.#claims = shared ? shared.#claims : new Claims();
    if (shared) return;
    const { owners } = this.#claims;
    for (const name of OCCUPIED) owners.set(fileKey(name), owners.digest('') + ALWAYS * DIGESTS);
  }

  /** Begins another list: what was claimed before counts as recorded. */
  startList(): void {
    this.#claims.list = (this.#claims.list % MAX_LISTS) + 1;
  }

  /**
   * What is in the folder; {@link takeRecorded} tells which of it is ours.
   *
   * @param areKept whether the rest keeps its names
   */
  foundIn(files: readonly string[], areKept: boolean): void {
    const { owners, ambiguous } = this.#claims;
    this.#claims.areForeignKept = areKept;
    for (const file of files) {
      const key = fileKey(file);
      const claim = owners.get(key);
      if (claim === undefined) owners.set(key, FOREIGN * DIGESTS);
      else if (claim === FOREIGN * DIGESTS) ambiguous.set(key, new Set());
    }
    if (ambiguous.size > 0) for (const file of files) ambiguous.get(fileKey(file))?.add(file);
  }

  /** A file that an earlier run has saved, if it is there. @param owner a country's code or a URL */
  takeRecorded(file: string, owner: string): void {
    const key = fileKey(file);
    const { owners, ambiguous } = this.#claims;
    const others = ambiguous.get(key);
    others?.delete(file);
    const isOurs = others === undefined || others.size === 0;
    if (isOurs && owners.get(key) !== undefined) this.take(file, owner);
  }

  /** Whether there is a file of this name that this program has not saved, and keeps. */
  isForeign(file: string): boolean {
    return this.#claims.areForeignKept && this.#isFoundForeign(file);
  }

  /** Whether there is a file of this name that this program has not saved, and is to replace. */
  isReplaceable(file: string): boolean {
    return !this.#claims.areForeignKept && this.#isFoundForeign(file);
  }

  #isFoundForeign(file: string): boolean {
    return this.#claims.owners.get(fileKey(file)) === FOREIGN * DIGESTS;
  }

  /** A file that is there. @param owner a country's code or a URL */
  take(file: string, owner: string, isGiven = false): void {
    this.#set(fileKey(file), owner);
    this.#setIfFree(stemKey(claimedPart(splitName(file))), owner, isGiven);
  }

  /** Claims the name of a file that is there, unless another input of this list has: whether it is kept. */
  keep(file: string, owner: string): boolean {
    if (!this.isForeign(file) && !this.#isFree(fileKey(file), owner, true)) return false;
    this.take(file, owner);
    return true;
  }

  /**
   * Claims what a country's file is to be called, as far as that is known before it is asked for.
   *
   * @param extensions those that its image may have
   */
  claimCountry(cc: string, country: Country | undefined, extensions: readonly string[]): void {
    for (const extension of extensions) this.take(this.countryFile(cc, country, extension), cc);
  }

  /**
   * The name for a country's file. Where the table knows too little, it is the code; where another
   * input has the name already, the code is added.
   *
   * @param served the country's name as the server has it
   */
  countryFile(
    cc: string,
    country: Country | undefined,
    extension: string,
    served?: string,
  ): string {
    let stem = this.#wanted(cc, country, served) ?? cc;
    while (!this.#isFree(fileKey(joinName({ stem, extension })), cc)) stem += `_${cc}`;
    return joinName({ stem, extension });
  }

  /** The same, whoever has the name. */
  wantedFile(cc: string, country: Country | undefined, extension: string, served?: string): string {
    return joinName({ stem: this.#wanted(cc, country, served) ?? cc, extension });
  }

  /**
   * Claims the name for a URL's file. Where another input has it already, a number is added: the
   * second is `flag_2.gif`. The extension stays as it is: {@link urlFile} follows the image.
   */
  claimUrl(url: string, wanted: NameParts, isGiven = false): NameParts {
    const claimed = this.#numberedParts(url, wanted, isGiven);
    this.#set(partsKey(claimed), url);
    this.#setIfFree(stemKey(claimedPart(claimed)), url, isGiven && claimed === wanted);
    return claimed;
  }

  /** Claims a name that a URL's file would have, if it is free: its file is there under another. */
  claimIfFree(url: string, wanted: NameParts, isGiven = false): void {
    this.#setIfFree(partsKey(wanted), url, isGiven);
  }

  /**
   * What a URL's file is called: as claimed, but for the extension of the image. If another input
   * has that name, with a number whose stem no other has claimed.
   *
   * @param extension undefined: the name stays as it is
   */
  urlFile(
    url: string,
    claimed: NameParts,
    extension: ImageExtension | undefined,
    isGiven = false,
  ): string {
    let file = fileOf(claimed, extension);
    if (this.#isFree(fileKey(file), url, isGiven)) return file;
    for (let number = 2; ; number++) {
      const parts = withNumber(claimed, number);
      file = fileOf(parts, extension);
      if (this.#isFree(fileKey(file), url) && this.#isUnclaimed(parts, url)) return file;
    }
  }

  #numberedParts(url: string, wanted: NameParts, isGiven: boolean): NameParts {
    const key = partsKey(wanted);
    if (this.#isFree(key, url, isGiven)) return wanted;
    const { numbers } = this.#claims;
    const isUnclaimed = (number: number) => this.#isUnclaimed(withNumber(wanted, number), url);
    // A URL that comes twice in a list keeps its number.
    const own = `${key}/${url}`;
    let number = numbers.get(own);
    if (number === undefined || !isUnclaimed(number)) {
      number = numbers.get(key) ?? 2;
      while (!isUnclaimed(number)) number++;
      numbers.set(key, number);
      numbers.set(own, number);
    }
    return withNumber(wanted, number);
  }

  /** Whether no other input has claimed a name, whatever its extension. */
  #isUnclaimed(parts: NameParts, owner: string): boolean {
    return this.#isFree(partsKey(parts), owner) && this.#isFree(stemKey(claimedPart(parts)), owner);
  }

  /** @param isGiven whether what earlier runs recorded does not count */
  #isFree(key: string, owner: string, isGiven = false): boolean {
    const { owners, list, areForeignKept } = this.#claims;
    const claim = owners.get(key);
    if (claim === undefined) return true;
    const claimedIn = Math.floor(claim / DIGESTS);
    if (claimedIn === FOREIGN) return !areForeignKept;
    if (claim % DIGESTS === owners.digest(owner)) return true;
    return isGiven && claimedIn !== list && claimedIn !== ALWAYS;
  }

  #set(key: string, owner: string): void {
    const { owners, list } = this.#claims;
    owners.set(key, owners.digest(owner) + list * DIGESTS);
  }

  #setIfFree(key: string, owner: string, isGiven: boolean): void {
    if (this.#isFree(key, owner, isGiven)) this.#set(key, owner);
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

/** Of a whole name, in lower case: some file systems do not tell cases apart. */
function fileKey(file: string): string {
  return file.toLowerCase();
}

/** Of all names that begin so, for the first who claimed one of them; no name has a `/`. */
function stemKey(stem: string): string {
  return `${stem.toLowerCase()}/`;
}

/** Of a name that is wanted: a whole one, or one to which the image adds an extension. */
function partsKey(parts: NameParts): string {
  const isWhole = normalizeExtension(parts.extension) !== undefined;
  return isWhole ? fileKey(joinName(parts)) : `${fileKey(joinName(parts))}/*`;
}

function withNumber({ stem, extension }: NameParts, number: number): NameParts {
  return { stem: `${stem}_${number}`, extension };
}

function fileOf(parts: NameParts, extension: ImageExtension | undefined): string {
  return extension === undefined ? joinName(parts) : withImageExtension(parts, extension);
}
