/**
 * Resolvers on a virtual clock: the product's own scheduler, pace and retries run over them without a
 * socket and without waiting. A hundred thousand names take well under two seconds.
 */

import type { DnsRecord } from '../../src/core/model.js';
import { ZERO } from '../../src/core/zero.js';
import { bareReply, RCODE, type Reply } from '../../src/dns/message.js';
import type { Clock } from '../../src/resolver/clock.js';
import type { QueryResult } from '../../src/resolver/query.js';
import { Scheduler } from '../../src/resolver/scheduler.js';
import type {
  Connection,
  ConnectionEvents,
  Query,
  Transport,
} from '../../src/transports/connection.js';
import { tcp } from '../../src/transports/tcp.js';
import { udp } from '../../src/transports/udp.js';

/** How a resolver behaves. Times in milliseconds, rates a second. */
export interface ResolverModel {
  readonly roundTrip: number;
  /** The round trip varies by as much, evenly. */
  readonly jitter?: number;
  /** The share of datagrams lost, each way. */
  readonly loss?: number;
  /** Once in so long, for so long, more is lost: milliseconds, and that share each way. */
  readonly lossAgain?: readonly [every: number, length: number, loss: number];
  /** Queries that it answers a second, and what happens to the others. */
  readonly limit?: {
    readonly rate: number;
    readonly by: 'drop' | 'refuse';
    readonly burst?: number;
    /** What it drops counts, too, up to so many seconds' worth: as long it answers nothing more. */
    readonly debt?: number;
  };
  /** Its CPU: milliseconds a query, and how many may wait for it. */
  readonly cpu?: { readonly ms: number; readonly queue: number };
  /** It asks another, at most so many at a time, and refuses what is more. */
  readonly forwards?: number;
  /** It asks another, so far away, for what it has not in its cache: names before the first number, and that share of the others. */
  readonly upstream?: { readonly ms: number; readonly first?: number; readonly share?: number };
  readonly isDead?: boolean;
  /** It is gone from the first moment to the second. */
  readonly gone?: readonly [from: number, to: number];
  /** The same again and again: once in so long, for so long, with so much of it over at the start. */
  readonly goneAgain?: readonly [every: number, length: number, phase: number];
  readonly hasTcp?: boolean;
  /** A stream breaks under each question whose number is a multiple of this. */
  readonly breaksAt?: number;
  /** The share of names that it never answers. */
  readonly hides?: number;
  /** What it says to every query. */
  readonly always?: 'refused' | 'servfail';
}

export interface World {
  readonly resolvers: readonly ResolverModel[];
  readonly names: number;
  /** The share of names that no resolver answers. */
  readonly dead?: number;
  /** The same for a block in the middle. */
  readonly deadBlock?: number;
  /** Names that are refused, each second one. */
  readonly refusesHalf?: boolean;
  readonly transport?: 'auto' | 'udp' | 'tcp';
  readonly concurrency?: number;
  readonly rate?: number;
  readonly tries?: number;
  /** Milliseconds that one attempt may take. */
  readonly timeout?: number;
  /** Milliseconds of our own CPU for a datagram and a frame, there and back; 0 is none. */
  readonly cost?: { readonly datagram: number; readonly frame: number };
  /** A process that is no steady machine: slower at first, and standing still now and then. */
  readonly unsteady?: {
    readonly slowFor: number;
    readonly factor: number;
    readonly pauseEvery: number;
    readonly pause: number;
  };
  readonly seed?: number;
}

export interface Outcome {
  /** Names a second. */
  readonly rate: number;
  /** Seconds until the last name was settled. */
  readonly seconds: number;
  /** Questions sent for each name. */
  readonly questions: number;
  /** The share of questions that found a limit exceeded. */
  readonly overrun: number;
  readonly unknown: number;
  /** Of those, names that some resolver would have answered. */
  readonly lost: number;
  /** Seconds from the last name first sent to the last name settled, and what is left of it once the slowest name's own time is taken off. */
  readonly tail: number;
  readonly over: number;
  /** The most seconds from a name first sent to its result. */
  readonly longest: number;
}

