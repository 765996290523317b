/** Names in, verdicts out: the use case behind `flagprobe probe`. */

import { setMaxListeners } from 'node:events';
import { asCompletedBatches, asCompletedLists } from '../core/as-completed.js';
import type { ProbeResult, Registration } from '../core/model.js';
import { isInShard, parseShard, type Shard } from '../core/shard.js';
import { isPromise, mapSource, refuseText, type Source } from '../core/source.js';
import { UsageError } from '../core/usage-error.js';
import { typeNumber } from '../dns/types.js';
import { cleanTld, type NameRules } from '../names/clean-domain.js';
import { type Entry, entriesOf } from '../names/entries.js';
import { resolveOptions } from '../options/table.js';
import type { CheckedAsk } from '../resolver/checked-ask.js';
import { HeldAnswers } from '../resolver/held-answers.js';
import { validateTransport } from '../transports/validate-transport.js';
import { askOf, askWith } from './check-and-confirm.js';
import { type LookupContext, NameLookup, type Settle } from './name-lookup.js';
import type { OpenRegistrations } from './open-registrations.js';
import { type OpenResolvers, openResolvers, type ResolverReport } from './open-resolvers.js';
import { nameRulesOf, type ProbeOptions, probeOptions } from './options.js';
import type { OutsideView } from './outside-view.js';
import { WildcardSiblings } from './wildcard-siblings.js';

export type Names = Iterable<string> | AsyncIterable<string>;
export type NameLists = Iterable<readonly string[]> | AsyncIterable<readonly string[]>;

/** Conversations with resolvers, kept open from one call to the next. */
export interface Prober extends AsyncDisposable {
  /** The verdict for one name. */
  probe(name: string): Promise<ProbeResult>;
  /** One verdict for each name (with `tlds`: for each word and TLD), as they settle. */
  results(names: Names): AsyncGenerator<ProbeResult, void, undefined>;
  /** The same for millions: lists in, lists out, all that settled since the last. */
  batches(lists: NameLists): AsyncGenerator<ProbeResult[], void, undefined>;
  /**
   * `batches` for a run that remembers what is done: each verdict comes with the number of its
   * input, counted from 0; with `tlds` a word counts once under each. What the earlier part has done
   * is not asked.
   */
  numbered(
    lists: NameLists,
    earlier?: ResumedPart,
  ): AsyncGenerator<NumberedResult[], void, undefined>;
  /** How many verdicts were owed so far: one for each name taken, with `tlds` more. */
  readonly taken: number;
  /** How many resolvers are not believed; undefined where none is checked. */
  readonly distrusted: number | undefined;
  /** What is asked, and which of it fails; undefined before the first question. */
  readonly resolvers: ResolverReport | undefined;
  /** How many names the only two resolvers contradict each other about; undefined where none is checked. */
  readonly contradicted: number | undefined;
  /**
   * Asks what the resolvers say of the outside now: up to two questions to each of three, for a second at most.
   * Undefined before the first name, with `checkResolvers: 'off'`, and over getaddrinfo.
   */
  viewOutside(): Promise<OutsideView | undefined>;
  /** With `rdap`: what waits for registries; undefined while nothing does. */
  readonly registryQueue: RegistryQueue | undefined;
  /** Closes every socket. Calls that still wait for a verdict throw. */
  close(): Promise<void>;
}

/** What a run that goes on knows of its earlier part. */
export interface ResumedPart {
  /** Whether the input with this number is done. Called for the inputs in their order. */
  isDone(number: number): boolean;
  /** While it is false, names are read and kept, and nothing is asked. */
  readonly isVerified: boolean;
}

const noResumedPart: ResumedPart = { isDone: () => false, isVerified: true };

/** Names that wait for registries, and the host whose last question will be asked latest. */
export interface RegistryQueue {
  readonly names: number;
  readonly host: string;
  /** Until then. */
  readonly seconds: number;
}

