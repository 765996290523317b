/**
 * `auto`: datagrams or a stream, whichever this resolver serves better, found out while running. Where
 * both serve equally well the stream is taken, because a frame costs less than a datagram. A run that
 * never waits for its resolver stays with datagrams. Pure: time is passed in, in milliseconds.
 */

import { ZERO } from '../core/zero.js';

/** What is seen of one way to a resolver. */
export interface WayFacts {
  /** How long it has been silent while attempts waited. */
  readonly silentForMs: number;
  /** How long an attempt is waited for before it is taken for lost. */
  readonly resendAfterMs: number;
  /** Good answers so far. */
  readonly answers: number;
  /** Attempts a second that window and pace have room for; 0 before it is known. */
  readonly roomRate: number;
}

export interface SelectorFacts {
  readonly now: number;
  /** How long questions have waited to be sent, for room here or for our own time; 0 if none does. */
  readonly backlogForMs: number;
  readonly datagram: WayFacts;
  readonly stream: WayFacts;
  /** The median latency. */
  readonly medianMs: number;
  /** How long an answer may take to be in time. */
  readonly inTimeMs: number;
  /** The share of answers in time to expect of datagrams. */
  readonly reference: number;
  /** Whether one more connection may be dialled now. */
  readonly mayDial: boolean;
  /** Whether it is asked before others that have room. */
  readonly isFavourite: boolean;
}

export type SelectorAction = 'dial' | 'use-stream' | 'leave-stream' | undefined;

type Phase =
  | { readonly kind: 'datagram' }
  | { readonly kind: 'dialling'; readonly since: number }
  /** A connection stands. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'trial'; readonly since: number }
  | { readonly kind: 'stream' };

/**
 * How long questions must wait, or datagrams be silent, before a stream is tried; and silent so many times as long
 * as until one is taken for lost, as a health check is sent then and may be answered.
 */
const BACKLOG_MS = 40;
const SILENCE_MS = 1000;
const SILENCE_FACTOR = 1.5;
const DIAL_MS = 3000;
/** Below so many answers a second a stream saves nothing: each write carries a single query. */
const WORTHWHILE_RATE = 2000;
/** The same of one of several that are asked first: what they are asked is a part of what the process can ask. */
const FAVOURITE_RATE = 400;
/** Queries that go over the stream to see how it serves: a new connection takes so many at once (RFC 6928). */
const TRIAL = 64;
/**
 * The part of what is in time of datagrams that has to be in time of these. It is forgiving, as what
 * is known by then comes from few names, and the rate is watched afterwards.
 */
const ENOUGH_IN_TIME = 0.8;
const MOST_EXPECTED = 0.85;
/** The least that a rate is measured, and the part of the datagrams' rate that a stream must reach. */
const DATAGRAM_SLOT_MS = 200;
const SLOT_MS = 400;
const ENOUGH = 0.7;
/**
 * Before a stream that was worse is tried again: the first time, after a trial in which a lost segment may have
 * held up the rest, and the most.
 */
const FIRST_RETRY_MS = 30_000;
const FIRST_TRIAL_RETRY_MS = 1000;
const MAX_RETRY_MS = 600_000;
/** A stream that closes after fewer answers, twice running, is not meant for many questions. */
const FEW_ANSWERS = 1000;

export class TransportSelector {
  #phase: Phase = { kind: 'datagram' };
  #retryAt = ZERO;
  #failures = 0;
  #failedTrials = 0;
  #slotStart = ZERO;
  #answersBefore = 0;
  #datagramRate = ZERO;
  /** Whether it was a favourite when that was measured last. */
  #wasFavourite = false;
  #poorSlots = 0;
  #shortLives = 0;
  #trialSent = 0;
  #trialGood = 0;

  /** Whether queries go over the stream. */
  get usesStream(): boolean {
    return this.#phase.kind === 'stream';
  }

  /** Whether the next query that is new goes over the stream, to try it. */
  get isTrying(): boolean {
    return this.#phase.kind === 'trial' && this.#trialSent < TRIAL;
  }

  onTrialSent(): void {
    this.#trialSent++;
  }

  /** An answer came over the stream, in time or not. */
  onTrialAnswer(isInTime: boolean): void {
    if (isInTime) this.#trialGood++;
  }