const DEAD = Number.POSITIVE_INFINITY;

export class VirtualClock implements Clock {
  now = ZERO + 1;

  /** When what is delivered now arrived; it may have waited for our own CPU. */
  arrivedAfter = ZERO;

  get readingSince(): number {
    return this.now;
  }

  get readUntil(): number {
    return this.now;
  }

  arrive(): number {
    return this.now;
  }

  refresh(): number {
    return this.now;
  }

  readonly #heap: Event[] = [];
  #order = 0;

  at(time: number, run: () => void): void {
    const heap = this.#heap;
    const event = { time: Math.max(time, this.now), order: this.#order++, run };
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[i] = heap[parent] as Event;
      i = parent;
    }
    heap[i] = event;
  }

  afterRead(callback: () => void): void {
    this.at(this.now, callback);
  }

  afterTurn(callback: () => void): void {
    this.at(this.now + 1, callback);
  }

  every(ms: number, callback: () => void): { stop(): void } {
    let isStopped = false;
    const again = () => {
      if (isStopped) return;
      callback();
      this.at(this.now + ms, again);
    };
    this.at(this.now + ms, again);
    return {
      stop() {
        isStopped = true;
      },
    };
  }

  /** @returns whether there was one */
  step(): boolean {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last) return false;
    const { length } = heap;
    let i = 0;
    for (let child = 1; child < length; child = 2 * i + 1) {
      if (child + 1 < length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[i] = heap[child] as Event;
      i = child;
    }
    if (length > 0) heap[i] = last;
    this.now = first.time;
    first.run();
    return true;
  }
}

interface Event {
  readonly time: number;
  readonly order: number;
  readonly run: () => void;
}

const isBefore = (a: Event, b: Event) =>
  a.time < b.time || (a.time === b.time && a.order < b.order);

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Half of the names are cached; the others take their time, as names do. */
function nameDelays({ names, dead = 0, deadBlock = 0 }: World, random: () => number): Float64Array {
  return Float64Array.from({ length: names }, (_, i) => {
    const kind = random();
    const value = random();
    if (random() < dead || Math.abs(i - names / 2) < deadBlock / 2) return DEAD;
    if (kind < 0.5) return 0;
    if (kind < 0.9) return -80 * Math.log(1 - value);
    return kind < 0.99 ? 200 + 800 * value : 1000 + 1500 * value;
  });
}

/** Of one shape for all: V8 would compile everything anew for each world whose models have other fields. */
function completed(model: ResolverModel) {
  const { rate, by, burst = (rate ?? 0) / 10, debt = 0 } = model.limit ?? {};
  return {
    roundTrip: model.roundTrip,
    jitter: model.jitter ?? 0,
    loss: model.loss ?? 0,
    lossAgain: model.lossAgain ?? ([1, 0, 0] as const),
    limit: rate === undefined ? undefined : { rate, by, burst, debt },
    cpu: model.cpu,
    forwards: model.forwards,
    upstream: { ms: 0, first: 0, share: 0, ...model.upstream },
    isDead: model.isDead ?? false,
    gone: model.gone ?? ([0, 0] as const),
    goneAgain: model.goneAgain ?? ([1, 0, 0] as const),
    hasTcp: model.hasTcp ?? true,
    breaksAt: model.breaksAt ?? DEAD,
    hides: model.hides ?? 0,
    always: model.always,
  };
}

type CompleteModel = ReturnType<typeof completed>;
type Limit = NonNullable<CompleteModel['limit']>;

/** One simulated resolver, whatever it is asked over. */
class SimulatedResolver {
  readonly model: CompleteModel;
  tokens: number;
  filledAt = ZERO;
  busyUntil = ZERO;
  forwarding = 0;
  streamed = 0;
  overrun = 0;

  constructor(
    model: ResolverModel,
    readonly world: Simulation,
  ) {
    this.model = completed(model);
    this.tokens = this.model.limit?.burst ?? 0;
  }

