/** Is a name registered? The DNS says so where it can; for the rest the registry is asked, once. */

import { randomBytes } from 'node:crypto';
import type { Registration } from '../core/model.js';
import { Recent } from '../core/recent.js';
import { TYPE } from '../dns/types.js';
import type { Bootstrap } from './bootstrap.js';
import { PacedRegistry, type RegistryClock, type RegistryFailure } from './paced-registry.js';
import type { Fetch } from './rdap-client.js';
import type { RdapVerdict } from './rdap-verdict.js';
import { registrableDomain } from './registrable-domain.js';

export interface RegistrationOptions {
  /** May still be under way: names wait for it, the sweep of the DNS does not. */
  readonly bootstrap: Promise<Bootstrap>;
  readonly fetch: Fetch;
  /** Questions a second to one registry host. */
  readonly rate: number;
  /** Domains that one run asks one host about; 0 is no limit. */
  readonly max: number;
  /** Called at the first domain of a host over `max`. */
  readonly onCap?: ((host: string) => void) | undefined;
  /** Called at a host's first failure for each reason, and when it is given up. */
  readonly onFailure?: ((failure: RegistryFailure) => void) | undefined;
  /** Whether the DNS knows a name, with records of the type or without; undefined where it could not tell. */
  readonly exists: (name: string, type: number) => Promise<boolean | undefined>;
  readonly signal: AbortSignal;
  readonly clock?: RegistryClock;
}

/** Domains that may wait for registries before the sweep of the DNS waits for them. */
export const MAX_WAITING = 100_000;

/** Suffixes whose wildcards are remembered; a list of made-up TLDs must not fill the memory. */
const MAX_SUFFIXES = 4096;

/** Domains that were asked about in the DNS and are remembered: names below one mostly lie together. */
const RECENT_DOMAINS = 8192;

/** Found domains that are remembered for each suffix: one and another, as none is asked about for its own sake. */
const MAX_KNOWN = 2;

const noRdap: Registration = {
  registration: 'unknown',
  registrationReason: 'no-rdap',
};

/** The DNS is proof enough. */
const byDns: Registration = {
  registration: 'registered',
};

export class RegistrationLookup {
  readonly #options: RegistrationOptions;
  readonly #registries = new Map<string, PacedRegistry>();
  /** Domains that are being found out about. */
  readonly #asking = new Map<string, Promise<Registration>>();
  /** What registries have said: one question a domain and run. Their pace bounds how many there are. */
  readonly #answered = new Map<string, Registration>();
  /** What is known of other domains, for which the DNS had to be asked. */
  readonly #recent = new Recent<Registration>(RECENT_DOMAINS);
  /** For each suffix a few domains below that the DNS of this run found, for the control questions. */
  readonly #found = new Map<string, string[]>();
  /** Whether a random name below the suffix is missing: only then does existence prove anything. */
  readonly #suffixChecks = new Map<string, Promise<boolean>>();
  readonly #plainSuffixes = new Set<string>();
  #waiting = 0;
  #room: (() => void)[] = [];

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Domains that wait for a registry. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Hosts that were asked at least one question. */
  get hosts(): number {
    return this.#registries.size;
  }

  /** The host whose last question will be asked latest, and the seconds until then. */
  get slowest(): { readonly host: string; readonly seconds: number } | undefined {
    let slowest: PacedRegistry | undefined;
    for (const registry of this.#registries.values()) {
      if (registry.waiting === 0) continue;
      if (!slowest || registry.secondsLeft > slowest.secondsLeft) slowest = registry;
    }
    return slowest && { host: slowest.host, seconds: slowest.secondsLeft };
  }

