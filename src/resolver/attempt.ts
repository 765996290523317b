/** One attempt to have a query answered: one message in flight, with its own id. */

import type { Cohort, Freshness } from '../pacing/cohort.js';
import type { Query } from '../transports/connection.js';
import type { Linked } from './attempt-list.js';
import type { OpenConnection } from './open-connection.js';
import type { AttemptRecord, PendingQuery } from './query.js';
import type { StreamBreaks } from './stream-breaks.js';

/** What an attempt is made over. */
export interface AttemptChannel {
  readonly upstream: number;
  readonly isStream: boolean;
  readonly lastAnswerAt: number;
  readonly transport: { readonly name: string };
  readonly breaks: StreamBreaks;
  cancel(attempt: Attempt): void;
}

/** What an attempt is sent over and with. */
export interface SentOver {
  readonly connection: OpenConnection;
  readonly cohort: Cohort;
  readonly freshness: Freshness;
}

export class Attempt implements Query, AttemptRecord, Linked<Attempt> {
  id = 0;
  previous: Attempt | undefined;
  next: Attempt | undefined;
  /** It was refused, and nothing that had been asked before it over this channel was in flight any more. */
  wasRefusedInTurn = false;
  /** On a stream only the first query has EDNS: it offers nothing there but to stay connected. */
  readonly edns: boolean;
  readonly older: AttemptRecord | undefined;
  readonly connection: OpenConnection;
  readonly cohort: Cohort;
  readonly freshness: Freshness;
  /** When the attempt began that a broken connection gave back. Undefined for most, as V8 keeps each time in an object of its own. */
  readonly #clockStart: number | undefined;
  #inWindow = true;
  #isInFlight = true;
  #isMissed = false;
  #isExcused = false;
  #isWithdrawn = false;

  constructor(
    readonly question: PendingQuery,
    readonly channel: AttemptChannel,
    sent: SentOver,
    public sentAt: number,
  ) {
    const { connection, cohort, freshness } = sent;
    this.connection = connection;
    this.cohort = cohort;
    this.freshness = freshness;
    this.edns = question.edns && (!channel.isStream || connection.sent === 0);
    this.#clockStart = question.clockStart || undefined;
    this.older = question.latest;
  }

  /** When its clock started; earlier than `sentAt` if a broken connection gave it back. */
  get startedAt(): number {
    return this.#clockStart ?? this.sentAt;
  }

  get upstream(): number {
    return this.channel.upstream;
  }

  /** How results call its transport. */
  get transport(): string {
    return this.channel.transport.name;
  }

  /** It is not older than answers usually take, and counts in the window of its channel. */
  get inWindow(): boolean {
    return this.#inWindow;
  }

  get isInFlight(): boolean {
    return this.#isInFlight;
  }

  get isExcused(): boolean {
    return this.#isExcused || this.cohort.isSuspect;
  }

  get isUnfair(): boolean {
    return this.cohort.isUnfair;
  }

  /** It was taken for lost; it may still be answered. */
  get isMissed(): boolean {
    return this.#isMissed;
  }

  miss(): void {
    this.#isMissed = true;
  }

  leaveWindow(): void {
    this.#inWindow = false;
  }

  end(): void {
    this.#isInFlight = false;
    this.question.end();
  }

  get isWithdrawn(): boolean {
    return this.#isWithdrawn;
  }

  /** Its resolver is silent or gone: it does not count, and the resolver may be asked again. */
  withdraw(): void {
    this.#isExcused = true;
    this.#isWithdrawn = true;
  }

  excuse(): void {
    this.#isExcused = true;
  }

  cancel(): void {
    this.channel.cancel(this);
  }
}
