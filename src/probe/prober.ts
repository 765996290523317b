/** Names in, verdicts out: the use case behind `flagprobe probe`. */

import { getServers } from 'node:dns';
import { setMaxListeners } from 'node:events';
import { asCompletedBatches, asCompletedLists } from '../core/as-completed.js';
import type { ProbeResult } from '../core/model.js';
import { isInShard, parseShard, type Shard } from '../core/shard.js';
import { isPromise, mapSource, type Source } from '../core/source.js';
import { UsageError } from '../core/usage-error.js';
import { TYPE, typeNumber } from '../dns/types.js';
import { cleanTld } from '../names/domain.js';
import { type Entry, entriesOf } from '../names/entries.js';
import { type Settled, settle } from '../options/rule.js';
import { ResolverPool } from '../resolver/scheduler.js';
import type { ResolverAddress } from '../resolver/upstream.js';
import type { DnsServer } from '../server/dns-server.js';
import {
  type Endpoint,
  formatEndpoint,
  parseEndpoint,
  type Trust,
} from '../transports/endpoint.js';
import { transports } from '../transports/index.js';
import { checkAgreement } from '../transports/validate-transport.js';
import {
  addressFinding,
  type Finding,
  type Inquirer,
  type Oracle,
  resultOf,
  Search,
  TypesSearch,
} from './name-lookup.js';
import { probeRules } from './options.js';
import { Wildcards } from './wildcards.js';

export interface ProbeOptions {
  /** Questions in flight, all resolvers together (1000; `system` 32). */
  readonly concurrency?: number | undefined;
  /** Seconds that one try may take (3). */
  readonly timeout?: number | undefined;
  /** Tries a question, the first included (5). */
  readonly tries?: number | undefined;
  /** `auto`, `system`, `udp`, `tcp`, `tls` or `https` (`auto`). */
  readonly transport?: (typeof probeRules.transport)['or'] | undefined;
  /**
   * `192.0.2.1`, `[2001:db8::1]:53`, `dns.example:53`, `local` (the system's resolvers); for `https`
   * URLs, `https://dns.example/dns-query`.
   */
  readonly resolvers?: readonly string[] | undefined;
  /** `tls`, `https`: the name that the certificate must be for (the resolver's host). */
  readonly tlsName?: string | undefined;
  /** `tls`, `https`: certificates in PEM that are trusted (those that come with node). */
  readonly tlsCa?: string | undefined;
  /** Record types, `MX` or `TYPE65` (an address: A, and AAAA where there is no A). */
  readonly types?: readonly string[] | undefined;
  /**
   * What becomes of a found name when a random name beside it has the same: `mark` sets `wildcard`,
   * `missing` makes it missing, `off` does not ask (`mark`).
   */
  readonly wildcards?: (typeof probeRules.wildcards)['or'] | undefined;
  /** Every name without a dot is asked under each of these. */
  readonly tlds?: readonly string[] | undefined;
  /** Questions a second that each resolver is asked at the most, tries again included; 0 is no limit (0). */
  readonly rate?: number | undefined;
  /** Seconds that the run waits while no resolver answers; 0 is no limit (30). */
  readonly outage?: number | undefined;
  /** Told when no resolver answers any more, and when one does again. */
  readonly onOutage?: ((isOut: boolean) => void) | undefined;
  /** `2/5`: only the second of five parts of the names, split by a hash; the union is the whole. */
  readonly shard?: string | undefined;
  /** Results in the order of the names (false: as they settle). */
  readonly ordered?: boolean | undefined;
  /** Stops everything; what is running then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

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
   * input, counted from 0; with `tlds` a word counts once under each. What `isDone` says is done is
   * not asked.
   */
  numbered(
    lists: NameLists,
    isDone?: (number: number) => boolean,
  ): AsyncGenerator<NumberedResult[], void, undefined>;
  /** How many verdicts were owed so far: one for each name taken, with `tlds` more. */
  readonly taken: number;
  /** Closes every socket. Whoever still waits for a verdict gets an error. */
  close(): Promise<void>;
}

/** A verdict and which input it is about. */
export interface NumberedResult {
  readonly number: number;
  readonly result: ProbeResult;
}

/** Yields one verdict for each name, as they settle. Throws a {@link UsageError} for a bad option. */
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

/** The verdict for one name. */
export async function probe(name: string, options: ProbeOptions = {}): Promise<ProbeResult> {
  const prober = openProber(options);
  try {
    return await prober.probe(name);
  } finally {
    await prober.close();
  }
}

