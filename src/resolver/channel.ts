/** One transport to one resolver: its connections, its pace, and the attempts in flight on it. */

import { ZERO } from '../core/zero.js';
import type { Reply } from '../dns/message.js';
import type { Outcome } from '../pacing/cohort.js';
import { Pacer } from '../pacing/pacer.js';
import { type Failure, malformed, type Transport } from '../transports/connection.js';
import type { ConnectionFailure } from '../transports/connection-failure.js';
import type { Endpoint } from '../transports/endpoint.js';
import { Attempt } from './attempt.js';
import { AttemptList } from './attempt-list.js';
import type { Clock } from './clock.js';
import { ConnectionPool } from './connection-pool.js';
import type { InFlightCount } from './in-flight-count.js';
import { OpenConnection } from './open-connection.js';
import type { PendingQuery } from './query.js';
import { StreamBreaks } from './stream-breaks.js';

/** What the scheduler is told by its channels. */
export interface ChannelEvents {
  onAnswer(channel: Channel, attempt: Attempt, answer: Reply | Failure): void;
  /** An attempt is older than answers usually take and has left the window. It may still be answered. */
  onLate(attempt: Attempt): void;
  /** A connection stands. Datagrams need none. */
  onOpen(channel: Channel): void;
  onClose(channel: Channel, closed: ClosedConnection): void;
}

export interface ClosedConnection {
  readonly wasOpen: boolean;
  readonly failure: ConnectionFailure | undefined;
  /** How many answers it brought. */
  readonly answers: number;
  /** What was in flight on it, oldest first. */
  readonly lost: readonly Attempt[];
  /** It was one above the usual number, and the resolver serves no more than the others. */
  readonly isExcess: boolean;
}

export interface ChannelOptions {
  /** The number of the resolver. */
  readonly upstream: number;
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly events: ChannelEvents;
  /** Shared by all channels of a scheduler. */
  readonly inFlight: InFlightCount;
  readonly clock: Clock;
  /** The most attempts in flight, how many before anything is known, and how that grows. */
  readonly concurrency: number;
  readonly start: number;
  readonly growth: number;
  readonly soonRate: number;
  /** Milliseconds that one attempt may take. */
  readonly timeout: number;
}

export class Channel {
  readonly upstream: number;
  readonly transport: Transport;
  readonly isStream: boolean;
  readonly breaks = new StreamBreaks();
  readonly #options: ChannelOptions;
  readonly #attempts = new AttemptList<Attempt>();
  readonly #connections: ConnectionPool;
  #pacer: Pacer | undefined;
  #lastAnswerAt = ZERO;
  #answers = 0;
  #goodAnswers = 0;

  constructor(options: ChannelOptions) {
    const { upstream, transport } = options;
    this.upstream = upstream;
    this.transport = transport;
    this.isStream = transport.isStream;
    this.#options = options;
    this.#connections = new ConnectionPool(transport);
  }

  /** Made at its first use: most resolvers are asked over one transport only. */
  get pacer(): Pacer {
    this.#pacer ??= newPacer(this.#options);
    return this.#pacer;
  }

  /** Whether it was ever asked over. */
  get isUsed(): boolean {
    return this.#pacer !== undefined;
  }

  /** When the last answer came; milliseconds. */
  get lastAnswerAt(): number {
    return this.#lastAnswerAt;
  }

  /** Answers so far that could be read. */
  get answers(): number {
    return this.#answers;
  }

  /** Those of them that were neither refusals nor failures. */
  get goodAnswers(): number {
    return this.#goodAnswers;
  }

  get inFlight(): number {
    return this.#attempts.size;
  }

  get oldest(): Attempt | undefined {
    return this.#attempts.oldest;
  }

  get hasConnection(): boolean {
    return this.#connections.size > 0;
  }

