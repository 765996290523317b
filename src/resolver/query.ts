/** A question on its way to an answer, and the tries it takes. */

import type { Question, Reply } from '../dns/message.js';
import type { Failure, Query } from '../transports/connection.js';
import type { Channel, OpenConnection } from './channel.js';

/** What came of a question. */
export type QueryResult = Answered | Unanswered;

interface Answered {
  readonly reply: Reply;
  readonly resolver: string;
  readonly transport: string;
}

/** No try brought an answer that settles it. */
export interface Unanswered extends Failure {
  /** The last answer, if there was one. */
  readonly reply?: Reply;
  readonly resolver?: string;
  readonly transport?: string;
}

/** `first`: before all questions that wait for their first attempt. */
export type QueryPriority = 'usual' | 'first';

/** Takes the result of a query. An object, not a function: millions of closures would cost more. */
export interface AnswerListener {
  /** Called once. */
  onAnswer(settled: QueryResult): void;
}

/** What is asked, and how often it was. */
export class PendingQuery implements Question {
  edns = true;
  /** The answer was truncated: only a stream will do. */
  needsStream = false;
  /** Tries begun, but for those that were nobody's fault. */
  tries = 0;
  /** Tries in flight: a new one may begin while an older one may still be answered. */
  inFlight = 0;
  /** The latest of them. */
  latest: Attempt | undefined;
  /** It is in the queue, or waits for its pause to end. */
  isWaiting = false;
  /** Not to be asked again before. Milliseconds. */
  due = 0;
  /** When the try that was handed back began; its clock runs on. 0 for a new try. */
  tryStart = 0;
  isSettled = false;
  /** What the last try that ended came to. */
  last: Unanswered | undefined;

  constructor(
    readonly name: string,
    readonly type: number,
    readonly listener: AnswerListener,
    /** Only asks whether somebody is there: any answer will do, and none is nobody's loss. */
    readonly isHealthCheck: boolean,
  ) {}
}

/** One try: one message in flight, with its own id. */
export class Attempt implements Query {
  id = 0;
  /** On a stream only the first question has EDNS: it offers nothing there but to stay connected. */
  readonly edns: boolean;
  /** When its clock started; earlier than `sentAt` if a broken line gave it back. Milliseconds. */
  readonly startedAt: number;
  /** It counts in the window of its channel: it is not older than the RTO. */
  inWindow = true;
  isInFlight = true;
  previous: Attempt | undefined;
  next: Attempt | undefined;
  /** Older tries for the same question, newest first. */
  readonly older: Attempt | undefined;

  constructor(
    /** The question. */
    readonly question: PendingQuery,
    readonly channel: Channel,
    readonly line: OpenConnection,
    readonly sentAt: number,
  ) {
    this.edns = question.edns && (!channel.transport.isStream || line.asked === 0);
    this.startedAt = question.tryStart || sentAt;
    this.older = question.inFlight > 0 ? question.latest : undefined;
  }
}

/**
 * The tries in flight on one channel, in the order of sending: a list through the tries themselves, so
 * that adding, removing and finding the oldest cost nothing a name.
 */
export class AttemptList {
  #first: Attempt | undefined;
  #last: Attempt | undefined;
  /** The oldest that is still within the window. */
  #fresh: Attempt | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): Attempt | undefined {
    return this.#first;
  }

  /** The oldest within the window. */
  get oldestFresh(): Attempt | undefined {
    return this.#fresh;
  }

  *[Symbol.iterator](): Generator<Attempt, void, undefined> {
    for (let each = this.#first; each; each = each.next) yield each;
  }

  add(each: Attempt): void {
    each.previous = this.#last;
    if (this.#last) this.#last.next = each;
    else this.#first = each;
    this.#last = each;
    this.#fresh ??= each;
    this.#size++;
  }

  /** The oldest fresh one is fresh no more. */
  age(): void {
    this.#fresh = this.#fresh?.next;
  }

  remove(each: Attempt): void {
    const { previous, next } = each;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    if (this.#fresh === each) this.#fresh = next;
    each.previous = undefined;
    each.next = undefined;
    this.#size--;
  }
}