  /** While too many domains wait already: resolves when more are welcome. */
  get room(): Promise<void> | undefined {
    if (this.#waiting < MAX_WAITING) return undefined;
    return new Promise((resolve) => {
      this.#room.push(resolve);
    });
  }

  /**
   * What is known about the name's registrable domain. Never rejects.
   *
   * @param exists whether the DNS knows the name itself; undefined where it could not tell
   */
  lookup(name: string, exists: boolean | undefined): Promise<Registration> | Registration {
    const registrable = registrableDomain(name);
    if ('none' in registrable) return { registration: null, registrationReason: registrable.none };
    const { domain } = registrable;
    const suffix = domain.slice(domain.indexOf('.') + 1);
    if (exists && this.#plainSuffixes.has(suffix)) return this.#byDns(domain);
    const known = this.#answered.get(domain) ?? this.#recent.get(domain);
    if (known) return known;
    const running = this.#asking.get(domain);
    if (running) return running;
    // That a name below is missing says nothing about the domain itself.
    const isThere = exists || (name === domain ? false : undefined);
    const asking = this.#find(domain, isThere);
    this.#waiting++;
    this.#asking.set(domain, asking);
    void asking.then((registration) => {
      this.#settled(domain, registration, isThere === undefined);
    });
    return asking;
  }

  async #find(domain: string, exists: boolean | undefined): Promise<Registration> {
    const isKnown = exists ?? (await this.#options.exists(domain, TYPE.NS));
    // Below a suffix that answers for every name, existence proves nothing.
    if (isKnown && (await this.#isPlain(domain.slice(domain.indexOf('.') + 1)))) {
      return this.#byDns(domain);
    }
    const server = (await this.#options.bootstrap).serverOf(domain);
    if (!server) return noRdap;
    const { host } = new URL(server.base);
    return registrationOf(await this.#registry(host).ask(domain, server), host);
  }

  /** The DNS is proof enough; and the domain can serve as a control question. */
  #byDns(domain: string): Registration {
    for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
      const suffix = domain.slice(dot + 1);
      const known = this.#found.get(suffix);
      if (known) {
        if (known.length < MAX_KNOWN && !known.includes(domain)) known.push(domain);
      } else if (this.#found.size < MAX_SUFFIXES) {
        this.#found.set(suffix, [domain]);
      }
    }
    return byDns;
  }

  /** Whether the DNS says that a random name below the suffix does not exist. */
  #isPlain(suffix: string): Promise<boolean> {
    let check = this.#suffixChecks.get(suffix);
    if (!check) {
      check = this.#deniesNames(suffix);
      if (this.#suffixChecks.size >= MAX_SUFFIXES) this.#forgetSuffixes();
      this.#suffixChecks.set(suffix, check);
      void check.then((isPlain) => isPlain && this.#plainSuffixes.add(suffix));
    }
    return check;
  }

  /** A resolver that makes up addresses for what does not exist may well deny all other types. */
  async #deniesNames(suffix: string): Promise<boolean> {
    const name = `${randomBytes(8).toString('hex')}.${suffix}`;
    const types = [TYPE.NS, TYPE.A];
    const exist = await Promise.all(types.map((type) => this.#options.exists(name, type)));
    return exist.every((exists) => exists === false);
  }

  #forgetSuffixes(): void {
    this.#suffixChecks.clear();
    this.#plainSuffixes.clear();
  }

  /** @param wasAsked whether the DNS was asked about the domain itself */
  #settled(domain: string, registration: Registration, wasAsked: boolean): void {
    this.#waiting--;
    this.#asking.delete(domain);
    if (isFromRegistry(registration)) this.#answered.set(domain, registration);
    else if (wasAsked) this.#recent.set(domain, registration);
    if (this.#room.length === 0 || this.#waiting >= MAX_WAITING) return;
    const waiting = this.#room;
    this.#room = [];
    for (const resolve of waiting) resolve();
  }

  #knownIn(suffix: string, other: string): string | undefined {
    return this.#found.get(suffix)?.find((domain) => domain !== other);
  }

  #registry(host: string): PacedRegistry {
    let registry = this.#registries.get(host);
    if (!registry) {
      const { fetch, rate, max, onCap, onFailure, signal, clock } = this.#options;
      const knownDomain = (suffix: string, other: string) =>
        this.#knownIn(other.slice(other.indexOf('.') + 1), other) ?? this.#knownIn(suffix, other);
      const options = { fetch, rate, max, onCap, onFailure, knownDomain, signal, clock };
      registry = new PacedRegistry(host, options);
      this.#registries.set(host, registry);
    }
    return registry;
  }
}

function isFromRegistry({ rdapServer, registrationReason }: Registration): boolean {
  return rdapServer !== undefined && registrationReason !== 'rdap-cap';
}

function registrationOf(verdict: RdapVerdict, rdapServer: string): Registration {
  switch (verdict.kind) {
    case 'not-found':
      return { registration: 'unregistered', rdapServer };
    case 'unknown':
      return { registration: 'unknown', registrationReason: verdict.reason, rdapServer };
    default:
      return { registration: verdict.kind, registryStatus: verdict.registryStatus, rdapServer };
  }
}
