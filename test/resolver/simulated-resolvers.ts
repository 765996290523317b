/**
 * Resolvers that say what they are told to, on a virtual clock, and a whole probe over them: scheduler, checks and wildcards are
 * the product's own. Each run is like the other, and waits for nothing.
 */

import type { DnsRecord, ProbeResult } from '../../src/core/model.js';
import { bareReply, RCODE, type Reply } from '../../src/dns/message.js';
import { TYPE } from '../../src/dns/types.js';
import { askOf } from '../../src/probe/check-and-confirm.js';
import { type LookupContext, NameLookup } from '../../src/probe/name-lookup.js';
import { WildcardSiblings } from '../../src/probe/wildcard-siblings.js';
import { checkedAsk } from '../../src/resolver/checked-ask.js';
import type { DistrustNotice } from '../../src/resolver/distrust-text.js';
import { HeldAnswers } from '../../src/resolver/held-answers.js';
import { Scheduler } from '../../src/resolver/scheduler.js';
import { uncheckedAsk } from '../../src/resolver/unchecked-ask.js';
import type {
  Connection,
  ConnectionEvents,
  Failure,
  Query,
  Transport,
} from '../../src/transports/connection.js';
import { tcp } from '../../src/transports/tcp.js';
import { udp } from '../../src/transports/udp.js';
import { randomFrom, VirtualClock } from '../pacing/simulated-world.js';

/** One question that has arrived. */
export interface Arrived {
  readonly name: string;
  readonly type: number;
  readonly isStream: boolean;
  /** From 0 to 1, another each time. */
  readonly chance: () => number;
}

/** What is answered; undefined is nothing that matches the question. */
type Said = Reply | Failure | undefined;

/** Times in milliseconds. */
export interface SimulatedResolver {
  readonly says: (asked: Arrived) => Said;
  readonly roundTrip?: number;
  /** How long it takes for this name. */
  readonly takes?: (asked: Arrived) => number;
  /** Its CPU: milliseconds a question, and how many may wait for it. What is more is lost. */
  readonly cpu?: { readonly ms: number; readonly queue: number };
}

export interface Probe {
  readonly resolvers: readonly SimulatedResolver[];
  readonly names: readonly string[];
  readonly seed?: number;
  readonly isChecked?: boolean;
}

export interface Probed {
  readonly verdicts: ReadonlyMap<string, ProbeResult>;
  /** Milliseconds until the last verdict. */
  readonly ms: number;
  readonly questions: number;
  readonly notices: readonly DistrustNotice[];
}

class Simulation {
  readonly clock = new VirtualClock();
  readonly chance: () => number;
  questions = 0;
  /** When the CPU of each resolver is free. */
  readonly freeAt: number[];

  constructor(
    readonly resolvers: readonly SimulatedResolver[],
    seed: number,
  ) {
    this.chance = randomFrom(seed);
    this.freeAt = resolvers.map(() => 0);
  }

  /** How long a question waits that comes at this time and what it takes; undefined if it is lost. */
  work(number: number, at: number): number | undefined {
    const { cpu } = this.resolvers[number] as SimulatedResolver;
    if (!cpu) return 0;
    const waits = Math.max(0, (this.freeAt[number] as number) - at);
    if (waits > cpu.queue * cpu.ms) return undefined;
    this.freeAt[number] = at + waits + cpu.ms;
    return waits + cpu.ms;
  }
}

class SimulatedConnection implements Connection {
  readonly room = 30_000;
  readonly #simulation: Simulation;
  readonly #number: number;
  readonly #resolver: SimulatedResolver;
  readonly #events: ConnectionEvents;
  readonly #isStream: boolean;
  readonly #waiting = new Set<Query>();
  #openAt = 0;

  constructor(simulation: Simulation, host: string, events: ConnectionEvents, isStream: boolean) {
    this.#simulation = simulation;
    this.#number = Number(host);
    this.#resolver = simulation.resolvers[this.#number] as SimulatedResolver;
    this.#events = events;
    this.#isStream = isStream;
    if (!isStream) return;
    this.#openAt = simulation.clock.now + this.#roundTrip;
    simulation.clock.at(this.#openAt, () => events.onOpen());
  }

  get #roundTrip(): number {
    return this.#resolver.roundTrip ?? 1;
  }

