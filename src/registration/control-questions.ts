/**
 * Control questions: before a 404 of a suffix counts, its server must know a name of it that is
 * certainly registered. A wrong, moved or lying server fails that. One that turns wrong later fails the
 * next: what it says later than two seconds after a proof waits for another.
 */

import type { RdapEndpoint } from './bootstrap.js';
import { isTransientReply, type RdapReply } from './rdap-client.js';
import { type NoVerdict, noVerdict } from './rdap-verdict.js';

/** A domain under the suffix that the DNS of this run found: not `domain`, and beside it before others. */
export type KnownDomain = (suffix: string, domain: string) => string | undefined;

/** So many failures that may pass are taken for one that does not. */
const MAX_FAILURES = 3;

export class ControlQuestions {
  readonly #knownDomain: KnownDomain;
  readonly #turn: () => Promise<void>;
  readonly #ask: (domain: string, server: RdapEndpoint) => Promise<RdapReply>;
  /** One for each suffix: what is wrong with its server. */
  readonly #faults = new Map<string, Promise<NoVerdict | undefined>>();
  /** How often what may pass has failed them. */
  readonly #failures = new Map<string, number>();
  /** Those that were asked about a name that most registries have, as the DNS had found none yet. */
  readonly #guessed = new Set<string>();

  /** @param turn resolves when `ask` would send a question at once: until then the DNS may find a domain */
  constructor(
    knownDomain: KnownDomain,
    turn: () => Promise<void>,
    ask: (domain: string, server: RdapEndpoint) => Promise<RdapReply>,
  ) {
    this.#knownDomain = knownDomain;
    this.#turn = turn;
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
    // That a guess is not registered says little, once there is a better one.
    if (fault && this.#guessed.has(key) && this.#knownDomain(server.suffix, domain)) {
      const faultOfGuess = fault;
      fault = faultOfGuess.then((found) => (found ? this.#find(server, domain) : found));
      this.#guessed.delete(key);
      this.#faults.set(key, fault);
    }
    if (!fault) {
      fault = this.#find(server, domain);
      this.#faults.set(key, fault);
    }
    return fault;
  }

  async #find(server: RdapEndpoint, domain: string): Promise<NoVerdict | undefined> {
    const key = keyOf(server);
    const { reply, control } = await this.#put(server, domain);
    if (isTransientReply(reply) && this.#mayAskAgain(key)) this.#faults.delete(key);
    return faultIn(reply, control);
  }

  /**
   * The same of a server that has passed before, by a question that comes after the 404. A failure that may pass is
   * none: it does not make the server a wrong one.
   */
  async faultNow(server: RdapEndpoint, domain: string): Promise<NoVerdict | undefined> {
    const { reply, control } = await this.#put(server, domain);
    const fault = isTransientReply(reply) ? undefined : faultIn(reply, control);
    if (fault) this.#faults.set(keyOf(server), Promise.resolve(fault));
    return fault;
  }

  /** Puts the question when it is its turn, about the best name that is known then. */
  async #put(server: RdapEndpoint, domain: string) {
    await this.#turn();
    const known = this.#knownDomain(server.suffix, domain);
    if (known) this.#guessed.delete(keyOf(server));
    else this.#guessed.add(keyOf(server));
    const control = known ?? `nic.${server.suffix}`;
    return { control, reply: await this.#ask(control, server) };
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