/** A verdict and which input it is about. */
export interface NumberedResult {
  readonly number: number;
  readonly result: ProbeResult;
}

/**
 * Yields one verdict for each name, as they settle. Throws a {@link UsageError} for a bad option.
 *
 * @example
 * ```ts
 * for await (const { name, status } of multiProbe(['def.dev', 'nope.dev'], { resolvers: ['local'] })) {
 *   console.log(name, status);
 * }
 * ```
 */
export async function* multiProbe(
  names: Names,
  options: ProbeOptions = {},
): AsyncGenerator<ProbeResult, void, undefined> {
  const prober = openProber(options);
  try {
    yield* prober.results(names);
  } finally {
    await prober.close();
  }
}

/**
 * The verdict for one name.
 *
 * @example
 * ```ts
 * const result = await probe('example.org', { types: ['MX'] });
 * if (result.status === 'found') console.log(result.records);
 * ```
 */
export async function probe(name: string, options: ProbeOptions = {}): Promise<ProbeResult> {
  const prober = openProber(options);
  try {
    return await prober.probe(name);
  } finally {
    await prober.close();
  }
}

/**
 * Whether the registrable domain of a name is registered: by the DNS, else by its registry. Throws a
 * {@link UsageError} for a bad option.
 *
 * @example
 * ```ts
 * const { name, registration: verdict } = await registration('example.org');
 * console.log(name, verdict);
 * ```
 */
export async function registration(
  name: string,
  options: ProbeOptions = {},
): Promise<Registration & { readonly name: string }> {
  const result = await probe(name, { ...options, rdap: true });
  const { registration = null, registrationReason, registryStatus, rdapServer } = result;
  return {
    name: result.name,
    registration,
    ...(registrationReason && { registrationReason }),
    ...(registryStatus && { registryStatus }),
    ...(rdapServer && { rdapServer }),
  };
}

/**
 * Opens a prober. Nothing is sent yet. Throws a {@link UsageError} for a bad option.
 *
 * @example
 * ```ts
 * const prober = openProber({ resolvers: ['192.0.2.53'], tries: 3 });
 * try {
 *   for await (const { name, status } of prober.results(names)) console.log(name, status);
 * } finally {
 *   await prober.close();
 * }
 * ```
 */
export function openProber(options: ProbeOptions = {}): Prober {
  return new PoolProber(options);
}

/** getaddrinfo takes a thread for each question. */
const SYSTEM_CONCURRENCY = 32;

/**
 * The most names that may be looked up at once. Far more than the windows let out: a name that stays
 * unanswered waits long, and must not hold up the others.
 */
const OUTSTANDING = 65_536;

/** Names that are made ready at a time: those of a long list would only grow old. */
const SLICE = 256;

