/** The 404s of servers that have to prove again that they know what is registered. */

import type { RdapEndpoint } from './bootstrap.js';
import type { RdapVerdict } from './rdap-verdict.js';

/** Milliseconds for which a server that has proved right is believed. */
const PROOF_LASTS = 2000;
/** Milliseconds that answers wait for a proof, while there is more to ask. */
const MAX_WAIT = 10_000;

export interface UnprovedAnswer {
  readonly domain: string;
  readonly server: RdapEndpoint;
  readonly verdict: RdapVerdict;
  /** When it came; milliseconds. */
  readonly at: number;
  readonly settle: (verdict: RdapVerdict) => void;
}

export class UnprovedAnswers {
  #answers: UnprovedAnswer[] = [];
  /** When a server last said of a registered domain that it is, by its base. */
  readonly #provedAt = new Map<string, number>();

  get count(): number {
    return this.#answers.length;
  }

  get oldest(): UnprovedAnswer | undefined {
    return this.#answers[0];
  }

  /** The oldest, if it has waited for long. */
  overdue(now: number): UnprovedAnswer | undefined {
    const { oldest } = this;
    return oldest && now - oldest.at >= MAX_WAIT ? oldest : undefined;
  }

  add(answer: UnprovedAnswer): void {
    this.#answers.push(answer);
  }

  proved({ base }: RdapEndpoint, now: number): void {
    this.#provedAt.set(base, now);
  }

  /** Takes out those that the last proof of their server covers. */
  takeProved(): readonly UnprovedAnswer[] {
    return this.#take(
      ({ server, at }) => at < (this.#provedAt.get(server.base) ?? 0) + PROOF_LASTS,
    );
  }

  /** Takes out those of a suffix. */
  takeAllOf({ base, suffix }: RdapEndpoint): readonly UnprovedAnswer[] {
    return this.#take(({ server }) => server.base === base && server.suffix === suffix);
  }

  #take(isWanted: (answer: UnprovedAnswer) => boolean): readonly UnprovedAnswer[] {
    const taken = this.#answers.filter(isWanted);
    if (taken.length > 0) this.#answers = this.#answers.filter((answer) => !isWanted(answer));
    return taken;
  }
}
