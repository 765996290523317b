/** What can become of an image that was asked for. */

import type { DownloadErrorReason } from '../core/model.js';
import type { Validators } from '../http/validators.js';
import type { ImageExtension } from '../images/image-type.js';

/** It came, whole. */
export interface Image {
  readonly status: 'ok';
  readonly httpStatus: number;
  readonly bytes: Uint8Array;
  /** Undefined if they do not begin like an image, and need not. */
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

export interface Trouble {
  readonly status: 'error';
  readonly reason: DownloadErrorReason | `E${string}`;
  readonly httpStatus?: number;
  readonly message: string;
}

export type Outcome = Image | NotModified | NoImage | Trouble;

/** What became of a target. */
export interface Fetched {
  readonly outcome: Outcome;
  /** Tries that were sent. */
  readonly attempts: number;
  /** On the clock of `performance.now()`; undefined if nothing was sent. */
  readonly startedAt: number | undefined;
}
