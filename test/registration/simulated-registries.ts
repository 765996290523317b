/** Registries in simulated time: no sockets, no waiting, and a log of every request. */

import type { RegistryClock } from '../../src/registration/paced-registry.js';
import type { Fetch, FetchOutcome } from '../../src/registration/rdap-client.js';

/** A clock that jumps to whatever comes next as soon as all that is under way waits for it. */
export class SimulatedClock implements RegistryClock {
  #now = 0;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #isRunning = false;

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + ms, wake });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      // Everything that was woken has gone on to its next wait by then.
      await new Promise((resolve) => setImmediate(resolve));
      const next = Math.min(...this.#sleepers.map(({ at }) => at));
      if (next === Number.POSITIVE_INFINITY) break;
      this.#now = next;
      const due = this.#sleepers.filter(({ at }) => at <= next);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > next);
      for (const { wake } of due) wake();
    }
    this.#isRunning = false;
  }
}

export interface LoggedRequest {
  readonly path: string;
  /** Simulated milliseconds. */
  readonly at: number;
  /** Requests in flight, this one included. */
  readonly inFlight: number;
}

/** Answers a path; `number` counts the requests of the registry, from 0. */
export type RegistryScript = (path: string, number: number) => FetchOutcome;

export class SimulatedRegistry {
  readonly log: LoggedRequest[] = [];
  readonly #clock: SimulatedClock;
  readonly #script: RegistryScript;
  readonly #latencyMs: number;
  #inFlight = 0;

  constructor(clock: SimulatedClock, latencyMs: number, script: RegistryScript) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#script = script;
  }

  readonly fetch: Fetch = async ({ pathname: path }) => {
    this.#inFlight++;
    const number = this.log.push({ path, at: this.#clock.now(), inFlight: this.#inFlight }) - 1;
    await this.#clock.sleep(this.#latencyMs);
    this.#inFlight--;
    return this.#script(path, number);
  };

  /** The most requests that came within any second. */
  get mostInASecond(): number {
    const { log } = this;
    let [most, first] = [0, 0];
    for (const [i, { at }] of log.entries()) {
      while ((log[first]?.at as number) <= at - 1000) first++;
      most = Math.max(most, i - first + 1);
    }
    return most;
  }
}

const body = (document: object) => Buffer.from(JSON.stringify(document));

/** Knows its own name alone. */
export const empty: RegistryScript = (path) => {
  const ldhName = path.slice('/domain/'.length);
  return ldhName.startsWith('nic.')
    ? { status: 200, body: body({ objectClassName: 'domain', ldhName }) }
    : { status: 404, body: body({ errorCode: 404 }) };
};