  /**
   * How long it has been silent while attempts waited; 0 if none does. Until a connection stands that
   * says nothing of the resolver.
   */
  silentFor(now: number): number {
    const { oldest } = this.#attempts;
    if (!oldest) return 0;
    const openedAt = this.isStream ? (oldest.connection.openedAt ?? now) : 0;
    return now - Math.max(this.#lastAnswerAt, oldest.sentAt, openedAt);
  }

  /** For how long the connection of the oldest attempt has been dialled; 0 if it stands. */
  diallingFor(now: number): number {
    const connection = this.#attempts.oldest?.connection;
    return connection && connection.openedAt === undefined ? now - connection.dialledAt : 0;
  }

  /** Opens a connection, if there is none, so that it is there when it is needed. */
  dial(): void {
    if (!this.hasConnection) this.#open();
  }

  /** Whether it can take one more attempt now. */
  hasRoom(now: number): boolean {
    if (this.pacer.room(now) <= 0) return false;
    // One that never answered gets no more than a first window, however late that is.
    if (this.#answers === 0 && this.#attempts.size >= this.pacer.size) return false;
    return this.#connections.hasRoom(now);
  }

  send(query: PendingQuery, now: number): Attempt {
    const connection = this.#connections.pick(now) ?? this.#open();
    const freshness = query.isHealthCheck ? 'uninformative' : query.freshness;
    const cohort = this.pacer.sent(freshness, now);
    const attempt = new Attempt(query, this, { connection, cohort, freshness }, now);
    query.begin(attempt);
    this.#options.inFlight.add();
    this.#attempts.add(attempt);
    connection.send(attempt, now);
    return attempt;
  }

  /** Stops waiting for an attempt. */
  cancel(attempt: Attempt): void {
    attempt.connection.cancel(attempt);
    this.#end(attempt);
  }

  /** Gives up on all that is in flight but the health check; the result is what that was. */
  cancelAll(): Attempt[] {
    const all = [...this.#attempts].filter(({ question }) => !question.isHealthCheck);
    for (const each of all) this.cancel(each);
    return all;
  }

  /** Closes every connection; the result is what was in flight, oldest first. */
  close(): Attempt[] {
    this.#connections.close();
    const all = [...this.#attempts];
    for (const each of all) this.#end(each);
    return all;
  }

  /**
   * Lets what is late leave the window. It is still waited for: where as much is as the window holds,
   * what is only slow does not leave it early, or all names could be open at once.
   */
  age(now: number): void {
    if (!this.transport.isPaced) return;
    const { roomForMs, lostAfterMs } = this.pacer;
    for (;;) {
      const oldest = this.#attempts.oldestInWindow;
      const isCrowded = this.#attempts.size - this.pacer.inFlight >= this.pacer.size;
      if (!oldest || oldest.sentAt > now - (isCrowded ? lostAfterMs : roomForMs)) return;
      this.#attempts.passOldestInWindow();
      this.#leaveWindow(oldest);
      this.#options.events.onLate(oldest);
    }
  }

  /** The attempts that are late, and were not made again since; of those that were sent until then. */
  late(sentUntil = Number.POSITIVE_INFINITY): Attempt[] {
    const late: Attempt[] = [];
    for (let each = this.#attempts.oldest; each && each.sentAt <= sentUntil; each = each.next) {
      if (!each.inWindow && each.question.latest === each) late.push(each);
    }
    return late;
  }

  /** Looks after the connections of a stream. @returns what was in flight on one that is not served and was closed */
  tendConnections(now: number): Attempt[] {
    if (this.#connections.widen(now)) this.pacer.forgetQueue();
    const unserved = this.#connections.closeUnserved(now);
    return unserved ? this.#endAllOn(unserved) : [];
  }

  /** Takes an attempt out of flight that was answered. */
  complete(attempt: Attempt, outcome: Outcome, now: number): void {
    this.#lastAnswerAt = now;
    if (outcome === 'answered') this.#goodAnswers++;
    else if (outcome === 'refused') attempt.wasRefusedInTurn = this.#attempts.oldest === attempt;
    const { connection, sentAt } = attempt;
    // The time that a handshake takes says nothing about the pace.
    const latency = now - Math.max(sentAt, connection.openedAt ?? 0);
    const waited = Math.min(latency, now - this.#options.clock.arrivedAfter);
    this.pacer.answered(attempt, outcome, latency, waited);
    this.#connections.onAnswer(connection);
    this.#end(attempt);
  }

  #end(attempt: Attempt): void {
    this.#attempts.remove(attempt);
    attempt.end();
    attempt.connection.end();
    if (attempt.inWindow) this.#leaveWindow(attempt);
  }

  #leaveWindow(attempt: Attempt): void {
    attempt.leaveWindow();
    this.pacer.left();
    this.#options.inFlight.remove();
  }

  #open(): OpenConnection {
    const { transport, endpoint, events } = this.#options;
    const connection = transport.open(endpoint, {
      onOpen: () => {
        opened.opened(this.#options.clock.now);
        events.onOpen(this);
      },
      onWrite: () => this.#options.clock.refresh(),
      onRead: (isAll) => this.#onRead(opened, isAll),
      onAnswer: (query, answer) => {
        // Half an answer, with the next one after it, can be read as one that is malformed.
        if (answer !== malformed) this.#noteAnswer(opened);
        events.onAnswer(this, query as Attempt, answer);
      },
      onClose: (wasOpen, failure) => this.#onClose(opened, wasOpen, failure),
    });
    const { now } = this.#options.clock;
    const opened = new OpenConnection(connection, now, this.#connections.isWidened);
    this.#connections.add(opened);
    return opened;
  }

  #noteAnswer(connection: OpenConnection): void {
    connection.answered();
    this.#answers++;
    this.breaks.onAnswer();
  }

  #onRead(connection: OpenConnection, isAll: boolean): number {
    const { clock } = this.#options;
    const now = clock.arrive(isAll);
    if (this.isStream) this.#connections.onRead(connection, clock);
    return now;
  }

  #onClose(connection: OpenConnection, wasOpen: boolean, failure?: ConnectionFailure): void {
    const lost = this.#endAllOn(connection);
    const { answers } = connection;
    this.breaks.onEnd(answers, lost.length);
    const { fruitless } = this.breaks;
    const { now } = this.#options.clock;
    const end = { wasOpen, lost: lost.length, fruitless };
    const isExcess = this.#connections.remove(connection, end, now);
    this.#options.events.onClose(this, { wasOpen, failure, answers, lost, isExcess });
  }

  /** Ends what is in flight on a connection that is gone. */
  #endAllOn(connection: OpenConnection): Attempt[] {
    const lost = [...this.#attempts].filter((each) => each.connection === connection);
    for (const each of lost) {
      this.pacer.lost(each.cohort, each.freshness);
      this.#end(each);
    }
    return lost;
  }
}

function newPacer(options: ChannelOptions): Pacer {
  const { transport, concurrency, timeout, start, growth, soonRate } = options;
  const { isPaced, isStream } = transport;
  const first = isPaced ? start : concurrency;
  return new Pacer({ ceiling: concurrency, timeout, start: first, growth, soonRate, isStream });
}