  /** A query arrives; `answer` is called when its answer leaves, if ever. */
  receive(name: string, answer: (rcode: number) => void): void {
    const { model, world } = this;
    const { now } = world.clock;
    const { limit, cpu, forwards, always } = model;
    if (this.isGone) return;
    if (limit && !this.#take(limit, now)) {
      this.overrun++;
      if (limit.by === 'refuse') answer(RCODE.REFUSED);
      return;
    }
    if (model.hides > 0 && name !== '' && Number(name) % 100 < model.hides * 100) return;
    let delay = name === '' ? 0 : world.delayOf(name);
    if (model.upstream.ms > 0) delay = this.#isCached(name) ? 0 : delay + model.upstream.ms;
    if (always || (name !== '' && world.isRefused(name))) {
      answer(always === 'servfail' ? RCODE.SERVFAIL : RCODE.REFUSED);
      return;
    }
    if (cpu) {
      const waiting = Math.max(0, this.busyUntil - now);
      if (waiting / cpu.ms > cpu.queue) {
        this.overrun++;
        return;
      }
      this.busyUntil = now + waiting + cpu.ms;
      delay += waiting + cpu.ms;
    }
    if (delay === DEAD) return;
    if (forwards !== undefined && delay > 0) {
      if (this.forwarding >= forwards) {
        this.overrun++;
        answer(RCODE.REFUSED);
        return;
      }
      this.forwarding++;
      world.clock.at(now + delay, () => {
        this.forwarding--;
        answer(RCODE.NOERROR);
      });
      return;
    }
    if (delay === 0) answer(RCODE.NOERROR);
    else world.clock.at(now + delay, () => answer(RCODE.NOERROR));
  }

  /** What it was asked for before counts for none: only the names of the list are cached. */
  #isCached(name: string): boolean {
    const { first, share } = this.model.upstream;
    const number = Number(name);
    return name === '' || number < first || randomFrom(number)() < share;
  }

  get isGone(): boolean {
    const { gone, goneAgain } = this.model;
    const { now } = this.world.clock;
    const [every, length, phase] = goneAgain;
    return (now >= gone[0] && now < gone[1]) || (now + phase) % every < length;
  }

  #take({ rate, burst, debt }: Limit, now: number): boolean {
    this.tokens = Math.min(burst, this.tokens + ((now - this.filledAt) / 1000) * rate);
    this.filledAt = now;
    const isWithin = this.tokens >= 1;
    if (isWithin || debt > 0) this.tokens = Math.max(-debt * rate, this.tokens - 1);
    return isWithin;
  }

  /** The share of datagrams that are lost now. */
  get loss(): number {
    const { loss, lossAgain } = this.model;
    const [every, length, more] = lossAgain;
    return this.world.clock.now % every < length ? Math.max(loss, more) : loss;
  }
}

const record = (name: string): DnsRecord => ({ name, type: 'A', ttl: 60, data: '192.0.2.1' });
const replies = new Map<number, Reply>();
for (const rcode of [RCODE.NOERROR, RCODE.REFUSED, RCODE.SERVFAIL]) {
  const records = rcode === RCODE.NOERROR ? [record('n.example')] : [];
  replies.set(rcode, { ...bareReply(rcode), records });
}

class Simulation {
  readonly clock = new VirtualClock();
  readonly resolvers: SimulatedResolver[];
  readonly random: () => number;
  readonly firstSentAt: Float64Array;
  readonly settledAt: Float64Array;
  lastFirstSentAt = ZERO;
  questions = 0;
  unknown = 0;
  lost = 0;
  settled = 0;
  readonly names: number;
  readonly cost: NonNullable<World['cost']>;
  readonly #refusesHalf: boolean;
  readonly #unsteady: World['unsteady'];
  readonly #delays: Float64Array;
  /** When our own CPU is free. */
  #freeAt = ZERO;
  #pauseAt = ZERO + 300;

