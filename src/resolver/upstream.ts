/** One resolver, and what was learned about it. */

import { ZERO } from '../core/zero.js';
import { TYPE } from '../dns/types.js';
import type { Candidate } from '../pacing/favourites.js';
import {
  type Health,
  type HealthEvent,
  healthy,
  isAway,
  MAX_QUARANTINE_MS,
  nextHealth,
} from '../pacing/resolver-health.js';
import { TokenBucket } from '../pacing/token-bucket.js';
import type { SelectorFacts, TransportSelector, WayFacts } from '../pacing/transport-selector.js';
import type { ConnectionFailure } from '../transports/connection-failure.js';
import type { Endpoint } from '../transports/endpoint.js';
import { AnswerCounts } from './answer-counts.js';
import type { Attempt } from './attempt.js';
import type { Channel } from './channel.js';
import { type AnswerListener, PendingQuery } from './query.js';
import { QuickQuestion } from './quick-question.js';
import { Refusals } from './refusals.js';

/** How one resolver is reached. */
export interface ResolverAddress {
  /** How it is called in results. */
  readonly label: string;
  readonly endpoint: Endpoint;
  /** Why its host name has no address, where that was looked up. */
  readonly failure?: ConnectionFailure | undefined;
}

export interface UpstreamOptions {
  readonly number: number;
  readonly address: ResolverAddress;
  /** Asked first; and over what an answer is asked for that was truncated. */
  readonly first: Channel;
  readonly stream: Channel | undefined;
  /** Chooses between the two; undefined if `first` is always used. */
  readonly selector: TransportSelector | undefined;
  /** Questions a second at the most; undefined is no limit. */
  readonly rate: number | undefined;
  readonly now: number;
}

/** How much longer an answer over a new stream may take than over datagrams. */
const TRIAL_SLACK = 1.25;
const TRIAL_SLACK_MS = 20;

export class Upstream implements Candidate {
  readonly number: number;
  readonly label: string;
  readonly channels: readonly Channel[];
  readonly first: Channel;
  readonly stream: Channel;
  readonly selector: TransportSelector | undefined;
  readonly refusals: Refusals;
  readonly answerCounts = new AnswerCounts();
  readonly #quick = new QuickQuestion();
  readonly #bucket: TokenBucket | undefined;
  #isExcluded = false;
  #health: Health = healthy;
  #failure: ConnectionFailure | undefined;
  #healthCheck: Attempt | undefined;
  #checkedSince: number | undefined;
  #pausedUntil = ZERO;
  #lacksEdns = false;
  #lastAnswerAt = ZERO;
  #backlogSince = ZERO;

  constructor(options: UpstreamOptions) {
    const { number, address, first, stream, selector, rate, now } = options;
    this.number = number;
    this.label = address.label;
    this.#failure = address.failure;
    this.first = first;
    this.stream = stream ?? first;
    this.channels = stream ? [first, stream] : [first];
    this.selector = selector;
    this.refusals = new Refusals({
      ...{ number, label: this.label },
      onLimit: (at) => this.current.pacer.noteRefusal(at),
    });
    this.#bucket = rate === undefined ? undefined : new TokenBucket(rate, now);
  }

  get health(): Health {
    return this.#health;
  }

  get isAway(): boolean {
    return this.#isExcluded || isAway(this.#health);
  }

  get isExcluded(): boolean {
    return this.#isExcluded;
  }

  /** Takes it out of the choice, because it is not believed, or puts it back. */
  exclude(isExcluded: boolean): void {
    this.#isExcluded = isExcluded;
  }

  /** Why it could not be reached when that was tried last; undefined if that is not known. */
  get failure(): ConnectionFailure | undefined {
    return this.#failure;
  }

  noteFailure(failure: ConnectionFailure): void {
    this.#failure = failure;
  }

