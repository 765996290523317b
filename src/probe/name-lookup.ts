/** All that is asked about one name, and the one verdict that comes of it. */

import type { ProbeResult, Registration } from '../core/model.js';
import { TYPE } from '../dns/types.js';
import type { Entry } from '../names/entries.js';
import type { RegistrationLookup } from '../registration/registration-lookup.js';
import type { Ask } from '../resolver/query.js';
import {
  existence,
  type Finding,
  type FindingHandler,
  lookupTypes,
  TypeLookup,
} from './type-lookup.js';
import type { WildcardSiblings } from './wildcard-siblings.js';

/** Takes a verdict, and the number of the input that it is for. */
export type Settle = (result: ProbeResult, number: number) => void;

/** An input that waits for the verdict about its name. */
interface WaitingInput {
  readonly input: string;
  readonly number: number;
  readonly settle: Settle;
}

/** What all lookups of a prober share. */
export interface LookupContext {
  readonly ask: Ask;
  /** Milliseconds; read once a turn of the event loop. */
  readonly now: () => number;
  /** Equal names in flight share their questions. */
  readonly inFlight: Map<string, NameLookup>;
  readonly wildcards: WildcardSiblings | undefined;
  /** Whether a name that only a wildcard answers for counts as missing. */
  readonly isWildcardMissing: boolean;
  /** Whether names are registered; undefined if that was not asked. */
  readonly registrations: RegistrationLookup | undefined;
}

const none: readonly number[] = [];

/** The lookup of one name, for every input that has it. */
export class NameLookup implements FindingHandler, WaitingInput {
  readonly name: string;
  readonly input: string;
  readonly number: number;
  #others: WaitingInput[] | undefined;
  readonly #startedAt: number;
  readonly #context: LookupContext;
  #types: readonly number[] = none;
  #isAskedAgain = false;

  constructor(
    { name, input, number }: Entry,
    readonly settle: Settle,
    context: LookupContext,
  ) {
    this.name = name;
    this.input = input;
    this.number = number;
    this.#context = context;
    this.#startedAt = context.now();
  }

  /** @param types what to look up; none is an address */
  start(types: readonly number[]): void {
    this.#types = types;
    const { ask } = this.#context;
    if (types.length === 0) new TypeLookup(ask, TYPE.A, this).start(this.name);
    else lookupTypes(ask, this.name, types, (finding) => this.#checkWildcard(finding));
  }

  /** Lets another input of the same name wait for the same verdict. */
  add(waiting: WaitingInput): void {
    this.#others ??= [];
    this.#others.push(waiting);
  }

  onFinding(finding: Finding, { type }: TypeLookup): void {
    if (type === TYPE.AAAA && finding.outcome === 'nxdomain') {
      this.#askElsewhere(finding.resolver);
      return;
    }
    const final = addressFinding(finding, type);
    if (final) this.#checkWildcard(final);
    else new TypeLookup(this.#context.ask, TYPE.AAAA, this).start(this.name);
  }

  /**
   * A said that the name exists and AAAA that it does not, as some load balancers do (RFC 4074, 4.2):
   * another resolver may know of an address.
   */
  #askElsewhere(resolver: string | undefined): void {
    const not = resolver === undefined ? [] : [resolver];
    const ask: Ask = (name, type, listener) =>
      this.#context.ask(name, type, listener, { priority: 'first', not });
    const handler: FindingHandler = {
      // A name without an address exists: what AAAA says of the name cannot unsay it.
      onFinding: (second) =>
        this.#checkWildcard(
          second.outcome === 'nxdomain' ? { ...second, outcome: 'nodata' } : second,
        ),
    };
    new TypeLookup(ask, TYPE.AAAA, handler).start(this.name);
  }

