/** Names for files: what a server or a table calls a country, as a name that is safe everywhere. */

import type { Country } from '../names/codes.js';

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
  let stem = text
    .slice(0, 2 * MAX_STEM)
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}.-]+/gu, '_')
    .replace(/^[._-]+|[._]+$/g, '');
  while (Buffer.byteLength(stem) > MAX_STEM) stem = stem.replace(/.$/u, '');
  if (RESERVED.test(stem)) stem = `_${stem}`;
  return stem || undefined;
}

/** Names the files of one folder, so that no two codes share a name. */
export class FileNames {
  readonly #naming: Naming;
  /** By name in lower case: some file systems do not tell cases apart. */
  readonly #owners = new Map<string, string>();

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  /**
   * The name for a country's file, without extension. Where the table knows too little, it is the code;
   * where another code has the name already, the code is added.
   *
   * @param served the country's name as the server has it
   */
  stem(cc: string, country: Country | undefined, served?: string): string {
    let stem = this.#wanted(cc, country, served) ?? cc;
    while ((this.#owners.get(stem.toLowerCase()) ?? cc) !== cc) stem += `_${cc}`;
    this.#owners.set(stem.toLowerCase(), cc);
    return stem;
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