  onStreamOpen(): void {
    if (this.#phase.kind !== 'dialling') return;
    this.#phase = { kind: 'ready' };
  }

  /** To be called often. */
  tick(facts: SelectorFacts): SelectorAction {
    switch (this.#phase.kind) {
      case 'datagram':
        return this.#onDatagrams(facts);
      case 'dialling':
        this.#measureDatagrams(facts);
        return facts.now - this.#phase.since < DIAL_MS ? undefined : this.#leave(facts.now);
      case 'ready':
        return this.#onReady(facts);
      case 'trial':
        return this.#judgeTrial(facts, this.#phase.since);
      case 'stream':
        return this.#onStream(facts);
    }
  }

  /** Datagrams are turned away at once: some resolvers speak only TCP. */
  onDatagramsRefused(now: number): SelectorAction {
    if (this.#phase.kind === 'stream' || now < this.#retryAt) return undefined;
    this.#datagramRate = 0;
    return this.#use(now, 0);
  }

  /** A connection of the stream broke. @returns whether that is dealt with */
  onStreamClosed(answers: number, wasOpen: boolean, now: number): SelectorAction | 'reconnect' {
    this.#shortLives = answers < FEW_ANSWERS ? this.#shortLives + 1 : 0;
    const { kind } = this.#phase;
    if (kind === 'datagram') return undefined;
    if (kind !== 'stream' || !wasOpen || this.#shortLives >= 2) return this.#leave(now);
    return 'reconnect';
  }

  /** The resolver went away: what was learned about it may be past. */
  reset(): void {
    this.#phase = { kind: 'datagram' };
    this.#retryAt = 0;
    this.#failures = 0;
    this.#failedTrials = 0;
    this.#slotStart = 0;
  }

  #onDatagrams(facts: SelectorFacts): SelectorAction {
    const { now, backlogForMs, datagram, mayDial } = facts;
    if (now < this.#retryAt) return undefined;
    if (areSilent(facts)) {
      this.#datagramRate = 0;
      return this.#use(now, 0);
    }
    this.#measureDatagrams(facts);
    if (backlogForMs < BACKLOG_MS || datagram.roomRate < worthwhileRate(facts) || !mayDial)
      return undefined;
    this.#phase = { kind: 'dialling', since: now };
    return 'dial';
  }

  /** While they are kept from being faster. */
  #measureDatagrams({ now, backlogForMs, datagram, isFavourite }: SelectorFacts): void {
    this.#wasFavourite = isFavourite;
    if (backlogForMs === 0) this.#slotStart = 0;
    else this.#datagramRate = this.#rate(datagram, now, DATAGRAM_SLOT_MS) ?? this.#datagramRate;
  }

  /** A trial begins once datagrams are seen to bring so much: where a limit is, it would only overrun it. */
  #onReady(facts: SelectorFacts): SelectorAction {
    const { now, datagram } = facts;
    if (areSilent(facts)) {
      this.#datagramRate = 0;
      return this.#use(now, 0);
    }
    this.#measureDatagrams(facts);
    if (Math.min(this.#datagramRate, datagram.roomRate) < worthwhileRate(facts)) return undefined;
    this.#phase = { kind: 'trial', since: now };
    this.#trialSent = 0;
    this.#trialGood = 0;
    return undefined;
  }

  #judgeTrial(facts: SelectorFacts, since: number): SelectorAction {
    const { now, backlogForMs, inTimeMs, reference, stream } = facts;
    if (this.#trialSent < TRIAL) {
      // Questions have run out: there is nothing to try it with.
      return backlogForMs === 0 && now - since > DIAL_MS ? this.#leave(now) : undefined;
    }
    const needed =
      TRIAL * Math.min(reference, MOST_EXPECTED) * ENOUGH_IN_TIME - Math.sqrt(TRIAL) / 2;
    if (this.#trialGood >= needed) return this.#use(now, stream.answers);
    return now - since > 2 * inTimeMs + SLOT_MS ? this.#failTrial(now) : undefined;
  }

  #onStream(facts: SelectorFacts): SelectorAction {
    const { now, backlogForMs, stream, medianMs, inTimeMs, isFavourite } = facts;
    // A health check has gone unanswered by then.
    if (stream.silentForMs >= Math.max(2 * SILENCE_MS, 4 * medianMs)) return this.#leave(now);
    // One that has become a favourite since, or is none any more, is asked at another rate than datagrams were.
    if (backlogForMs === 0 || isFavourite !== this.#wasFavourite) {
      this.#slotStart = 0;
      return undefined;
    }
    // By the latency of datagrams: a queue on the stream must not put off the judgement of it.
    const rate = this.#rate(stream, now, Math.max(SLOT_MS, 2 * inTimeMs));
    if (rate === undefined) return undefined;
    this.#poorSlots = rate < this.#datagramRate * ENOUGH ? this.#poorSlots + 1 : 0;
    return this.#poorSlots >= 2 ? this.#leave(now) : undefined;
  }

  /** Answers a second, once they were counted for long enough. */
  #rate({ answers }: WayFacts, now: number, slotMs: number): number | undefined {
    const elapsed = now - this.#slotStart;
    if (this.#slotStart > 0 && elapsed < slotMs) return undefined;
    const rate = ((answers - this.#answersBefore) / elapsed) * 1000;
    const isFirst = this.#slotStart === 0;
    this.#slotStart = now;
    this.#answersBefore = answers;
    return isFirst ? undefined : rate;
  }

  #use(now: number, answers: number): SelectorAction {
    this.#phase = { kind: 'stream' };
    this.#shortLives = 0;
    this.#poorSlots = 0;
    this.#slotStart = now;
    this.#answersBefore = answers;
    return 'use-stream';
  }

  #failTrial(now: number): SelectorAction {
    if (this.#trialGood === 0) return this.#leave(now);
    return this.#rest(now, FIRST_TRIAL_RETRY_MS * 2 ** this.#failedTrials++);
  }

  #leave(now: number): SelectorAction {
    return this.#rest(now, FIRST_RETRY_MS * 2 ** this.#failures++);
  }

  /** Back to datagrams, for a while. */
  #rest(now: number, ms: number): SelectorAction {
    this.#phase = { kind: 'datagram' };
    this.#slotStart = 0;
    this.#retryAt = now + Math.min(ms, MAX_RETRY_MS);
    return 'leave-stream';
  }
}

function worthwhileRate({ isFavourite }: SelectorFacts): number {
  return isFavourite ? FAVOURITE_RATE : WORTHWHILE_RATE;
}

function areSilent({ datagram: { silentForMs, resendAfterMs } }: SelectorFacts): boolean {
  return silentForMs >= Math.max(SILENCE_MS, SILENCE_FACTOR * resendAfterMs);
}
