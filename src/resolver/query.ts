/** A question on its way to an answer. */

import { ZERO } from '../core/zero.js';
import type { Question, Reply } from '../dns/message.js';
import type { Freshness } from '../pacing/cohort.js';
import type { Failure } from '../transports/connection.js';

/** What came of a question. */
export type QueryResult = Answered | Unanswered;

export interface Answered {
  readonly reply: Reply;
  readonly resolver: string;
  readonly transport: string;
}

/** No attempt brought an answer that settles it. */
export interface Unanswered extends Failure {
  /** Which resolver denies what this one finds. */
  readonly deniedBy?: string | undefined;
  /** The last answer, if there was one. */
  readonly reply?: Reply;
  readonly resolver?: string;
  readonly transport?: string;
}

/** `first`: before all questions that wait for their first attempt. */
type QueryPriority = 'usual' | 'first';

/** How a question is put. */
export interface AskOptions {
  /** It is about a name that nobody has, though a wildcard may answer for it. */
  readonly isMadeUp?: boolean;
  readonly priority?: QueryPriority;
  /** Which resolver is to be asked, by its name in results, as long as it can be. */
  readonly resolver?: string;
  /** Over what that one is to be asked, as results call it. */
  readonly transport?: string | undefined;
  /** Resolvers that are not to be asked as long as there are others. */
  readonly not?: readonly string[];
  /** It is about what this one says: if it answers nothing of use, that is the result, and no other is asked because of it. */
  readonly isForItAlone?: boolean;
  /** What the result must pass. */
  readonly gate?: AnswerGate;
}

/** Puts one question to the resolvers, and tells the listener once what came of it. */
export type Ask = (
  name: string,
  type: number,
  listener: AnswerListener,
  options?: AskOptions,
) => void;

/** Takes the result of a query. An object, not a function: millions of closures would cost more. */
export interface AnswerListener {
  /** Called once. */
  onAnswer(result: QueryResult): void;
}

/**
 * Stands between the answers and those who asked. One for all questions: an object for each would be copied by the
 * garbage collector while it waits, 10,000 at a time.
 */
export interface AnswerGate {
  /** Whether the listener may be told of an answer at once. */
  passes(result: Answered): boolean;
  /** Takes one that it does not let pass, and sees to it that the listener is told in the end. */
  hold(result: Answered, question: HeldQuestion): void;
}

export type HeldQuestion = Pick<PendingQuery, 'name' | 'type' | 'listener'>;

/** What a query keeps of each of its attempts. */
export interface AttemptRecord {
  /** The number of the resolver that was asked. */
  readonly upstream: number;
  readonly isInFlight: boolean;
  /** It was lost, or failed, through no fault of the name: it does not count. */
  readonly isExcused: boolean;
  /** Its resolver lost most of what it was asked at that time, though it answered some. */
  readonly isUnfair: boolean;
  /** It was taken back before it could be answered. */
  readonly isWithdrawn: boolean;
  /** The attempt before it. */
  readonly older: AttemptRecord | undefined;
  cancel(): void;
}

/** A name that was lost to a limit more often than that is more likely to be dead than others. */
const MOST_REPEATED = 3;
/** So many attempts at most do not count because their resolver lost most of what it was asked then. */
const MOST_UNFAIR = 24;

/** Whom a question is for, where not any resolver will do. */
interface Restriction {
  /** The number of the resolver to ask first, and over what. */
  readonly only: number | undefined;
  readonly over: string | undefined;
  /** The numbers of those to ask last. */
  readonly not: readonly number[];
  readonly isForItAlone: boolean;
  /** It has answered this before, and may have kept it: how soon it does again says nothing of other names. */
  readonly isKnown: boolean;
}

/** What has come between a question and its answer. Most are answered at once, and keep none of this while they wait. */
class Setbacks {
  edns = true;
  needsStream = false;
  wasTruncated = false;
  limitRefusals = 0;
  breaks = 0;
  clockStart = ZERO;
  last: Unanswered | undefined;
  bareAt: number[] | undefined;
  refusedAt: number[] | undefined;
}

export class PendingQuery implements Question {
  #inFlight = 0;
  #begun = 0;
  #isWaiting = false;
  #isSettled = false;
  #latest: AttemptRecord | undefined;
  #restriction: Restriction | undefined;
  #setbacks: Setbacks | undefined;
  #gate: AnswerGate | undefined;

  constructor(
    readonly name: string,
    readonly type: number,
    readonly listener: AnswerListener,
    /** Only asks whether the resolver answers at all; any answer will do. */
    readonly isHealthCheck: boolean,
  ) {}

  get edns(): boolean {
    return this.#setbacks?.edns ?? true;
  }

  /** The answer was truncated: only a stream will do. */
  get needsStream(): boolean {
    return this.#setbacks?.needsStream ?? false;
  }

  /** A datagram has said that the answer does not fit it. */
  get wasTruncated(): boolean {
    return this.#setbacks?.wasTruncated ?? false;
  }

  /** Attempts in flight: a new one may begin while an older one may still be answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Attempts begun so far, those that do not count included. */
  get begun(): number {
    return this.#begun;
  }

  /** How often it was refused where refusals are for asking too fast. */
  get limitRefusals(): number {
    return this.#setbacks?.limitRefusals ?? 0;
  }

  noteLimitRefusal(): void {
    this.#ownSetbacks().limitRefusals++;
  }

