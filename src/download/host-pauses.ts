/** When a server wants to be asked again, and whom that concerns. */

export { retryAfter } from '../http/retry-after.js';

interface Pause {
  /** On the clock of `performance.now()`. */
  readonly until: number;
  /** The status of the answer that asked for it. */
  readonly status: number;
}

/** Which hosts asked to be left alone, and until when. */
export class HostPauses {
  readonly #pauses = new Map<string, Pause>();

  /** Nothing is to be sent to `host` for so many milliseconds, or longer if it asked for that before. */
  pause(host: string, ms: number, status: number): void {
    const until = performance.now() + ms;
    if (until > (this.#pauses.get(host)?.until ?? 0)) this.#pauses.set(host, { until, status });
  }

  /** The milliseconds left for `host`, and the status that came with the wish; undefined if none. */
  left(host: string): { readonly ms: number; readonly status: number } | undefined {
    const pause = this.#pauses.get(host);
    if (pause === undefined) return undefined;
    const ms = pause.until - performance.now();
    if (ms > 0) return { ms, status: pause.status };
    this.#pauses.delete(host);
    return undefined;
  }
}
