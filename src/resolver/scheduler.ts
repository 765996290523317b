/**
 * Which question is asked when, of which resolver, and again if need be. Transports only carry.
 *
 * Nothing here is done per question that can be done per tick: no timer, no closure, no promise.
 */

import { ZERO } from '../core/zero.js';
import { RCODE, type Reply } from '../dns/message.js';
import type { Outcome } from '../pacing/cohort.js';
import { TransportSelector } from '../pacing/transport-selector.js';
import type { Failure, Transport } from '../transports/connection.js';
import type { Attempt } from './attempt.js';
import { AttemptJudge } from './attempt-judge.js';
import { Burst } from './burst.js';
import { Channel, type ChannelEvents, type ClosedConnection } from './channel.js';
import { type Clock, SystemClock } from './clock.js';
import { InFlightCount } from './in-flight-count.js';
import { type OutageEvents, OutageWatch } from './outage-watch.js';
import { type AnswerListener, type AskOptions, PendingQuery } from './query.js';
import { QueryQueue } from './query-queue.js';
import { type ResolverAddress, Upstream } from './upstream.js';
import { UpstreamMonitor } from './upstream-monitor.js';
import { UpstreamSet } from './upstream-set.js';

export interface SchedulerOptions extends OutageEvents {
  readonly resolvers: readonly ResolverAddress[];
  /** The transport that is asked first. */
  readonly first: Transport;
  /** The stream for answers that were truncated. */
  readonly stream?: Transport | undefined;
  /** Whether the stream may take over altogether. */
  readonly chooses: boolean;
  /** Questions in flight, all resolvers together. */
  readonly concurrency: number;
  /** Milliseconds that one attempt may take. */
  readonly timeout: number;
  readonly tries: number;
  /** Questions a second that each resolver is asked at the most. */
  readonly rate?: number | undefined;
  /** Milliseconds for which the run waits while no resolver answers; 0 is no limit. */
  readonly outage: number;
  readonly clock?: Clock;
}

/** One tick looks for everything that is due; milliseconds. */
const TICK_MS = 20;
/** Questions that may wait to be sent before no more are welcome; never more than may be in flight. */
const WELCOME = 256;
/** When no question has come for so long, the run is about to end, or waits for more. */
const ENDING_MS = 250;
/**
 * Attempts at a time before anything is known: the least and the most at one resolver, and at all
 * together. What a dead one is asked is lost.
 */
const MIN_START = 8;
const MAX_START = 256;
const ALL_START = 640;
/** Questions a second that all together are asked at least as soon as they have answered the first ones. */
const ALL_SOON = 16_000;
/** Beyond that the window of one of more need not grow so fast, and a slow one's had better not. */
const FEW_RESOLVERS = 3;

export class Scheduler implements ChannelEvents {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  readonly #queue = new QueryQueue(TICK_MS);
  readonly #burst: Burst;
  readonly #inFlight = new InFlightCount();
  readonly #upstreams: UpstreamSet;
  readonly #judge: AttemptJudge;
  readonly #monitor: UpstreamMonitor;
  readonly outage: OutageWatch;
  #ticker: { stop(): void } | undefined;
  #isDispatching = false;
  #isClosed = false;
  /** When any resolver answered last, and when a question came last; milliseconds. */
  #lastAnswerAt = ZERO;
  #lastAskedAt = ZERO;
  readonly #onRoom: (() => void)[] = [];
  /** Those that have answered since questions were sent last. */
  #answered: Upstream[] = [];