  /** It is in a queue. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get latest(): AttemptRecord | undefined {
    return this.#latest;
  }

  /** When the attempt that a broken connection gave back began; its clock runs on. 0 for a new one. */
  get clockStart(): number {
    return this.#setbacks?.clockStart ?? ZERO;
  }

  /** What the last attempt that ended came to. */
  get lastFailure(): Unanswered | undefined {
    return this.#setbacks?.last;
  }

  get freshness(): Freshness {
    if (this.#restriction?.isKnown) return 'uninformative';
    if (this.#begun === 0) return 'fresh';
    if (this.lastFailure?.failed === 'refused') return 'uninformative';
    return this.#begun <= MOST_REPEATED && this.#isExcused ? 'repeated' : 'failed';
  }

  /** No attempt so far counts. */
  get #isExcused(): boolean {
    for (let each = this.#latest; each; each = each.older) if (!each.isExcused) return false;
    return true;
  }

  /** Attempts that count. */
  countAttempts(): number {
    let count = 0;
    let unfair = 0;
    for (let each = this.#latest; each; each = each.older) {
      if (each.isExcused) continue;
      if (each.isUnfair) unfair++;
      else count++;
    }
    // A name that was lost where others were answered may be dead: the others count the sooner.
    const free = MOST_UNFAIR >> Math.max(0, count - 1);
    return count + Math.max(0, unfair - free);
  }

  /** The number of the resolver that is to be asked first. */
  get only(): number | undefined {
    return this.#begun === 0 ? this.#restriction?.only : undefined;
  }

  /** It is about what one resolver says, rather than about the name. */
  get isForOne(): boolean {
    return this.#restriction?.only !== undefined;
  }

  /** Some resolvers count as asked from the start. */
  get isRestricted(): boolean {
    return (this.#restriction?.not.length ?? 0) > 0;
  }

  /** What it answers is the result, whatever that is. */
  get isForItAlone(): boolean {
    return this.#restriction?.isForItAlone ?? false;
  }

  /** Over what the resolver that is to be asked first is to be asked. */
  get over(): string | undefined {
    return this.#begun === 0 ? this.#restriction?.over : undefined;
  }

  restrict(restriction: Restriction): void {
    this.#restriction = restriction;
  }

  goThrough(gate: AnswerGate | undefined): void {
    this.#gate = gate;
  }

  wasAskedAt(upstream: number): boolean {
    if (this.#restriction?.not.includes(upstream)) return true;
    for (let each = this.#latest; each; each = each.older) {
      if (each.upstream === upstream) return true;
    }
    return false;
  }

  /** The numbers of resolvers that have denied it without a SOA, which was not believed. */
  get bareAt(): readonly number[] | undefined {
    return this.#setbacks?.bareAt;
  }

  noteBare(upstream: number): void {
    const setbacks = this.#ownSetbacks();
    setbacks.bareAt ??= [];
    setbacks.bareAt.push(upstream);
  }

  noteRefused(upstream: number): void {
    const setbacks = this.#ownSetbacks();
    setbacks.refusedAt ??= [];
    setbacks.refusedAt.push(upstream);
  }

  /** How often this resolver has refused it. */
  refusalsAt(upstream: number): number {
    const refusedAt = this.#setbacks?.refusedAt;
    return refusedAt ? refusedAt.filter((each) => each === upstream).length : 0;
  }

  begin(attempt: AttemptRecord): void {
    this.#latest = attempt;
    this.#begun++;
    this.#inFlight++;
    this.#isWaiting = false;
    if (this.#setbacks) this.#setbacks.clockStart = ZERO;
  }

  /** An attempt is no longer in flight. */
  end(): void {
    this.#inFlight--;
  }

  /**
   * A connection broke under an attempt.
   *
   * @param weight for how many it counts; @returns how many that makes
   */
  noteBreak(weight: number): number {
    const setbacks = this.#ownSetbacks();
    setbacks.breaks += weight;
    return setbacks.breaks;
  }

  fail(failure: Unanswered): void {
    const setbacks = this.#ownSetbacks();
    setbacks.last = failure;
    setbacks.needsStream = false;
  }

  /** It waits for another attempt. @param clockStart when the attempt began that it replaces */
  wait(clockStart = ZERO): void {
    this.#isWaiting = true;
    if (clockStart !== this.clockStart) this.#ownSetbacks().clockStart = clockStart;
  }

  leaveOutEdns(): void {
    this.#ownSetbacks().edns = false;
  }

  requireStream(isTruncated = false): void {
    const setbacks = this.#ownSetbacks();
    setbacks.needsStream = true;
    setbacks.wasTruncated ||= isTruncated;
  }

  settle(result: QueryResult): void {
    this.#isSettled = true;
    for (let each = this.#latest; this.#inFlight > 0 && each; each = each.older) {
      if (each.isInFlight) each.cancel();
    }
    this.#latest = undefined;
    const gate = this.#gate;
    if (!gate) this.listener.onAnswer(result);
    // A call site of its own: V8 inlines the listener here, as long as nearly all are of the same class.
    else if ('failed' in result || gate.passes(result)) this.listener.onAnswer(result);
    else gate.hold(result, this);
  }

  #ownSetbacks(): Setbacks {
    this.#setbacks ??= new Setbacks();
    return this.#setbacks;
  }
}
