/** What is fetched, and where it is. */

import type { Validators } from '../http/validators.js';

export interface FetchTarget {
  /** Upper case; empty where no country is meant. */
  readonly cc: string;
  readonly url: URL;
  /** Asked as well, once the image is there, for the country's name. */
  readonly metadata: URL | undefined;
  /** Sent to the origin of `url` and to no other. */
  readonly authorization: string | undefined;
  /** Of the file that is there already: asks for another version only. */
  readonly validators?: Validators | undefined;
}
