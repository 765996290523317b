/** Which headers go to which origin with a request for an image. */

import { VERSION } from '../core/version.js';
import { ACCEPT_ENCODING } from '../http/decode-body.js';
import type { HeaderList } from '../http/header.js';
import type { FetchTarget } from './fetch-target.js';

export class HeadersByOrigin {
  /** Sent everywhere. */
  readonly #common: readonly string[];
  /** With what the caller gave: sent to the origins that the caller named, and nowhere else. */
  readonly #trusted: readonly string[];

  constructor(given: HeaderList = []) {
    const own = [
      ['user-agent', `flagprobe/${VERSION}`],
      ['accept', 'image/*, */*;q=0.1'],
      ['accept-encoding', ACCEPT_ENCODING],
    ] as const;
    this.#common = own.flat();
    const names = new Set(given.map(([name]) => name));
    const others = own.filter(([name]) => !names.has(name));
    this.#trusted = [...others, ...given].flat();
  }

  /**
   * Name, value, name, value, …
   *
   * @param isAtHome whether it goes to the origin that the caller named
   * @param isOfImage whether it asks for the image: only that may be there already
   */
  of(target: FetchTarget, isAtHome: boolean, isOfImage: boolean): readonly string[] {
    const { authorization, validators } = target;
    const headers = isAtHome ? this.#trusted : this.#common;
    if ((authorization === undefined || !isAtHome) && !validators) return headers;
    const more: string[] = [];
    if (authorization !== undefined && isAtHome) more.push('authorization', authorization);
    if (isOfImage && validators?.etag) more.push('if-none-match', validators.etag);
    if (isOfImage && validators?.lastModified) {
      more.push('if-modified-since', validators.lastModified);
    }
    return [...headers, ...more];
  }
}
