/** What can become of an image that is asked for. */

import { STATUS_CODES } from 'node:http';
import type { ImageExtension } from '../core/image-extensions.js';
import type { DownloadErrorReason } from '../core/model.js';
import type { Validators } from '../http/validators.js';

/** It came, whole. */
export interface Image {
  readonly status: 'ok';
  readonly httpStatus: number;
  readonly bytes: Uint8Array;
  /** Undefined if the bytes do not begin like an image, and need not. */
  readonly extension: ImageExtension | undefined;
  /** The country's name, where the server said it. */
  readonly country: string | undefined;
  /** What the server wants to be asked with next time (RFC 9110, 8.8). */
  readonly validators: Validators;
}

/** It is what we said that we have. */
interface NotModified {
  readonly status: 'unchanged';
  readonly httpStatus: number;
}

interface NoImage {
  readonly status: 'not_found';
  readonly httpStatus: number;
}

export interface ImageFailure {
  readonly status: 'error';
  readonly reason: DownloadErrorReason | `E${string}`;
  readonly httpStatus?: number;
  readonly message: string;
}

export type Outcome = Image | NotModified | NoImage | ImageFailure;

/** A status in words: the server's own, or else those of RFC 9110. */
export function httpError(status: number, phrase = ''): string {
  // A server may put anything there, and a terminal is to show it.
  const words = phrase.replace(/[^\x20-\x7e\xa0-\uffff]/g, '').trim() || STATUS_CODES[status];
  return words ? `HTTP error ${status} - ${words}` : `HTTP error ${status}`;
}