  #checkWildcard(finding: Finding): void {
    const { wildcards, isWildcardMissing } = this.#context;
    if (finding.outcome !== 'found' || !wildcards) {
      this.#finish(finding);
      return;
    }
    wildcards.judge(this.name, finding, (wildcard) => {
      if (wildcard === 'disbelieved') this.#askAgain(finding);
      else if (!wildcard) this.#finish(finding);
      else if (wildcard === true && isWildcardMissing)
        this.#finish({ ...finding, outcome: 'wildcard', wildcard: true });
      else this.#finish({ ...finding, wildcard });
    });
  }

  /** Who found the name is not believed any more: another is asked, once. */
  #askAgain(finding: Finding): void {
    if (this.#isAskedAgain) {
      this.#finish({ ...finding, wildcard: 'unchecked' });
      return;
    }
    this.#isAskedAgain = true;
    this.start(this.#types);
  }

  /** Adds whether the name is registered, where that was asked. */
  #finish(finding: Finding): void {
    const registration = this.#context.registrations?.lookup(this.name, existence(finding));
    if (registration instanceof Promise) {
      void registration.then((known) => this.#settle(finding, known));
    } else {
      this.#settle(finding, registration);
    }
  }

  #settle(finding: Finding, registration: Registration | undefined): void {
    const { inFlight, now } = this.#context;
    inFlight.delete(this.name);
    const ms = Math.round((now() - this.#startedAt) * 10) / 10;
    const { name, input, number } = this;
    this.settle(withRegistration(resultOf(name, input, finding, ms), registration), number);
    if (!this.#others) return;
    for (const other of this.#others) {
      const result = resultOf(name, other.input, finding, ms);
      other.settle(withRegistration(result, registration), other.number);
    }
  }
}

/** Assigning costs a thirtieth of what spreading into a new object does. */
function withRegistration(
  result: ProbeResult,
  registration: Registration | undefined,
): ProbeResult {
  return registration ? Object.assign(result, registration) : result;
}

/**
 * Whether a name has an address: A first, and AAAA only where A came back empty. Undefined if AAAA
 * is still to be asked.
 */
function addressFinding(finding: Finding, type: number): Finding | undefined {
  if (type === TYPE.AAAA) return finding;
  // Behind a CNAME it is the target that does not exist; and getaddrinfo has looked for both.
  const isFinal =
    finding.outcome !== 'nodata' || finding.rcode === 'NXDOMAIN' || finding.transport === 'system';
  return isFinal ? finding : undefined;
}

/** The result for one input. Spelled out, keys in one order: this runs once a name. */
function resultOf(name: string, input: string, finding: Finding, ms: number): ProbeResult {
  const { outcome: reason, records, rcode, resolver, transport } = finding;
  let result: ProbeResult;
  if (rcode === undefined || resolver === undefined || transport === undefined) {
    result = sparseResult(name, input, finding, ms);
  } else if (reason === 'found') {
    result = { name, input, status: reason, rcode, records, resolver, transport, ms };
  } else if (reason === 'nxdomain' || reason === 'nodata' || reason === 'wildcard') {
    const status = 'missing';
    result = { name, input, status, reason, rcode, records, resolver, transport, ms };
  } else if (records.length > 0) {
    const status = 'unknown';
    result = { name, input, status, reason, rcode, records, resolver, transport, ms };
  } else {
    result = { name, input, status: 'unknown', reason, rcode, resolver, transport, ms };
  }
  const { types, wildcard, extendedErrors } = finding;
  if (!types && !wildcard && !extendedErrors) return result;
  return {
    ...result,
    ...(types && { types }),
    ...(wildcard && { wildcard }),
    ...(extendedErrors && { extendedErrors }),
  } as ProbeResult;
}

/** The same where some evidence is missing: its keys are left out. */
function sparseResult(name: string, input: string, finding: Finding, ms: number): ProbeResult {
  const { outcome: reason, records, rcode, resolver, transport } = finding;
  const evidence = {
    ...(rcode !== undefined && { rcode }),
    ...(resolver !== undefined && { resolver }),
    ...(transport !== undefined && { transport }),
  } as { rcode?: string; resolver: string; transport: string };
  if (reason === 'found') return { name, input, status: reason, ...evidence, records, ms };
  if (reason === 'nxdomain' || reason === 'nodata' || reason === 'wildcard') {
    return { name, input, status: 'missing', reason, ...evidence, records, ms };
  }
  const chain = records.length > 0 ? { records } : {};
  return { name, input, status: 'unknown', reason, ...evidence, ...chain, ms };
}
