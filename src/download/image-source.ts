/** Fetches images: tries, tries again where that may help, and leaves hosts alone that ask for it. */

import type { HeaderList } from '../http/header.js';
import type { HttpClient } from '../http/http-client.js';
import type { Reservation } from '../storage/byte-budget.js';
import { Fetching, type Means, type SourceOptions, type Target } from './fetch-image.js';
import type { Fetched } from './outcome.js';
import { RequestHeaders } from './request-headers.js';
import { type TurnOptions, Turns } from './turns.js';

export class FlagSource {
  readonly #means: Means;

  /** @param random from 0 to 1; spreads the tries again */
  constructor(
    client: HttpClient,
    options: SourceOptions & TurnOptions & { readonly headers?: HeaderList },
    random: () => number = Math.random,
  ) {
    const turns = new Turns(options);
    this.#means = { client, turns, headers: new RequestHeaders(options.headers), options, random };
  }

  /**
   * Fetches an image, with as many tries as allowed. The bytes of an image are reserved; whoever asked
   * releases them. Gives a function that cancels: then `settled` is not told.
   *
   * @param maxTime milliseconds, tries and waits together; Infinity is no limit
   */
  fetch(
    target: Target,
    reservation: Reservation,
    maxTime: number,
    settled: (fetched: Fetched) => void,
  ): Fetching {
    const fetching = new Fetching(this.#means, target, reservation, maxTime, settled);
    fetching.begin();
    return fetching;
  }

  /** Hosts that were given up get a new chance. */
  forgive(): void {
    this.#means.turns.forgive();
  }

  /** Nothing is asked any more. */
  close(): void {
    this.#means.turns.close();
  }
}
