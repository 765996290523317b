/**
 * `auto`: datagrams or a stream, whichever this resolver serves better, found out while running. A
 * run that never waits for its resolver stays with datagrams.
 */

import type { Channel } from './channel.js';

/** Which way questions go. The simplest choice is none: one channel. */
export interface TransportSelector {
  readonly channels: readonly Channel[];
  /** Where the next question goes. */
  readonly current: Channel;
  /** Where an answer that was truncated is asked for again. */
  readonly stream: Channel;
  /** To be called often; `backlogSince` is when questions began to wait, 0 if none does. */
  tick(now: number, backlogSince: number): void;
  /** A line of the channel broke after so many answers. True if the choice has dealt with it. */
  closed(channel: Channel, answers: number, wasOpen: boolean, now: number): boolean;
  /** The resolver went away: what was learned about it may be past. */
  reset(): void;
}

/** One transport, and a stream beside it if that one truncates. */
export function onlyChannel(first: Channel, stream: Channel = first): TransportSelector {
  const channels = first === stream ? [first] : [first, stream];
  return { channels, current: first, stream, tick() {}, closed: () => false, reset() {} };
}

/** How long questions must wait, or datagrams be silent, before a stream is tried. Milliseconds. */
const BACKLOG = 100;
const SILENCE = 1000;
/** The least that each way is measured. */
const SLOT = 150;
/** Before a stream that was worse is tried again: the first time, and the most. */
const FIRST_RETRY = 30_000;
const MAX_RETRY = 600_000;
/** A stream that closes after fewer answers, twice running, is not meant for many questions. */
const FEW_ANSWERS = 1000;

type Phase = 'datagram' | 'measuring datagram' | 'measuring stream' | 'stream';

export class AutoSelector implements TransportSelector {
  readonly channels: readonly Channel[];
  readonly #datagram: Channel;
  readonly stream: Channel;
  readonly #handBack: (channel: Channel) => void;
  #phase: Phase = 'datagram';
  #slotStart = 0;
  #answersBefore = 0;
  /** Answers a second that each way gave in its slot. */
  #datagramPace = 0;
  #streamPace = 0;
  #shortLives = 0;
  #retryAt = 0;
  #retry = FIRST_RETRY;

  /** @param handBack gives the tries in flight on a channel back to the queue, at no cost */
  constructor(datagram: Channel, stream: Channel, handBack: (channel: Channel) => void) {
    this.channels = [datagram, stream];
    this.#datagram = datagram;
    this.stream = stream;
    this.#handBack = handBack;
  }

  get current(): Channel {
    return this.#phase === 'stream' || this.#phase === 'measuring stream'
      ? this.stream
      : this.#datagram;
  }

  tick(now: number, backlogSince: number): void {
    const isSaturated = backlogSince > 0 && now - backlogSince >= BACKLOG;
    switch (this.#phase) {
      case 'datagram':
        if (now < this.#retryAt) return;
        if (isSilent(this.#datagram, now, SILENCE)) {
          this.#datagramPace = 0;
          this.#tryStream(now);
        } else if (isSaturated) {
          this.#phase = 'measuring datagram';
          this.#begin(now);
          // By the time its turn comes, the connection stands.
          this.stream.dial();
        }
        return;
      case 'measuring datagram':
        if (backlogSince === 0) {
          this.#phase = 'datagram';
        } else if (this.#isOver(now)) {
          this.#datagramPace = this.#pace(now);
          this.#tryStream(now);
        }
        return;
      case 'measuring stream':
        if (isSilent(this.stream, now, 2 * this.stream.window.rto)) {
          this.#leave(now);
        } else if (backlogSince > 0 && this.#isOver(now)) {
          this.#streamPace = this.#pace(now);
          if (this.#streamPace < this.#datagramPace) this.#leave(now);
          else this.#settle(now);
        }
        return;
      case 'stream':
        if (isSilent(this.stream, now, 2 * this.stream.window.rto)) {
          this.#leave(now);
        } else if (backlogSince === 0) {
          this.#begin(now);
        } else if (this.#isOver(now)) {
          if (this.#pace(now) < this.#streamPace / 2) this.#leave(now);
          else this.#begin(now);
        }
    }
  }

  closed(channel: Channel, answers: number, wasOpen: boolean, now: number): boolean {
    if (channel !== this.stream) {
      // Datagrams are turned away at once: some resolvers speak only TCP.
      if (wasOpen || this.current === this.stream || now < this.#retryAt) return false;
      this.#datagramPace = 0;
      this.#tryStream(now);
      return true;
    }
    this.#shortLives = answers < FEW_ANSWERS ? this.#shortLives + 1 : 0;
    if (this.current !== this.stream) {
      // Dialled ahead of its turn, and turned away.
      if (!wasOpen && this.#phase === 'measuring datagram') this.#leave(now);
      return false;
    }
    if (!wasOpen || this.#shortLives >= 2) this.#leave(now);
    return true;
  }

  reset(): void {
    this.#phase = 'datagram';
    this.#retryAt = 0;
    this.#retry = FIRST_RETRY;
  }

  #tryStream(now: number): void {
    this.#phase = 'measuring stream';
    this.#shortLives = 0;
    this.stream.window.restart(this.#datagram.window.size);
    this.#begin(now, this.stream);
    this.stream.lastAnswerAt = now;
  }

  #settle(now: number): void {
    this.#phase = 'stream';
    this.#begin(now);
  }

  /** Back to datagrams, for a while. */
  #leave(now: number): void {
    this.#phase = 'datagram';
    this.#retryAt = now + this.#retry;
    this.#retry = Math.min(this.#retry * 2, MAX_RETRY);
    this.#handBack(this.stream);
  }

  #begin(now: number, channel: Channel = this.current): void {
    this.#slotStart = now;
    this.#answersBefore = channel.answers;
  }

  #isOver(now: number): boolean {
    return now - this.#slotStart >= Math.max(SLOT, 4 * this.current.window.roundTrip);
  }

  #pace(now: number): number {
    return ((this.current.answers - this.#answersBefore) / (now - this.#slotStart)) * 1000;
  }
}

/** Whether questions wait on a channel and nothing was heard for so long. */
function isSilent({ flight, lastAnswerAt }: Channel, now: number, limit: number): boolean {
  const { oldest } = flight;
  return oldest !== undefined && now - Math.max(lastAnswerAt, oldest.sentAt) >= limit;
}
