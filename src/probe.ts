/** Names in, verdicts out: the use case behind `flagprobe probe`. */

import { getServers } from 'node:dns';
import { asCompletedBatches, asCompletedLists } from './core/as-completed.js';
import type { ProbeResult } from './core/model.js';
import { mapSource } from './core/source.js';
import { UsageError } from './core/usage-error.js';
import { TYPE, typeNumber } from './dns/types.js';
import { cleanTld } from './names/domain.js';
import { type Entry, entriesOf } from './names/entries.js';
import { probeRules, type Settled, settle } from './options.js';
import type { DnsServer } from './server/dns-server.js';
import { type Endpoint, formatEndpoint, parseEndpoint } from './transports/endpoint.js';
import { transports } from './transports/index.js';
import { type Resolver, ResolverPool } from './transports/pool.js';
import { type Ask, askAddress, askTypes, type Verdict } from './verdict.js';

export interface ProbeOptions {
  /** Questions in flight, all resolvers together (100; `system` 32). */
  readonly concurrency?: number | undefined;
  /** Seconds that one try may take (3). */
  readonly timeout?: number | undefined;
  /** Tries a question, the first included (5). */
  readonly tries?: number | undefined;
  /** `auto`, `system`, `udp` or `tcp` (`auto`). */
  readonly transport?: (typeof probeRules.transport)['or'] | undefined;
  /** `192.0.2.1`, `[2001:db8::1]:53`, `dns.example:53`, `local` (the system's resolvers). */
  readonly resolvers?: readonly string[] | undefined;
  /** Record types, `MX` or `TYPE65` (an address: A, and AAAA where there is no A). */
  readonly types?: readonly string[] | undefined;
  /** Every name without a dot is asked under each of these. */
  readonly tlds?: readonly string[] | undefined;
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
  /** How many verdicts were owed so far: one for each name taken, with `tlds` more. */
  readonly taken: number;
  /** Closes every socket. Whoever still waits for a verdict gets an error. */
  close(): Promise<void>;
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
const DNS_PORT = 53;

class PoolProber implements Prober {
  readonly #options;
  readonly #types: readonly number[];
  readonly #tlds: readonly string[];
  readonly #concurrency: number;
  readonly #closing = new AbortController();
  readonly #outer: AbortSignal | undefined;
  /** Equal names in flight share their questions. */
  readonly #inFlight = new Map<string, Promise<Timed>>();
  #opening: Promise<Opened> | undefined;
  #taken = 0;
  #pool: ResolverPool | undefined;

  constructor(options: ProbeOptions) {
    this.#options = settle(probeRules, options);
    const { transport, types, tlds, resolvers, concurrency } = this.#options;
    if (transport === 'system' && types.length > 0) {
      throw new UsageError(
        'Expected `transport` to be auto, udp or tcp with `types`: `system` can only ask for addresses',
      );
    }
    if (transport === 'system' && resolvers.length > 0) {
      throw new UsageError(
        'Expected `transport` to be auto, udp or tcp with `resolvers`: `system` asks whom the system asks',
      );
    }
    this.#types = types.map((type) => typeNumber(type) as number);
    this.#tlds = tlds.map((tld) => cleanTld(tld) as string);
    this.#concurrency =
      transport === 'system' ? Math.min(concurrency, SYSTEM_CONCURRENCY) : concurrency;
    this.#outer = options.signal;
    if (this.#outer?.aborted) this.#onAbort();
    else this.#outer?.addEventListener('abort', this.#onAbort);
  }

  async probe(name: string): Promise<ProbeResult> {
    for await (const result of this.results([name])) return result;
    throw new UsageError(`Expected \`name\` to be a text, got \`${name}\` (${typeof name})`);
  }

  async *results(names: Names): AsyncGenerator<ProbeResult, void, undefined> {
    const entries = mapSource(names, (name) => this.#entries([name]));
    yield* asCompletedLists(entries, this.#work, await this.#ready());
  }

  async *batches(lists: NameLists): AsyncGenerator<ProbeResult[], void, undefined> {
    const entries = mapSource(lists, (names) => this.#entries(names));
    yield* asCompletedBatches(entries, this.#work, await this.#ready());
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
    const entries = entriesOf(texts, this.#tlds, this.#types.includes(TYPE.PTR));
    this.#taken += entries.length;
    return entries;
  }

  get taken(): number {
    return this.#taken;
  }

  async #ready() {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    this.#opening ??= open(this.#options, this.#concurrency);
    this.#pool = (await this.#opening).pool;
    if (signal.aborted) this.#pool.close();
    return { concurrency: this.#concurrency, ordered: this.#options.ordered, signal };
  }

  readonly #work = (entry: Entry): ProbeResult | Promise<ProbeResult> => {
    const { input, name, invalid } = entry;
    if (invalid) return { name, input, status: 'invalid', reason: invalid, ms: 0 };
    let verdict = this.#inFlight.get(name);
    if (!verdict) {
      verdict = this.#verdict(name);
      this.#inFlight.set(name, verdict);
    }
    return verdict.then((settled) => ({ name, input, ...settled }) as ProbeResult);
  };

  #verdict(name: string): Promise<Timed> {
    const start = performance.now();
    const asked =
      this.#types.length > 0 ? askTypes(this.#ask, name, this.#types) : askAddress(this.#ask, name);
    return asked.then((verdict) => {
      this.#inFlight.delete(name);
      return { ...verdict, ms: Math.round((performance.now() - start) * 10) / 10 };
    });
  }

  readonly #ask: Ask = (question) => (this.#pool as ResolverPool).ask(question);
}

type Timed = Verdict & { readonly ms: number };

interface Opened {
  readonly pool: ResolverPool;
  /** The embedded server, if `local` is among the resolvers. */
  readonly server: DnsServer | undefined;
}

async function open(options: Settled<typeof probeRules>, concurrency: number): Promise<Opened> {
  const { transport, tries, timeout } = options;
  const first = transport === 'auto' ? 'udp' : transport;
  const texts = options.resolvers.length > 0 ? options.resolvers : getServers();
  let server: DnsServer | undefined;
  if (texts.includes('local')) {
    const { openDnsServer } = await import('./server/dns-server.js');
    server = await openDnsServer();
  }
  const pool = new ResolverPool({
    resolvers: first === 'system' ? [systemResolver] : distinctResolvers(texts, server),
    transport: first,
    open: await transports[first](),
    stream: first === 'udp' ? { transport: 'tcp', open: await transports.tcp() } : undefined,
    concurrency,
    timeout: timeout * 1000,
    tries,
  });
  return { pool, server };
}

const systemResolver: Resolver = { label: 'system', endpoint: { host: '', port: undefined } };

/** Each resolver once, by the name that results call it. */
function distinctResolvers(texts: readonly string[], local: DnsServer | undefined): Resolver[] {
  const byLabel = new Map<string, Resolver>();
  for (const text of texts) {
    const endpoint: Endpoint | undefined = text === 'local' ? local : parseEndpoint(text);
    if (!endpoint) continue;
    const label =
      text === 'local' ? text : formatEndpoint(endpoint.host, endpoint.port ?? DNS_PORT);
    byLabel.set(label, { label, endpoint });
  }
  return [...byLabel.values()];
}
