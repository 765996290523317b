/** One way to one resolver: a transport, its lines, its window, and the tries in flight on it. */

import type { Reply } from '../dns/message.js';
import { Window } from '../pacing/window.js';
import type { Connection, Failure, Transport } from '../transports/connection.js';
import { Attempt, AttemptList, type PendingQuery } from './query.js';
import type { Resolver } from './upstream.js';

export interface OpenConnection {
  readonly line: Connection;
  /** Tries in flight on it. */
  inFlight: number;
  /** Tries that went and answers that came over it. */
  asked: number;
  answers: number;
}

/** Tries within the windows of all channels together. */
export interface InFlight {
  count: number;
}

/** What the pool hears from its channels. */
export interface ChannelEvents {
  answered(channel: Channel, from: Attempt, answer: Reply | Failure): void;
  /** A try is older than the RTO and has left the window. */
  overdue(late: Attempt, now: number): void;
  /** A line broke. `lost` was in flight on it and is no more, oldest first. */
  closed(
    channel: Channel,
    line: OpenConnection,
    wasOpen: boolean,
    lost: Attempt[],
    failed?: 'tls',
  ): void;
}

export interface ChannelOptions {
  readonly resolver: Resolver;
  readonly transport: Transport;
  readonly events: ChannelEvents;
  /** Shared by all channels of a pool. */
  readonly inFlight: InFlight;
  /** The most tries in flight. */
  readonly concurrency: number;
  /** Milliseconds that one try may take. */
  readonly timeout: number;
}

export class Channel {
  readonly resolver: Resolver;
  readonly transport: Transport;
  readonly window: Window;
  readonly flight = new AttemptList();
  /** When something was last heard. Milliseconds. */
  lastAnswerAt = 0;
  /** Answers so far. */
  answers = 0;
  /** Lines that broke, one after the other, before they had brought an answer. */
  fruitlessConnections = 0;
  /** No new line before. Milliseconds. */
  redialAt = 0;
  readonly #events: ChannelEvents;
  readonly #inFlight: InFlight;
  #lines: OpenConnection[] = [];

  constructor(options: ChannelOptions) {
    const { resolver, transport, events, inFlight, concurrency, timeout } = options;
    this.resolver = resolver;
    this.transport = transport;
    this.#events = events;
    this.#inFlight = inFlight;
    const start = transport.isPaced ? undefined : concurrency;
    this.window = new Window(concurrency, timeout, start);
  }

  /** Opens a line, if there is none, so that it is there when it is needed. */
  dial(): void {
    if (this.#lines.length === 0) this.#open();
  }

  /** Whether it can take one more try now. */
  hasRoom(now: number): boolean {
    if (this.window.room <= 0) return false;
    if (this.#lines.length < this.transport.maxConnections) return now >= this.redialAt;
    return this.#lines.some(({ line }) => line.room > 0);
  }

  send(question: PendingQuery, now: number): Attempt {
    const opened = this.#emptiest();
    const sent = new Attempt(question, this, opened, now);
    question.latest = sent;
    question.inFlight++;
    question.tryStart = 0;
    opened.inFlight++;
    opened.asked++;
    this.window.sent();
    this.#inFlight.count++;
    this.flight.add(sent);
    opened.line.send(sent);
    return sent;
  }

  /** Takes a try out of flight: it was answered, or its line broke. */
  land(each: Attempt): void {
    this.flight.remove(each);
    each.isInFlight = false;
    each.line.inFlight--;
    each.question.inFlight--;
    if (each.inWindow) this.#leaveWindow(each);
  }

  /** Takes a try out of flight that nobody waits for any more. */
  forget(each: Attempt): void {
    each.line.line.cancel(each);
    this.land(each);
  }

  /** Gives up on all that is in flight but the healthCheck, and gives it back, oldest first. */
  forgetAll(): Attempt[] {
    const all = [...this.flight].filter(({ question }) => !question.isHealthCheck);
    for (const each of all) this.forget(each);
    return all;
  }

  /** Closes every line and gives back what was in flight, oldest first. */
  close(): Attempt[] {
    for (const { line } of this.#lines) line.close();
    this.#lines = [];
    return this.#landAll([...this.flight]);
  }

  /** Lets what is older than the RTO leave the window. It is still waited for. */
  age(now: number): void {
    let fresh = this.flight.oldestFresh;
    while (fresh && now - fresh.sentAt > this.window.rto) {
      this.window.ended('lost', now);
      this.#leaveWindow(fresh);
      this.flight.age();
      this.#events.overdue(fresh, now);
      fresh = this.flight.oldestFresh;
    }
  }

  #leaveWindow(each: Attempt): void {
    each.inWindow = false;
    this.window.left();
    this.#inFlight.count--;
  }

  #landAll(all: Attempt[]): Attempt[] {
    for (const each of all) this.land(each);
    return all;
  }

  /** The line with the fewest tries; another is opened when all are full. */
  #emptiest(): OpenConnection {
    const { maxConnections, queriesPerConnection } = this.transport;
    let best: OpenConnection | undefined;
    for (const opened of this.#lines) {
      if (!best || opened.inFlight < best.inFlight) best = opened;
    }
    return !best || (best.inFlight >= queriesPerConnection && this.#lines.length < maxConnections)
      ? this.#open()
      : best;
  }

  #open(): OpenConnection {
    const line = this.transport.open(this.resolver.endpoint, {
      onAnswer: (query, answer) => {
        opened.answers++;
        this.#events.answered(this, query as Attempt, answer);
      },
      onClose: (wasOpen, failed) => {
        this.#lines.splice(this.#lines.indexOf(opened), 1);
        const lost = [...this.flight].filter((each) => each.line === opened);
        this.#events.closed(this, opened, wasOpen, this.#landAll(lost), failed);
      },
    });
    const opened: OpenConnection = { line, inFlight: 0, asked: 0, answers: 0 };
    this.#lines.push(opened);
    return opened;
  }
}