/** Opens a prober. Nothing is sent yet. Throws a {@link UsageError} for a bad option. */
export function openProber(options: ProbeOptions = {}): Prober {
  return new PoolProber(options);
}

/** getaddrinfo takes a thread for each question. */
const SYSTEM_CONCURRENCY = 32;

/**
 * The most names that may be on their way at once. Far more than the windows let out: names that
 * nobody answers wait long, and must not hold up the others.
 */
const OUTSTANDING = 65_536;

/** Names that are made ready at a time: those of a long list would only grow old. */
const SLICE = 256;

class PoolProber implements Prober {
  readonly #options;
  readonly #types: readonly number[];
  readonly #tlds: readonly string[];
  readonly #shard: Shard | undefined;
  readonly #concurrency: number;
  readonly #closing = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOutage: ProbeOptions['onOutage'];
  /** Equal names in flight share their questions. */
  readonly #inFlight = new Map<string, Inquiry>();
  #opening: Promise<Opened> | undefined;
  #taken = 0;
  #pool: ResolverPool | undefined;
  #shared: Shared | undefined;

  constructor(options: ProbeOptions) {
    this.#options = settle(probeRules, options);
    checkAgreement(this.#options);
    const { transport, types, tlds, concurrency } = this.#options;
    this.#types = types.map((type) => typeNumber(type) as number);
    this.#tlds = tlds.map((tld) => cleanTld(tld) as string);
    this.#shard = parseShard(this.#options.shard);
    this.#concurrency =
      transport === 'system' ? Math.min(concurrency, SYSTEM_CONCURRENCY) : concurrency;
    this.#outer = options.signal;
    // Any number of streams may be under way at once.
    setMaxListeners(0, this.#closing.signal);
    this.#onOutage = options.onOutage;
    if (this.#outer?.aborted) this.#onAbort();
    else this.#outer?.addEventListener('abort', this.#onAbort);
  }

  async probe(name: string): Promise<ProbeResult> {
    for await (const result of this.results([name])) return result;
    throw new Error('The prober was closed');
  }

  async *results(names: Names): AsyncGenerator<ProbeResult, void, undefined> {
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
    isDone: (number: number) => boolean = () => false,
  ): AsyncGenerator<NumberedResult[], void, undefined> {
    let next = 0;
    const number = (entries: readonly Entry[]) => {
      for (const entry of entries) entry.number = next++;
      return entries.filter((entry) => !isDone(entry.number));
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

  async close(): Promise<void> {
    this.#outer?.removeEventListener('abort', this.#onAbort);
    this.#closing.abort(new Error('The prober was closed'));
    this.#pool?.close();
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.server?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #onAbort = (): void => {
    this.#closing.abort(this.#outer?.reason);
    this.#pool?.close();
  };

  #entries(texts: readonly string[]): Entry[] {
    const shard = this.#shard;
    const all = entriesOf(texts, this.#tlds, this.#types.includes(TYPE.PTR));
    const entries = shard ? all.filter(({ name }) => isInShard(name, shard)) : all;
    this.#taken += entries.length;
    return entries;
  }

  get taken(): number {
    return this.#taken;
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
      next: () => this.#pool?.room?.then(next) ?? next(),
      return: () => source.return?.(),
    };
  }

  async #ready() {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    this.#opening ??= open(this.#options, this.#concurrency, this.#onOutage);
    const { pool } = await this.#opening;
    this.#pool = pool;
    this.#shared ??= {
      oracle: pool,
      inFlight: this.#inFlight,
      wildcards: this.#options.wildcards === 'off' ? undefined : new Wildcards(pool),
      isMissing: this.#options.wildcards === 'missing',
    };
    if (signal.aborted) pool.close();
    return { concurrency: OUTSTANDING, ordered: this.#options.ordered, signal };
  }

  readonly #begin = (entry: Entry, settle: Settle): void => {
    const { input, name, number, invalid } = entry;
    if (invalid) {
      settle({ name, input, status: 'invalid', reason: invalid, ms: 0 }, number);
      return;
    }
    const shared = this.#inFlight.get(name);
    if (shared) {
      shared.others ??= [];
      shared.others.push({ input, number, settle });
      return;
    }
    const inquiry = new Inquiry(entry, settle, this.#shared as Shared);
    this.#inFlight.set(name, inquiry);
    inquiry.start(this.#types);
  };
}

const same = <T>(value: T): T => value;

/** Takes a verdict, and the number of the input that it is for. */
type Settle = (result: ProbeResult, number: number) => void;

/** An input that waits for the verdict about its name. */
interface Waiting {
  readonly input: string;
  readonly number: number;
  readonly settle: Settle;
}

/** All that is asked about one name, for every input that has it. */
class Inquiry implements Inquirer, Waiting {
  readonly name: string;
  readonly input: string;
  readonly number: number;
  others: Waiting[] | undefined;
  readonly #start: number;
  readonly #shared: Shared;

  constructor(
    { name, input, number }: Entry,
    readonly settle: Settle,
    shared: Shared,
  ) {
    this.name = name;
    this.input = input;
    this.number = number;
    this.#shared = shared;
    this.#start = shared.oracle.now;
  }

  start(types: readonly number[]): void {
    const { oracle } = this.#shared;
    if (types.length === 0) {
      new Search(oracle, TYPE.A, this).start(this.name);
    } else {
      new TypesSearch(oracle, types, (finding) => this.#check(finding)).start(this.name);
    }
  }

  found(finding: Finding, { type }: Search): void {
    const final = addressFinding(finding, type);
    if (final) this.#check(final);
    else new Search(this.#shared.oracle, TYPE.AAAA, this).start(this.name);
  }

  #check(finding: Finding): void {
    const { wildcards, isMissing } = this.#shared;
    if (finding.outcome !== 'found' || !wildcards) {
      this.#done(finding);
      return;
    }
    wildcards.judge(this.name, finding, (isWildcard) => {
      if (!isWildcard) this.#done(finding);
      else if (isMissing) this.#done({ ...finding, outcome: 'nxdomain', wildcard: true });
      else this.#done({ ...finding, wildcard: true });
    });
  }

  #done(finding: Finding): void {
    const { inFlight, oracle } = this.#shared;
    inFlight.delete(this.name);
    const ms = Math.round((oracle.now - this.#start) * 10) / 10;
    this.settle(resultOf(this.name, this.input, finding, ms), this.number);
    if (!this.others) return;
    for (const { input, number, settle } of this.others) {
      settle(resultOf(this.name, input, finding, ms), number);
    }
  }
}

/** What every inquiry of a prober shares. */
interface Shared {
  readonly oracle: Oracle;
  readonly inFlight: Map<string, Inquiry>;
  readonly wildcards: Wildcards | undefined;
  /** Whether a name that only a wildcard answers for counts as missing. */
  readonly isMissing: boolean;
}

interface Opened {
  readonly pool: ResolverPool;
  /** The embedded server, if `local` is among the resolvers. */
  readonly server: DnsServer | undefined;
}

async function open(
  options: Settled<typeof probeRules>,
  concurrency: number,
  onOutage: ProbeOptions['onOutage'],
): Promise<Opened> {
  const { transport, tries, timeout } = options;
  const first = transport === 'auto' ? 'udp' : transport;
  const usual = await transports[first].load();
  const stream = first === 'udp' ? await transports.tcp.load() : undefined;
  const texts = options.resolvers.length > 0 ? options.resolvers : getServers();
  let server: DnsServer | undefined;
  if (texts.includes('local')) {
    const { openDnsServer } = await import('../server/dns-server.js');
    server = await openDnsServer();
  }
  const pool = new ResolverPool({
    resolvers:
      first === 'system'
        ? [systemResolver]
        : distinctResolvers(texts, usual.usualPort, trustOf(options), server),
    first: usual,
    stream,
    chooses: transport === 'auto',
    concurrency,
    timeout: timeout * 1000,
    tries,
    rate: options.rate || undefined,
    outage: options.outage * 1000,
    onOutage,
  });
  return { pool, server };
}

const systemResolver: ResolverAddress = {
  label: 'system',
  endpoint: { host: '', port: undefined },
};

function trustOf({ tlsName, tlsCa }: Settled<typeof probeRules>): Trust {
  return { name: tlsName || undefined, ca: tlsCa || undefined };
}

/** Each resolver once, by the name that results call it. */
function distinctResolvers(
  texts: readonly string[],
  usualPort: number,
  trust: Trust,
  local: DnsServer | undefined,
): ResolverAddress[] {
  const byLabel = new Map<string, ResolverAddress>();
  for (const text of texts) {
    const endpoint: Endpoint | undefined = text === 'local' ? local : parseEndpoint(text);
    if (!endpoint) continue;
    const label = text === 'local' ? text : formatEndpoint(endpoint, usualPort);
    byLabel.set(label, { label, endpoint: { ...endpoint, trust } });
  }
  return [...byLabel.values()];
}
