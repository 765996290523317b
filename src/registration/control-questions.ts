/**
 * Control questions: before a 404 of a suffix counts, its server must know a name of it that is
 * certainly registered. A wrong, moved or lying server fails that.
 */

import type { RdapEndpoint } from './bootstrap.js';
import type { RdapReply } from './rdap-client.js';

/** A domain under the suffix that the DNS of this run found, other than `domain`. */
export type KnownDomain = (suffix: string, domain: string) => string | undefined;

export class ControlQuestions {
  readonly #knownDomain: KnownDomain;
  readonly #ask: (domain: string, server: RdapEndpoint) => Promise<RdapReply>;
  /** Each is asked once: whether the server knows the suffix. */
  readonly #answers = new Map<string, Promise<boolean>>();

  constructor(
    knownDomain: KnownDomain,
    ask: (domain: string, server: RdapEndpoint) => Promise<RdapReply>,
  ) {
    this.#knownDomain = knownDomain;
    this.#ask = ask;
  }

  /**
   * Whether the server knows the suffix that it is to be asked about.
   *
   * @param domain whose 404 is in question, so that it proves nothing
   */
  isKnown(server: RdapEndpoint, domain: string): Promise<boolean> {
    const { suffix, base } = server;
    const key = `${suffix} ${base}`;
    let known = this.#answers.get(key);
    if (!known) {
      const control = this.#knownDomain(suffix, domain) ?? `nic.${suffix}`;
      known = this.#ask(control, server).then(
        ({ verdict: { kind }, isForeign }) => kind === 'registered' && !isForeign,
      );
      this.#answers.set(key, known);
    }
    return known;
  }
}