  /** Waiting for it is of no use: it is not believed, or what keeps it away lasts. */
  get isHopeless(): boolean {
    if (this.#isExcluded) return true;
    const { isLasting = false, reason } = this.#failure ?? {};
    return this.isAway && isLasting && (reason === 'tls' || this.#lastAnswerAt === 0);
  }

  /** The attempt that asks whether it is there. */
  get healthCheck(): Attempt | undefined {
    return this.#healthCheck;
  }

  /** It does not understand EDNS (RFC 6891, 7). */
  get lacksEdns(): boolean {
    return this.#lacksEdns;
  }

  get lastAnswerAt(): number {
    return this.#lastAnswerAt;
  }

  /** It has answered some name well. */
  get isProven(): boolean {
    return this.answerCounts.hasGood;
  }

  /** Where queries go. */
  get current(): Channel {
    return this.selector?.usesStream ? this.stream : this.first;
  }

  /**
   * Whether an answer can be had over a stream: one has been, or they break and none can be opened
   * now; undefined where neither is known.
   */
  hasStream(now: number): boolean | undefined {
    const { isStream, breaks, answers } = this.stream;
    if (!isStream) return undefined;
    if (breaks.isBroken) return this.stream.hasRoom(now) ? undefined : false;
    return answers > 0 ? true : undefined;
  }

  isInPlay(now: number): boolean {
    return !this.isAway && now >= this.#pausedUntil;
  }

  isPaused(now: number): boolean {
    return now < this.#pausedUntil;
  }

  /** Others are to be asked before it. */
  get isDoubtful(): boolean {
    const { isUseless, isGarbling } = this.answerCounts;
    return isUseless || isGarbling || this.#health.kind === 'suspect';
  }

  get isSteady(): boolean {
    return this.isProven && !this.isDoubtful && !this.answerCounts.isUnsteady;
  }

  get isLimited(): boolean {
    return this.current.pacer.isLimited;
  }

  get medianMs(): number {
    return this.current.pacer.medianMs;
  }

  hasRoom(now: number): boolean {
    // Whether it is there at all is found out first.
    return this.#health.kind !== 'suspect' && this.#hasToken(now) && this.current.hasRoom(now);
  }

  /** The channel for a query; undefined if it has no room. */
  channelFor(query: PendingQuery, now: number): Channel | undefined {
    if (!this.#hasToken(now)) return undefined;
    const { selector, current } = this;
    const wanted =
      query.over && this.channels.find(({ transport }) => transport.name === query.over);
    if (wanted) return wanted.hasRoom(now) ? wanted : undefined;
    if (query.needsStream) return this.stream.hasRoom(now) ? this.stream : undefined;
    if (selector?.isTrying && query.begun === 0 && this.stream.hasRoom(now)) {
      selector.onTrialSent();
      return this.stream;
    }
    return current.hasRoom(now) ? current : undefined;
  }

  #hasToken(now: number): boolean {
    return this.#bucket === undefined || this.#bucket.available(now) > 0;
  }

  spendToken(now: number): void {
    this.#bucket?.take(now);
  }

  beginHealthCheck(attempt: Attempt): void {
    this.#checkedSince ??= attempt.sentAt;
    this.#healthCheck = attempt;
  }

  endHealthCheck(): void {
    this.#healthCheck = undefined;
    this.#checkedSince = undefined;
  }

  /** How long ago the first of the unanswered health checks was sent. */
  checkedFor(now: number): number | undefined {
    return this.#checkedSince === undefined ? undefined : now - this.#checkedSince;
  }

  /** @returns whether it came back */
  onAnswer(now: number): boolean {
    const wasAway = isAway(this.#health);
    this.#failure = undefined;
    this.#lastAnswerAt = now;
    if (this.#health !== healthy)
      this.#health = nextHealth(this.#health, { kind: 'answered' }, now);
    this.endHealthCheck();
    return wasAway;
  }

  /** @returns whether it is away now, and anew */
  onHealthEvent(event: HealthEvent, now: number, atMostMs = MAX_QUARANTINE_MS): boolean {
    const before = this.#health;
    this.#health = nextHealth(before, event, now, atMostMs);
    if (this.#health === before || !this.isAway) return false;
    this.endHealthCheck();
    this.selector?.reset();
    return true;
  }

  onGoodAnswer({ question, sentAt }: Attempt, now: number): void {
    this.answerCounts.noteGood();
    if (!question.edns) this.#lacksEdns = true;
    this.refusals.answered(question, now);
    this.#quick.answered(question, now - sentAt, this.current.pacer.inTimeMs);
  }

  /**
   * A question to see whether it is there: what it has answered in time before, as one that knows only inside names
   * may leave all else unanswered; if that is not answered now, for the root.
   */
  healthQuestion(listener: AnswerListener): PendingQuery {
    const { name, type } =
      this.#healthCheck === undefined ? this.#quick : { name: '', type: TYPE.NS };
    return new PendingQuery(name, type, listener, true);
  }

  /** A question to be asked beside what it refuses, to tell why; undefined if that need not be asked now. */
  countercheck(now: number): PendingQuery | undefined {
    return this.refusals.countercheck(this.#quick, now);
  }

  /** It asked to be left alone. */
  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** Tells the selector of an answer that came over the stream. */
  noteTrial({ channel, sentAt }: Attempt, now: number): void {
    if (!this.selector || channel !== this.stream) return;
    this.selector.onTrialAnswer(
      now - sentAt <= TRIAL_SLACK * this.first.pacer.inTimeMs + TRIAL_SLACK_MS,
    );
  }

  /** Takes note of whether questions wait to be sent: for room here, or for our own time. */
  noteBacklog(isWanted: boolean, now: number): void {
    if (!isWanted) this.#backlogSince = 0;
    else if (this.#backlogSince === 0) this.#backlogSince = now;
  }

  selectorFacts(now: number, given: Pick<SelectorFacts, 'mayDial' | 'isFavourite'>): SelectorFacts {
    const { pacer } = this.first;
    return {
      now,
      ...given,
      backlogForMs: this.#backlogSince === 0 ? 0 : now - this.#backlogSince,
      datagram: factsOf(this.first, this.#bucket, now),
      stream: factsOf(this.stream, this.#bucket, now),
      medianMs: this.current.pacer.medianMs,
      inTimeMs: pacer.inTimeMs,
      reference: pacer.reference,
    };
  }
}

const unused: WayFacts = { silentForMs: 0, resendAfterMs: 0, answers: 0, roomRate: 0 };

function factsOf(channel: Channel, bucket: TokenBucket | undefined, now: number): WayFacts {
  if (!channel.isUsed) return unused;
  const { goodAnswers: answers, pacer } = channel;
  const { resendAfterMs } = pacer;
  const roomRate = Math.min(pacer.roomRate, bucket?.rate ?? Number.POSITIVE_INFINITY);
  return { silentForMs: channel.silentFor(now), resendAfterMs, answers, roomRate };
}