class PoolProber implements Prober {
  readonly #options;
  readonly #types: readonly number[];
  readonly #rules: NameRules;
  readonly #tlds: readonly string[];
  readonly #shard: Shard | undefined;
  readonly #concurrency: number;
  readonly #closing = new AbortController();
  readonly #outer: AbortSignal | undefined;
  /** Equal names in flight share their questions. */
  readonly #inFlight = new Map<string, NameLookup>();
  readonly #heldAnswers = new HeldAnswers();
  #opening: Promise<OpenResolvers> | undefined;
  #taken = 0;
  /** What is not told now will be asked for again. */
  #isResumable = false;
  #resolvers: OpenResolvers | undefined;
  #asking: CheckedAsk | undefined;
  #context: LookupContext | undefined;
  #openingRegistrations: Promise<OpenRegistrations> | undefined;
  #registrations: OpenRegistrations | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ProbeOptions) {
    this.#options = resolveOptions(probeOptions, options);
    validateTransport(this.#options);
    const { transport, types, tlds, concurrency, shard } = this.#options;
    this.#types = types.map((type) => typeNumber(type) as number);
    this.#rules = nameRulesOf(types);
    this.#tlds = tlds.map((tld) => cleanTld(tld) as string);
    this.#shard = shard === undefined ? undefined : parseShard(shard);
    this.#concurrency =
      transport === 'system' ? Math.min(concurrency, SYSTEM_CONCURRENCY) : concurrency;
    this.#outer = options.signal;
    // Any number of streams may be under way at once.
    setMaxListeners(0, this.#closing.signal);
    if (this.#outer?.aborted) this.#onAbort();
    else this.#outer?.addEventListener('abort', this.#onAbort);
  }

  async probe(name: string): Promise<ProbeResult> {
    for await (const result of this.results([name])) return result;
    throw new Error('The prober was closed');
  }

  async *results(names: Names): AsyncGenerator<ProbeResult, void, undefined> {
    refuseText(names, 'names');
    const entries = this.#paced(
      mapSource(names, (name) => [name]),
      same,
    );
    yield* asCompletedLists(entries, this.#begin, await this.#ready());
  }

  async *batches(lists: NameLists): AsyncGenerator<ProbeResult[], void, undefined> {
    const entries = this.#paced(mapSource(lists, same), same);
    yield* asCompletedBatches(entries, this.#begin, await this.#ready());
  }

  async *numbered(
    lists: NameLists,
    earlier = noResumedPart,
  ): AsyncGenerator<NumberedResult[], void, undefined> {
    this.#isResumable = true;
    let next = 0;
    const held: Entry[] = [];
    const number = (entries: readonly Entry[]) => {
      for (const entry of entries) entry.number = next++;
      const open = entries.filter((entry) => !earlier.isDone(entry.number));
      if (held.length === 0 && earlier.isVerified) return open;
      for (const entry of open) held.push(entry);
      return earlier.isVerified ? held.splice(0) : [];
    };
    // One function for all names, not one for each.
    let told: Settle = () => {};
    let last: unknown;
    const begin = (entry: Entry, settle: (numbered: NumberedResult) => void) => {
      if (settle !== last) told = (result, number) => settle({ number, result });
      last = settle;
      this.#begin(entry, told);
    };
    const entries = this.#paced(mapSource(lists, same), number);
    yield* asCompletedBatches(entries, begin, await this.#ready());
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#outer?.removeEventListener('abort', this.#onAbort);
    this.#closing.abort(new Error('The prober was closed'));
    this.#resolvers?.stop();
    this.#asking?.close();
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.close();
    const registrations = await this.#openingRegistrations?.catch(() => undefined);
    await registrations?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #onAbort = (): void => {
    if (!this.#isResumable) this.#context?.wildcards?.conclude();
    this.#closing.abort(this.#outer?.reason);
    this.#resolvers?.stop();
    this.#asking?.close();
  };

  #entries(texts: readonly string[]): Entry[] {
    const shard = this.#shard;
    const all = entriesOf(texts, this.#tlds, this.#rules);
    // With `rdap` all names of a domain are in one part, so that its registry is asked once.
    const keyOf = this.#registrations?.shardKey ?? same;
    const entries = shard ? all.filter(({ name }) => isInShard(keyOf(name), shard)) : all;
    this.#taken += entries.length;
    return entries;
  }

  get registryQueue(): RegistryQueue | undefined {
    const { waiting: names = 0, slowest } = this.#registrations?.lookup ?? {};
    return slowest && { names, ...slowest };
  }

  get taken(): number {
    return this.#taken;
  }

  get distrusted(): number | undefined {
    return this.#asking?.distrusted;
  }

  async viewOutside(): Promise<OutsideView | undefined> {
    const { transport, checkResolvers } = this.#options;
    if (!this.#resolvers || checkResolvers === 'off' || transport === 'system') return undefined;
    const { viewOutside } = await import('./outside-view.js');
    if (this.#closing.signal.aborted) return undefined;
    const { pool } = this.#resolvers;
    const failing = new Set(pool.outage.failing.map(({ resolver }) => resolver));
    const answering = pool.resolvers.filter((resolver) => !failing.has(resolver));
    const believed = answering.filter((resolver) => this.#asking?.isBelieved(resolver));
    const asked = believed.length > 0 ? believed : answering;
    return viewOutside(askOf(pool), asked, this.#closing.signal);
  }

  get resolvers(): ResolverReport | undefined {
    return this.#resolvers?.report;
  }

  get contradicted(): number | undefined {
    return this.#asking?.contradicted;
  }

  /** Names as entries, a few at a time, and only when the pool has room for them. */
  #paced<E>(
    source: Source<readonly string[]>,
    each: (entries: readonly Entry[]) => readonly E[],
  ): Source<readonly E[]> {
    let list: readonly string[] = [];
    let at = 0;
    const take = (): IteratorResult<readonly E[]> => {
      const texts = list.slice(at, at + SLICE);
      at += SLICE;
      return { done: false, value: each(this.#entries(texts)) };
    };
    const accept = (result: IteratorResult<readonly string[]>) => {
      if (result.done) return result;
      list = result.value;
      at = 0;
      return take();
    };
    const next = () => {
      if (at < list.length) return take();
      const result = source.next();
      return isPromise(result) ? result.then(accept) : accept(result);
    };
    return {
      next: () => this.#room?.then(next) ?? next(),
      return: () => source.return?.(),
    };
  }

  /** While resolvers, checks or registries have too much to do: resolves when more names are welcome. */
  get #room(): Promise<void> | undefined {
    return this.#resolvers?.room ?? this.#heldAnswers.room ?? this.#registrations?.lookup.room;
  }

  async #ready() {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    this.#opening ??= this.#open();
    const resolvers = await this.#opening;
    const asking = this.#asking as CheckedAsk;
    if (this.#options.rdap) this.#registrations = await this.#openRegistrations(asking);
    this.#context ??= this.#newContext(resolvers, asking);
    if (signal.aborted) resolvers.stop();
    const concurrency = OUTSTANDING + (this.#registrations?.maxWaiting ?? 0);
    return { concurrency, ordered: this.#options.ordered, signal };
  }

  async #open(): Promise<OpenResolvers> {
    const resolvers = await openResolvers(this.#options, this.#concurrency);
    this.#resolvers = resolvers;
    this.#asking = await askWith(resolvers, this.#options, this.#heldAnswers);
    return resolvers;
  }

  /** Loaded only where it is asked for: the public suffix list and an HTTP client are large. */
  #openRegistrations({ ask }: CheckedAsk): Promise<OpenRegistrations> {
    const { signal } = this.#closing;
    this.#openingRegistrations ??= import('./open-registrations.js').then(({ openRegistrations }) =>
      openRegistrations(this.#options, ask, signal),
    );
    return this.#openingRegistrations;
  }

  #newContext({ pool }: OpenResolvers, asking: CheckedAsk): LookupContext {
    const { wildcards } = this.#options;
    const held = this.#heldAnswers;
    return {
      ask: asking.ask,
      now: () => pool.now,
      inFlight: this.#inFlight,
      wildcards: wildcards === 'off' ? undefined : new WildcardSiblings({ ...asking, held }),
      isWildcardMissing: wildcards === 'missing',
      registrations: this.#registrations?.lookup,
    };
  }

  readonly #begin = (entry: Entry, settle: Settle): void => {
    const { input, name, number, invalid } = entry;
    if (invalid) {
      const nothing = { registration: null, registrationReason: invalid };
      const registration = this.#options.rdap ? nothing : undefined;
      settle({ name, input, status: 'invalid', reason: invalid, ms: 0, ...registration }, number);
      return;
    }
    const running = this.#inFlight.get(name);
    if (running) {
      running.add({ input, number, settle });
      return;
    }
    const lookup = new NameLookup(entry, settle, this.#context as LookupContext);
    this.#inFlight.set(name, lookup);
    lookup.start(this.#types);
  };
}

const same = <T>(value: T): T => value;