  constructor(world: World) {
    this.names = world.names;
    this.cost = world.cost ?? { datagram: 0, frame: 0 };
    this.#refusesHalf = world.refusesHalf ?? false;
    this.#unsteady = world.unsteady;
    this.random = randomFrom(world.seed ?? 1);
    this.#delays = nameDelays(world, this.random);
    this.firstSentAt = new Float64Array(world.names);
    this.settledAt = new Float64Array(world.names);
    this.resolvers = world.resolvers.map((model) => new SimulatedResolver(model, this));
  }

  delayOf(name: string): number {
    return this.#delays[Number(name)] as number;
  }

  isRefused(name: string): boolean {
    return this.#refusesHalf && Number(name) % 2 === 1;
  }

  /** Our own work: what comes later waits for it. @returns when it is done */
  work(ms: number): number {
    const unsteady = this.#unsteady;
    let start = Math.max(this.#freeAt, this.clock.now);
    if (unsteady && start >= this.#pauseAt) {
      start += unsteady.pause;
      this.#pauseAt = start + unsteady.pauseEvery;
    }
    const isSlow = unsteady !== undefined && start < unsteady.slowFor;
    this.#freeAt = start + (isSlow ? unsteady.factor * ms : ms);
    return this.#freeAt;
  }

  noteSent(name: string): void {
    this.questions++;
    const i = Number(name);
    if (name === '' || this.firstSentAt[i]) return;
    this.firstSentAt[i] = this.clock.now;
    this.lastFirstSentAt = this.clock.now;
  }

  noteSettled(i: number, result: QueryResult): void {
    this.settled++;
    this.settledAt[i] = this.clock.now;
    if (!('failed' in result)) return;
    this.unknown++;
    if (this.#delays[i] !== DEAD && !this.isRefused(String(i))) this.lost++;
  }

  outcome(): Outcome {
    const last = this.settledAt.reduce((a, b) => Math.max(a, b), 0);
    const overrun = this.resolvers.reduce((sum, each) => sum + each.overrun, 0);
    const slowest = this.#delays.reduce((a, b) => (b === DEAD ? a : Math.max(a, b)), 0);
    const trip = Math.max(...this.resolvers.map(({ model }) => model.roundTrip));
    return {
      rate: (this.names / last) * 1000,
      seconds: last / 1000,
      questions: this.questions / this.names,
      overrun: overrun / this.questions,
      unknown: this.unknown,
      lost: this.lost,
      tail: (last - this.lastFirstSentAt) / 1000,
      over: (last - this.lastFirstSentAt - slowest - trip) / 1000,
      longest: this.#longest() / 1000,
    };
  }

  #longest(): number {
    const taken = this.settledAt.map((at, i) => at - (this.firstSentAt[i] as number));
    return taken.reduce((a, b) => Math.max(a, b), 0);
  }
}

/** A transport to the simulated resolvers; the host of an endpoint is the resolver's number. */
function simulatedTransport(simulation: Simulation, isStream: boolean): Transport {
  const cost = isStream ? simulation.cost.frame : simulation.cost.datagram;
  return {
    ...(isStream ? tcp : udp),
    open(to, events) {
      const resolver = simulation.resolvers[Number(to.host)] as SimulatedResolver;
      return new SimulatedConnection({ simulation, resolver, events, isStream, cost });
    },
  };
}

interface Wiring {
  readonly simulation: Simulation;
  readonly resolver: SimulatedResolver;
  readonly events: ConnectionEvents;
  readonly isStream: boolean;
  readonly cost: number;
}

class SimulatedConnection implements Connection {
  readonly room = 30_000;
  readonly #wiring: Wiring;
  readonly #waiting = new Set<Query>();
  /** A stream delivers in order: nothing overtakes what was lost before it. */
  #thereAt = ZERO;
  #backAt = ZERO;
  #openAt = ZERO;
  #isClosed = false;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    const { isStream, resolver, simulation, events } = wiring;
    if (!isStream) return;
    const { model } = resolver;
    const { clock } = simulation;
    if (model.isDead) return;
    const isRefused = !model.hasTcp;
    this.#openAt = clock.now + model.roundTrip;
    clock.at(this.#openAt, () => {
      if (this.#isClosed) return;
      if (!isRefused) events.onOpen();
      else {
        this.#isClosed = true;
        events.onClose(false);
      }
    });
  }

