/** One way to one resolver: a transport, its lines, its window, and the tries in flight on it. */

import type { Reply } from '../dns/message.js';
import { Window } from '../pacing/window.js';
import type { Failure, Line, Transport } from '../transports/connection.js';
import { type Asking, Flight, Try } from './query.js';
import type { Resolver } from './upstream.js';

export interface OpenedLine {
  readonly line: Line;
  /** Tries in flight on it. */
  inFlight: number;
  /** Tries that went and answers that came over it. */
  asked: number;
  answers: number;
}

/** Tries within the windows of all routes together. */
export interface InFlight {
  count: number;
}

/** What the pool hears from its routes. */
export interface RouteEvents {
  answered(route: Route, from: Try, answer: Reply | Failure): void;
  /** A try is older than the RTO and has left the window. */
  overdue(late: Try, now: number): void;
  /** A line broke. `lost` was in flight on it and is no more, oldest first. */
  closed(route: Route, line: OpenedLine, wasOpen: boolean, lost: Try[], failed?: 'tls'): void;
}

export interface RouteOptions {
  readonly resolver: Resolver;
  readonly transport: Transport;
  readonly events: RouteEvents;
  /** Shared by all routes of a pool. */
  readonly inFlight: InFlight;
  /** The most tries in flight. */
  readonly concurrency: number;
  /** Milliseconds that one try may take. */
  readonly timeout: number;
}

export class Route {
  readonly resolver: Resolver;
  readonly transport: Transport;
  readonly window: Window;
  readonly flight = new Flight();
  /** When something was last heard. Milliseconds. */
  heardAt = 0;
  /** Answers so far. */
  answers = 0;
  /** Lines that broke, one after the other, before they had brought an answer. */
  barren = 0;
  /** No new line before. Milliseconds. */
  redialAt = 0;
  readonly #events: RouteEvents;
  readonly #inFlight: InFlight;
  #lines: OpenedLine[] = [];

  constructor(options: RouteOptions) {
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
    if (this.#lines.length < this.transport.lines) return now >= this.redialAt;
    return this.#lines.some(({ line }) => line.room > 0);
  }

  send(asking: Asking, now: number): Try {
    const opened = this.#emptiest();
    const sent = new Try(asking, this, opened, now);
    asking.latest = sent;
    asking.inFlight++;
    asking.tryStart = 0;
    opened.inFlight++;
    opened.asked++;
    this.window.sent();
    this.#inFlight.count++;
    this.flight.add(sent);
    opened.line.send(sent);
    return sent;
  }

  /** Takes a try out of flight: it was answered, or its line broke. */
  land(each: Try): void {
    this.flight.remove(each);
    each.isInFlight = false;
    each.line.inFlight--;
    each.asking.inFlight--;
    if (each.inWindow) this.#leaveWindow(each);
  }

  /** Takes a try out of flight that nobody waits for any more. */
  forget(each: Try): void {
    each.line.line.forget(each);
    this.land(each);
  }

  /** Gives up on all that is in flight but the canary, and gives it back, oldest first. */
  forgetAll(): Try[] {
    const all = [...this.flight].filter(({ asking }) => !asking.isCanary);
    for (const each of all) this.forget(each);
    return all;
  }

  /** Closes every line and gives back what was in flight, oldest first. */
  close(): Try[] {
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

  #leaveWindow(each: Try): void {
    each.inWindow = false;
    this.window.left();
    this.#inFlight.count--;
  }

  #landAll(all: Try[]): Try[] {
    for (const each of all) this.land(each);
    return all;
  }

  /** The line with the fewest tries; another is opened when all are full. */
  #emptiest(): OpenedLine {
    const { lines, full } = this.transport;
    let best: OpenedLine | undefined;
    for (const opened of this.#lines) {
      if (!best || opened.inFlight < best.inFlight) best = opened;
    }
    return !best || (best.inFlight >= full && this.#lines.length < lines) ? this.#open() : best;
  }

  #open(): OpenedLine {
    const line = this.transport.open(this.resolver.endpoint, {
      answered: (query, answer) => {
        opened.answers++;
        this.#events.answered(this, query as Try, answer);
      },
      closed: (wasOpen, failed) => {
        this.#lines.splice(this.#lines.indexOf(opened), 1);
        const lost = [...this.flight].filter((each) => each.line === opened);
        this.#events.closed(this, opened, wasOpen, this.#landAll(lost), failed);
      },
    });
    const opened: OpenedLine = { line, inFlight: 0, asked: 0, answers: 0 };
    this.#lines.push(opened);
    return opened;
  }
}
