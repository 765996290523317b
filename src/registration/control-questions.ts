/**
 * Control questions: before a 404 of a suffix counts, its server must know a name of it that is
 * certainly registered. A wrong, moved or lying server fails that. One that turns wrong later fails the
 * next: what it says later than two seconds after a proof waits for another.
 */

import type { RdapEndpoint } from './bootstrap.js';
import { isTransientReply, type RdapReply } from './rdap-client.js';
import { type NoVerdict, noVerdict } from './rdap-verdict.js';

/** A domain under the suffix that the DNS of this run found, other than `domain`. */
export type KnownDomain = (suffix: string, domain: string) => string | undefined;

/** So many failures that may pass are taken for one that does not. */
const MAX_FAILURES = 3;

export class ControlQuestions {
  readonly #knownDomain: KnownDomain;
  readonly #ask: (domain: string, server: RdapEndpoint) => Promise<RdapReply>;
  /** One for each suffix: what is wrong with its server. */
  readonly #faults = new Map<string, Promise<NoVerdict | undefined>>();
  /** How often what may pass has failed them. */
  readonly #failures = new Map<string, number>();

  constructor(
    knownDomain: KnownDomain,
    ask: (domain: string, server: RdapEndpoint) => Promise<RdapReply>,
  ) {
    this.#knownDomain = knownDomain;
    this.#ask = ask;
  }

  /**
   * Why a 404 of the server does not count; undefined if it does. Where a failure may pass, the next
   * domain asks again, a few times.
   *
   * @param domain whose 404 is in question, so that it proves nothing
   */
  faultOf(server: RdapEndpoint, domain: string): Promise<NoVerdict | undefined> {
    const key = keyOf(server);
    let fault = this.#faults.get(key);
    if (!fault) {
      const control = this.#controlOf(server, domain);
      fault = this.#ask(control, server).then((reply) => {
        if (isTransientReply(reply) && this.#mayAskAgain(key)) this.#faults.delete(key);
        return faultIn(reply, control);
      });
      this.#faults.set(key, fault);
    }
    return fault;
  }

  /**
   * The same of a server that has passed before, by a question that comes after the 404. A failure that may pass is
   * none: it does not make the server a wrong one.
   */
  async faultNow(server: RdapEndpoint, domain: string): Promise<NoVerdict | undefined> {
    const control = this.#controlOf(server, domain);
    const reply = await this.#ask(control, server);
    const fault = isTransientReply(reply) ? undefined : faultIn(reply, control);
    if (fault) this.#faults.set(keyOf(server), Promise.resolve(fault));
    return fault;
  }

  #controlOf({ suffix }: RdapEndpoint, domain: string): string {
    return this.#knownDomain(suffix, domain) ?? `nic.${suffix}`;
  }

  #mayAskAgain(key: string): boolean {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    return failures < MAX_FAILURES;
  }
}

/** A text for each suffix of each server. */
function keyOf({ suffix, base }: RdapEndpoint): string {
  return `${suffix} ${base}`;
}

function faultIn(reply: RdapReply, control: string): NoVerdict | undefined {
  const { verdict, isForeign } = reply;
  if (verdict.kind === 'registered' && !isForeign) return undefined;
  return noVerdict(
    'rdap-untrusted',
    `asked about \`${control}\`, which should be registered, it failed: ${saidBy(reply)}`,
  );
}

function saidBy({ verdict, isForeign }: RdapReply): string {
  if (isForeign) return 'it redirects to another server';
  if (verdict.kind === 'unknown') return verdict.detail;
  return verdict.kind === 'not-found'
    ? 'it does not know that name'
    : 'it calls that name reserved';
}