  send(query: Query): void {
    const { simulation, resolver, isStream, cost } = this.#wiring;
    const { clock } = simulation;
    const { name } = query.question;
    simulation.noteSent(name);
    this.#waiting.add(query);
    if (resolver.model.isDead || (isStream && !resolver.model.hasTcp)) return;
    const leaves = Math.max(simulation.work(cost / 2), this.#openAt);
    const there = this.#arrival(leaves, this.#thereAt);
    if (there === undefined) return;
    if (isStream) this.#thereAt = there;
    clock.at(there, () => {
      if (this.#isClosed) return;
      if (isStream && ++resolver.streamed % resolver.model.breaksAt === 0) this.#break();
      else resolver.receive(name, (rcode) => this.#answer(query, rcode));
    });
  }

  #break(): void {
    this.close();
    this.#wiring.events.onClose(true);
  }

  #answer(query: Query, rcode: number): void {
    const { simulation, isStream, resolver } = this.#wiring;
    if (resolver.isGone) return;
    const back = this.#arrival(simulation.clock.now, this.#backAt);
    if (back === undefined) return;
    if (isStream) this.#backAt = back;
    simulation.clock.at(back, () => this.#deliver(query, rcode));
  }

  #deliver(query: Query, rcode: number): void {
    const { simulation, events, cost } = this.#wiring;
    const { clock } = simulation;
    if (!this.#waiting.has(query)) return;
    const arrivedAt = clock.now;
    const take = () => {
      clock.arrivedAfter = arrivedAt;
      if (this.#waiting.delete(query)) events.onAnswer(query, replies.get(rcode) as Reply);
    };
    const done = simulation.work(cost / 2);
    if (done > arrivedAt) clock.at(done, take);
    else take();
  }

  /** When what leaves now arrives; undefined if it is lost. TCP sends it again instead. */
  #arrival(leaves: number, notBefore: number): number | undefined {
    const { resolver, simulation, isStream } = this.#wiring;
    const { roundTrip, jitter } = resolver.model;
    const { loss } = resolver;
    const isLost = loss > 0 && simulation.random() < (isStream ? loss / 20 : loss);
    if (isLost && !isStream) return undefined;
    const trip = roundTrip / 2 + (jitter / 2) * simulation.random();
    const arrives = leaves + trip + (isLost ? roundTrip + 200 : 0);
    return isStream ? Math.max(arrives, notBefore) : arrives;
  }

  cancel(query: Query): void {
    this.#waiting.delete(query);
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }
}

/** Asks for every name of the world, as the prober would, and says how that went. */
export function simulate(world: World): Outcome {
  const simulation = new Simulation(world);
  const { clock } = simulation;
  const { transport = 'auto', concurrency = 10_000, rate, tries = 5, timeout = 3000 } = world;
  const scheduler = new Scheduler({
    resolvers: world.resolvers.map((_, i) => ({
      label: `r${i}`,
      endpoint: { host: String(i), port: undefined },
    })),
    first: simulatedTransport(simulation, transport === 'tcp'),
    stream: transport === 'tcp' ? undefined : simulatedTransport(simulation, true),
    chooses: transport === 'auto',
    concurrency,
    timeout,
    tries,
    rate,
    outage: 30_000,
    clock,
  });
  let next = 0;
  const feed = () => {
    while (next < world.names && scheduler.hasRoom) {
      const i = next++;
      scheduler.ask(String(i), 1, {
        onAnswer: (result) => simulation.noteSettled(i, result),
      });
    }
    if (next < world.names) scheduler.whenRoom(feed);
  };
  feed();
  while (simulation.settled < world.names && clock.now < 600_000 && clock.step());
  scheduler.close();
  return simulation.outcome();
}