  constructor(options: SchedulerOptions) {
    const { resolvers, clock, outage, tries, timeout } = options;
    this.#options = options;
    this.#clock = clock ?? new SystemClock();
    this.#burst = new Burst(this.#clock, this.#goOn);
    const { now } = this.#clock;
    const upstreams = new UpstreamSet(
      resolvers.map((address, number) => this.#newUpstream(address, number, now)),
      now,
    );
    this.#upstreams = upstreams;
    this.outage = new OutageWatch({
      ...options,
      upstreams: upstreams.all,
      limitMs: outage,
    });
    this.#judge = new AttemptJudge({ upstreams, queue: this.#queue, tries, timeout });
    this.#monitor = new UpstreamMonitor({
      upstreams,
      judge: this.#judge,
      outage: this.outage,
      timeout,
      send: (query, channel, at) => this.#send(query, channel, at),
    });
  }

  /**
   * Asks until there is an answer to trust or the attempts are used up, and tells the listener.
   *
   * @param options `first` is the priority of a question without which a name under way cannot end
   */
  ask(name: string, type: number, listener: AnswerListener, options?: AskOptions): void {
    if (this.#isClosed) return;
    const query = new PendingQuery(name, type, listener, false);
    if (options) restrict(query, options, this.#upstreams);
    if (options?.priority === 'first') this.#queue.putBack([query]);
    else this.#queue.push(query);
    this.#lastAskedAt = this.#clock.now;
    this.#dispatch();
    this.#ticker ??= this.#clock.every(TICK_MS, this.#tick);
  }

  /** The names of all resolvers, as results call them. */
  get resolvers(): string[] {
    return this.#upstreams.all.map(({ label }) => label);
  }

  /** Takes these resolvers out of the choice, and puts all others back. */
  exclude(labels: readonly string[]): void {
    for (const upstream of this.#upstreams.all) {
      upstream.exclude(labels.includes(upstream.label));
      this.#upstreams.update(upstream, this.#clock.now);
    }
    this.outage.update(this.#clock.now);
    this.#dispatch();
  }

  /** Whether more questions are welcome. */
  get hasRoom(): boolean {
    return this.#queue.size < Math.min(WELCOME, this.#options.concurrency);
  }

  /** Calls back once when more questions are welcome. */
  whenRoom(callback: () => void): void {
    this.#onRoom.push(callback);
  }

  /** While too many questions wait already: resolves when more are welcome. */
  get room(): Promise<void> | undefined {
    if (this.hasRoom) return undefined;
    return new Promise((resolve) => this.whenRoom(resolve));
  }

  /** Closes every connection. Questions still open are never settled. */
  close(): void {
    this.#isClosed = true;
    this.#ticker?.stop();
    for (const { channels } of this.#upstreams.all) {
      for (const channel of channels) channel.close();
    }
  }

  /** Milliseconds; the same within one turn of the event loop. */
  get now(): number {
    return this.#clock.now;
  }

  #newUpstream(address: ResolverAddress, number: number, now: number): Upstream {
    const { first, stream, chooses, concurrency, timeout, rate, resolvers } = this.#options;
    const share = Math.ceil(ALL_START / resolvers.length);
    const newChannel = (transport: Transport) =>
      new Channel({
        upstream: number,
        endpoint: address.endpoint,
        transport,
        events: this,
        inFlight: this.#inFlight,
        clock: this.#clock,
        concurrency,
        start: Math.max(MIN_START, Math.min(MAX_START, share)),
        growth: resolvers.length > FEW_RESOLVERS ? 2 : 4,
        soonRate: ALL_SOON / resolvers.length,
        timeout,
      });
    return new Upstream({
      number,
      address,
      first: newChannel(first),
      stream: stream && newChannel(stream),
      selector: stream && chooses ? new TransportSelector() : undefined,
      rate,
      now,
    });
  }

  #dispatch(): void {
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    const { now } = this.#clock;
    for (const upstream of this.#answered) this.#upstreams.update(upstream, now);
    this.#answered = [];
    const { concurrency } = this.#options;
    while (this.#queue.size > 0 && !this.#burst.isSpent && this.#inFlight.count < concurrency) {
      const query = this.#queue.first as PendingQuery;
      if (query.isSettled || !query.isWaiting) {
        // A late answer came while it waited to be asked again, or it was asked in another way.
        this.#queue.shift();
        continue;
      }
      if (query.begun === 0 && this.#inFlight.count + this.#queue.delayed >= concurrency) break;
      const choice = this.#upstreams.choose(query, now);
      if (choice === 'none') break;
      this.#queue.shift();
      // What it needs has no room; the others need not wait behind it.
      if (choice === 'wait') this.#queue.delay(query, TICK_MS);
      else this.#send(query, choice, now);
    }
    this.#isDispatching = false;
    if (this.#onRoom.length === 0 || !this.hasRoom) return;
    for (const callback of this.#onRoom.splice(0)) callback();
  }

  #send(query: PendingQuery, channel: Channel, now: number): Attempt {
    const upstream = this.#upstreams.all[channel.upstream] as Upstream;
    if (upstream.lacksEdns) query.leaveOutEdns();
    upstream.spendToken(now);
    this.#burst.spend();
    this.#upstreams.markBusy(upstream);
    return channel.send(query, now);
  }

  onAnswer(channel: Channel, attempt: Attempt, answer: Reply | Failure): void {
    const { now } = this.#clock;
    this.#lastAnswerAt = now;
    const upstream = this.#upstreams.all[channel.upstream] as Upstream;
    const checkedForMs = upstream.checkedFor(now);
    const { health } = upstream;
    const wasAway = upstream.onAnswer(now);
    if (upstream.health !== health) this.#upstreams.update(upstream, now);
    channel.complete(attempt, outcomeOf(answer), now);
    upstream.noteTrial(attempt, now);
    if (wasAway) this.outage.end();
    if (checkedForMs !== undefined) this.#monitor.askAgain(upstream, checkedForMs, now);
    this.#judge.onAnswer(attempt, answer, now);
    if ('failed' in answer && answer.retryAfter !== undefined) {
      this.#leaveAlone(upstream, answer.retryAfter, now);
    }
    // What is read together is followed by questions that are chosen together.
    if (this.#answered.length === 0) this.#clock.afterRead(this.#goOn);
    if (this.#answered.at(-1) !== upstream) this.#answered.push(upstream);
  }

  readonly #goOn = (): void => {
    if (!this.#isClosed) this.#dispatch();
  };

  /** The resolver asked for that: if for longer than the run would wait, it is as good as gone. */
  #leaveAlone(upstream: Upstream, waitMs: number, now: number): void {
    const { outage } = this.#options;
    upstream.pause(now + waitMs);
    if (outage > 0 && waitMs > outage) {
      this.#monitor.quarantine(upstream, { kind: 'unreachable' }, [], now);
    }
  }

  onLate(attempt: Attempt): void {
    const { channel, sentAt } = attempt;
    // A stream loses nothing. A datagram may be lost, if anything was answered since: it is asked for at another
    // resolver, if there is one, and whether its own is still there need not be known.
    if (!channel.isStream && this.#lastAnswerAt > sentAt) {
      this.#judge.onLate(attempt, this.#clock.now);
    }
  }

  onOpen(channel: Channel): void {
    const upstream = this.#upstreams.all[channel.upstream] as Upstream;
    if (channel === upstream.stream) upstream.selector?.onStreamOpen();
  }

  onClose(channel: Channel, closed: ClosedConnection): void {
    this.#monitor.onClose(channel, closed, this.#clock.now);
    this.#dispatch();
  }

  readonly #tick = (): void => {
    const { now } = this.#clock;
    const isWanted = this.#queue.size > 0;
    const isEnding = !this.#queue.hasNew && now - this.#lastAskedAt > ENDING_MS;
    this.#monitor.tick(now, this.#clock.readUntil, { isWanted, isEnding });
    this.#queue.requeueDue();
    this.#giveUp(now);
    this.#dispatch();
    if (!this.#queue.isEmpty || this.#upstreams.hasInFlight) return;
    this.#ticker?.stop();
    this.#ticker = undefined;
  };

  /** Where no resolver answers, and waiting is over or of no use, the names that wait stay unknown. */
  #giveUp(now: number): void {
    const verdict = this.outage.verdict(now);
    if (!verdict) return;
    for (const query of this.#queue.takeAll()) {
      if (!query.isSettled) query.settle(verdict);
    }
  }
}

/** Nearly all questions are for any resolver. */
function restrict(query: PendingQuery, options: AskOptions, upstreams: UpstreamSet): void {
  const { resolver, transport: over, not, isForItAlone = false, gate } = options;
  query.goThrough(gate);
  if (resolver === undefined && !not && !isForItAlone) return;
  const numbers = (not ?? []).map((label) => upstreams.numberOf(label));
  const only = upstreams.numberOf(resolver);
  query.restrict({ only, over, not: numbers.filter(isNumber), isForItAlone, isKnown: false });
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}

function outcomeOf(answer: Reply | Failure): Outcome {
  if ('failed' in answer) return answer.retryAfter === undefined ? 'answered' : 'refused';
  if (answer.rcode === RCODE.REFUSED) return 'refused';
  return answer.rcode === RCODE.SERVFAIL ? 'servfail' : 'answered';
}
