/** What is sent with a request for an image. */

import { readFileSync } from 'node:fs';
import type { HeaderList } from '../http/header.js';
import { ACCEPT_ENCODING, headerLines } from '../http/http-request.js';
import type { Target } from './fetch-image.js';

/** `flagprobe/1.2.3 (+https://example.org)`: whom a server's owner can ask. */
function userAgent(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  const { name, version, homepage } = JSON.parse(readFileSync(manifest, 'utf8'));
  return `${name}/${version}${homepage ? ` (+${homepage})` : ''}`;
}

export class RequestHeaders {
  /** Sent everywhere. */
  readonly #common: string;
  /** With what the caller gave: sent to where the caller said, and nowhere else. */
  readonly #trusted: string;

  constructor(given: HeaderList = []) {
    const own = [
      ['user-agent', userAgent()],
      ['accept', 'image/*, */*;q=0.1'],
      ['accept-encoding', ACCEPT_ENCODING],
    ] as const;
    this.#common = headerLines(own.flat());
    const names = new Set(given.map(([name]) => name));
    const others = own.filter(([name]) => !names.has(name));
    this.#trusted = headerLines([...others, ...given].flat());
  }

  /**
   * Header lines.
   *
   * @param isAtHome whether it goes to the origin that the caller named
   * @param isOfImage whether it asks for the image: only that may be there already
   */
  of(target: Target, isAtHome: boolean, isOfImage: boolean): string {
    const { authorization, validators } = target;
    const headers = isAtHome ? this.#trusted : this.#common;
    if ((authorization === undefined || !isAtHome) && !validators) return headers;
    const more: string[] = [];
    if (authorization !== undefined && isAtHome) more.push('authorization', authorization);
    if (isOfImage && validators?.etag) more.push('if-none-match', validators.etag);
    if (isOfImage && validators?.lastModified) {
      more.push('if-modified-since', validators.lastModified);
    }
    return headers + headerLines(more);
  }
}