  send(query: Query): void {
    const { clock, chance } = this.#simulation;
    const { name, type } = query.question;
    this.#simulation.questions++;
    this.#waiting.add(query);
    const asked = { name, type, isStream: this.#isStream, chance };
    const start = Math.max(clock.now, this.#openAt);
    const work = this.#simulation.work(this.#number, start + this.#roundTrip / 2);
    if (work === undefined) return;
    const said = this.#resolver.says(asked);
    if (!said) return;
    const jitter = this.#roundTrip * 0.1 * chance();
    const takes = this.#roundTrip + jitter + work + (this.#resolver.takes?.(asked) ?? 0);
    clock.at(start + takes, () => {
      if (this.#waiting.delete(query)) this.#events.onAnswer(query, said);
    });
  }

  cancel(query: Query): void {
    this.#waiting.delete(query);
  }

  close(): void {
    this.#waiting.clear();
  }
}

function transportOf(simulation: Simulation, isStream: boolean): Transport {
  return {
    ...(isStream ? tcp : udp),
    open: ({ host }, events) => new SimulatedConnection(simulation, host, events, isStream),
  };
}

/** What takes its time from the system takes it from the clock instead. @returns what puts the system's back */
function replaceTimers(clock: VirtualClock): () => void {
  const { setInterval, clearInterval } = globalThis;
  const repeat = (callback: () => void, ms: number) => {
    const timer = { ...clock.every(ms, callback), unref: () => timer };
    return timer;
  };
  globalThis.setInterval = repeat as never;
  globalThis.clearInterval = ((timer?: { stop(): void }) => timer?.stop()) as never;
  return () => {
    Object.assign(globalThis, { setInterval, clearInterval });
  };
}

/** Names that are made ready at a time. */
const SLICE = 256;
const TOO_LONG_MS = 600_000;

/** Probes with the settings that are usual. */
export function probe({ resolvers, names, seed = 1, isChecked = true }: Probe): Probed {
  const simulation = new Simulation(resolvers, seed);
  const { clock } = simulation;
  const putBack = replaceTimers(clock);
  const notices: DistrustNotice[] = [];
  const verdicts = new Map<string, ProbeResult>();
  const held = new HeldAnswers();
  const pool = new Scheduler({
    resolvers: resolvers.map((_, i) => ({
      label: `r${i}`,
      endpoint: { host: String(i), port: undefined },
    })),
    first: transportOf(simulation, false),
    stream: transportOf(simulation, true),
    chooses: true,
    concurrency: 10_000,
    timeout: 3000,
    tries: 5,
    outage: 30_000,
    clock,
  });
  const ask = askOf(pool);
  const asking =
    isChecked && resolvers.length > 1
      ? checkedAsk({
          ...{ ask, resolvers: pool.resolvers, held, label: 'no-name-has-this' },
          exclude: (labels) => pool.exclude(labels),
          onDistrust: (notice) => notices.push(notice),
        })
      : uncheckedAsk(ask);
  const context: LookupContext = {
    ask: asking.ask,
    now: () => clock.now,
    inFlight: new Map(),
    wildcards: new WildcardSiblings({ ...asking, held }),
    isWildcardMissing: false,
    registrations: undefined,
  };
  let next = 0;
  let ms = 0;
  const settle = (result: ProbeResult) => {
    verdicts.set(result.name, result);
    ms = clock.now;
  };
  const feed = () => {
    while (next < names.length && pool.hasRoom && !held.isFull) {
      for (const end = next + SLICE; next < Math.min(end, names.length); next++) {
        const name = names[next] as string;
        const entry = { input: name, name, number: next };
        const lookup = new NameLookup(entry, settle, context);
        context.inFlight.set(name, lookup);
        lookup.start([]);
      }
    }
    if (next >= names.length) return;
    if (pool.hasRoom) void held.room?.then(feed);
    else pool.whenRoom(feed);
  };
  try {
    feed();
    while (verdicts.size < names.length && clock.now < TOO_LONG_MS && clock.step());
  } finally {
    pool.close();
    asking.close();
    putBack();
  }
  return { verdicts, ms, questions: simulation.questions, notices };
}

/** What a resolver says that knows which names exist. */
export function truth(exists: (name: string) => boolean): (asked: Arrived) => Reply {
  return ({ name, type }) => {
    if (type === TYPE.NS && !name.includes('.')) return found(name, 'NS', 'ns.example');
    if (!exists(name)) return denied;
    return type === TYPE.A ? found(name) : nodata;
  };
}

export const denied: Reply = { ...bareReply(RCODE.NXDOMAIN), isRecursive: true, hasSoa: true };
export const nodata: Reply = { ...bareReply(RCODE.NOERROR), isRecursive: true, hasSoa: true };

export function found(name: string, type = 'A', data = '192.0.2.1'): Reply {
  const records: DnsRecord[] = [{ name, type, ttl: 60, data }];
  return { ...bareReply(RCODE.NOERROR), isRecursive: true, records };
}
