/** A line is one conversation with one resolver over one transport. It has no policy: that is the pool's. */

import { randomFillSync } from 'node:crypto';
import type { LookupFailure } from '../core/model.js';
import type { Asked, Exchange } from '../dns/id-table.js';
import { bareReply, RCODE, type Reply, readReply } from '../dns/message.js';
import type { Endpoint } from './endpoint.js';

/** One question on its way. */
export interface Query extends Asked {
  /** Whether it is asked with EDNS. */
  readonly edns: boolean;
}

/** Why a line has nothing to say about a question. */
export interface Failure {
  readonly failed: LookupFailure;
  /** Milliseconds that the server wants to be left alone (HTTP's Retry-After). */
  readonly retryAfter?: number;
}

export interface Line {
  /** How many more questions it takes. */
  readonly room: number;
  /** Queues a question; all of one turn of the event loop go out together. Never throws. */
  send(query: Query): void;
  /** Stops waiting for an answer. */
  forget(query: Query): void;
  /** Ends the conversation. No event comes afterwards. */
  close(): void;
}

export interface LineEvents {
  answered(query: Query, answer: Reply | Failure): void;
  /**
   * The conversation broke; `wasOpen` is false if it never began. The line is gone.
   *
   * @param failed `tls` if the resolver could not prove who it is
   */
  closed(wasOpen: boolean, failed?: 'tls'): void;
}

/** What a transport exports. */
export interface Transport {
  /** How results call it. */
  readonly name: string;
  /** Where a resolver listens that names no port; 0 if there are no ports. */
  readonly usualPort: number;
  /** Opens a line, which takes questions at once. */
  readonly open: (to: Endpoint, events: LineEvents) => Line;
  /** Lines to one resolver at a time, and how many questions fill one before the next is opened. */
  readonly lines: number;
  readonly full: number;
  /** A stream: its messages are never truncated, and when it is silent it is stuck. */
  readonly isStream: boolean;
  /** Answers come from a server whose pace can be learned. */
  readonly isPaced: boolean;
}

/** Gives a message that came in to whoever asked; one that answers nothing is nobody's. */
export function deliver(
  exchange: Exchange<Query>,
  events: LineEvents,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const found = exchange.find(bytes, start, end);
  if (!found) return;
  const { query, match } = found;
  exchange.release(query);
  events.answered(query, readAnswer(query, match, bytes, start, end));
}

/** What a message says that matches the question. */
export function readAnswer(
  { asking }: Query,
  match: 'answer' | 'formerr',
  bytes: Uint8Array,
  start: number,
  end: number,
): Reply | Failure {
  const reply = match === 'answer' ? readReply(bytes, start, end, asking) : formerr;
  return reply ?? malformed;
}

export const malformed: Failure = { failed: 'malformed' };

/** A FORMERR without a question: it may be anybody's, so nothing else of it is believed. */
const formerr = bareReply(RCODE.FORMERR);

const pool = new Uint16Array(4096);
let drawn = pool.length;

/** An id that nobody can guess. */
export function randomId(): number {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  return pool[drawn++] as number;
}
