/**
 * The resolver pool: every judgement about question. Which resolver, over what, how many at once, how
 * often again, and when to give up. Lines only carry.
 *
 * Nothing here is done per question that can be done per tick: no timer, no listener, no promise.
 */

import type { LookupFailure } from '../core/model.js';
import { Queue } from '../core/queue.js';
import { RCODE, type Reply } from '../dns/message.js';
import { classifyReply } from '../dns/reply-class.js';
import { TYPE } from '../dns/types.js';
import type { Failure, Transport } from '../transports/connection.js';
import { Channel, type ChannelEvents, type InFlight, type OpenConnection } from './channel.js';
import {
  type AnswerListener,
  type Attempt,
  PendingQuery,
  type QueryPriority,
  type QueryResult,
} from './query.js';
import { AutoSelector, onlyChannel } from './transport-selector.js';
import { Resolver, type ResolverAddress } from './upstream.js';

export interface PoolOptions {
  readonly resolvers: readonly ResolverAddress[];
  /** The transport that is asked first. */
  readonly first: Transport;
  /** The stream for answers that were truncated. */
  readonly stream?: Transport | undefined;
  /** Whether the stream may take over altogether. */
  readonly chooses: boolean;
  /** Questions in flight, all resolvers together. */
  readonly concurrency: number;
  /** Milliseconds that one try may take. */
  readonly timeout: number;
  readonly tries: number;
  /** Questions a second that each resolver is asked at the most. */
  readonly rate?: number | undefined;
  /** Milliseconds for which the run waits while no resolver answers; 0 is no limit. */
  readonly outage: number;
  /** Told when no resolver answers any more, and when one does again. */
  readonly onOutage?: ((isOut: boolean) => void) | undefined;
}

/** All times below are milliseconds. One tick looks for everything that is due. */
const TICK = 20;
/** The pause before a question is asked again after an answer that settled nothing; doubles. */
const PAUSE = 50;
const MAX_PAUSE = 2000;
/** Questions that may wait to be sent before no more are welcome; never more than may be in flight. */
const WELCOME = 256;
/** Silence after which somebody never heard from is asked whether he is there. */
const PATIENCE = 300;
/** Silence after which, the healthCheck unanswered, a resolver is benched. */
const SILENCE = 3000;
/** How long a healthCheck sent from the bench may take. */
const CANARY_WAIT = 1000;
/** The most that all stay on the bench when nobody else is left. */
const OUTAGE_BENCH = 2000;
/** The least silence on a stream, questions waiting, that means it is stuck. */
const STUCK = 1000;
/** Lines that break one after the other without an answer: the resolver does not want us. */
const MAX_FRUITLESS = 3;

export class Scheduler implements ChannelEvents {
  readonly #options: PoolOptions;
  readonly #resolvers: readonly Resolver[];
  readonly #queue = new Queue<PendingQuery>();
  /** Waiting for their pause to end. */
  #resting: PendingQuery[] = [];
  readonly #inFlight: InFlight = { count: 0 };
  #turn = 0;
  #ticker: NodeJS.Timeout | undefined;
  #now = 0;
  #backlogSince = 0;
  #outSince: number | undefined;
  #isDispatching = false;
  #isClosed = false;
  #onRoom: (() => void)[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#resolvers = options.resolvers.map((address) => this.#newResolver(address));
  }

  #newResolver(address: ResolverAddress): Resolver {
    const { first, stream, chooses, concurrency, timeout, rate } = this.#options;
    const resolver = new Resolver(address, rate, this.#clock());
    const newChannel = (transport: Transport) =>
      new Channel({
        resolver,
        transport,
        events: this,
        inFlight: this.#inFlight,
        concurrency,
        timeout,
      });
    const firstChannel = newChannel(first);
    const streamChannel = stream && newChannel(stream);
    resolver.choice =
      streamChannel && chooses
        ? new AutoSelector(firstChannel, streamChannel, (channel) =>
            this.#handBack(channel.close()),
          )
        : onlyChannel(firstChannel, streamChannel);
    return resolver;
  }

  /**
   * Asks until there is an answer to trust or the tries are used up, and tells the listener.
   *
   * @param priority `first` for a question without which a name that is under way cannot end
   */
  ask(
    name: string,
    type: number,
    listener: AnswerListener,
    priority: QueryPriority = 'usual',
  ): void {
    if (this.#isClosed) return;
    const question = new PendingQuery(name, type, listener, false);
    question.isWaiting = true;
    if (priority === 'first') this.#queue.putBack([question]);
    else this.#queue.push(question);
    this.#dispatch();
    this.#ticker ??= setInterval(this.#tick, TICK);
  }

  /** While too many questions wait already: resolves when more are welcome. */
  get room(): Promise<void> | undefined {
    if (this.#isWelcoming) return undefined;
    return new Promise((resolve) => {
      this.#onRoom.push(resolve);
    });
  }

  get #isWelcoming(): boolean {
    return this.#queue.size < Math.min(WELCOME, this.#options.concurrency);
  }

  /** Ends every conversation. Questions still open are never settled. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticker);
    for (const { channels } of this.#resolvers) {
      for (const channel of channels) channel.close();
    }
  }

  /** Milliseconds since the process began; read once a turn of the event loop. */
  get now(): number {
    return this.#clock();
  }

  #clock(): number {
    if (this.#now === 0) {
      this.#now = performance.now();
      setImmediate(this.#forgetTime);
    }
    return this.#now;
  }

  readonly #forgetTime = (): void => {
    this.#now = 0;
  };

  #dispatch(): void {
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    const now = this.#clock();
    const { concurrency } = this.#options;
    while (this.#queue.size > 0 && this.#inFlight.count < concurrency) {
      const question = this.#queue.first as PendingQuery;
      if (question.isSettled || !question.isWaiting) {
        // A late answer came while it waited to be asked again, or it was asked in another way.
        this.#queue.shift();
        continue;
      }
      const channel = this.#choose(question, now);
      if (channel) {
        this.#queue.shift();
        this.#send(question, channel, now);
      } else if (question.needsStream) {
        // The one stream it needs has no room; the others need not wait behind it.
        this.#queue.shift();
        this.#rest(question, now + TICK);
      } else {
        break;
      }
    }
    if (this.#queue.size === 0) this.#backlogSince = 0;
    else if (this.#backlogSince === 0) this.#backlogSince = now;
    if (this.#onRoom.length > 0 && this.#isWelcoming) {
      const waiting = this.#onRoom;
      this.#onRoom = [];
      for (const resolve of waiting) resolve();
    }
    this.#isDispatching = false;
  }

  #send(question: PendingQuery, channel: Channel, now: number): Attempt {
    if (channel.resolver.lacksEdns) question.edns = false;
    question.isWaiting = false;
    question.tries++;
    channel.resolver.spendToken(now);
    return channel.send(question, now);
  }

  /**
   * The next resolver in turn that has room, or the one after it if that has more: whoever is slow or
   * loses much is asked little. Not the one that has just failed if there is another.
   */
  #choose(question: PendingQuery, now: number): Channel | undefined {
    const resolvers = this.#resolvers;
    const failed = question.latest?.channel.resolver;
    if (question.needsStream && failed && !failed.isQuarantined) {
      return this.#usable(failed.choice.stream, now) ? failed.choice.stream : undefined;
    }
    let best: Channel | undefined;
    for (let i = 0; i < resolvers.length; i++) {
      const resolver = resolvers[(this.#turn + i) % resolvers.length] as Resolver;
      if (resolver === failed && this.#hasOther(resolver, now)) continue;
      if (resolver.isSuspect && this.#hasOther(resolver, now)) continue;
      const channel = question.needsStream ? resolver.choice.stream : resolver.choice.current;
      if (!this.#usable(channel, now)) continue;
      if (best) {
        if (channel.window.room > best.window.room) best = channel;
        break;
      }
      best = channel;
    }
    if (best) this.#turn = (this.#turn + 1) % resolvers.length;
    return best;
  }

  #usable(channel: Channel, now: number): boolean {
    return channel.resolver.isOpen(now) && channel.hasRoom(now);
  }

  /** Whether somebody else can be asked. */
  #hasOther(resolver: Resolver, now: number): boolean {
    return (
      this.#resolvers.length > 1 &&
      this.#resolvers.some((other) => other !== resolver && !other.isSuspect && other.isOpen(now))
    );
  }

  answered(channel: Channel, from: Attempt, answer: Reply | Failure): void {
    const now = this.#clock();
    const { resolver } = channel;
    const { question } = from;
    const wasBenched = resolver.isQuarantined;
    const hadCanary = resolver.healthCheck !== undefined;
    channel.lastAnswerAt = now;
    channel.answers++;
    channel.fruitlessConnections = 0;
    resolver.onAnswer(now);
    if (channel.transport.isPaced) {
      channel.window.measured(now - from.sentAt);
      if (from.inWindow) channel.window.ended(outcomeOf(answer), now);
    }
    channel.land(from);
    if (wasBenched) this.#returned();
    else if (hadCanary) this.#askAgain(resolver, now);
    if ('failed' in answer && answer.retryAfter !== undefined) {
      this.#leaveAlone(resolver, answer.retryAfter, now);
    }
    if (!question.isSettled && !question.isHealthCheck) {
      if ('failed' in answer) this.#failed(from, answer.failed);
      else this.#judge(from, answer, channel);
    }
    this.#dispatch();
  }

  /** It asked to be: if for longer than the run would wait, it is as good as gone. */
  #leaveAlone(resolver: Resolver, wait: number, now: number): void {
    const { outage } = this.#options;
    resolver.pausedUntil = Math.max(resolver.pausedUntil, now + wait);
    resolver.refusals.refused();
    if (outage > 0 && wait > outage) this.#bench(resolver, now);
  }

  #judge(from: Attempt, reply: Reply, channel: Channel): void {
    const { question } = from;
    const { resolver, transport } = channel;
    const { rcode } = reply;
    if (rcode === RCODE.REFUSED) resolver.refusals.refused();
    else resolver.refusals.good();
    const kind = classifyReply(reply);
    if (kind === 'truncated') {
      if (transport.isStream) {
        this.#failed(from, 'malformed', reply);
      } else {
        question.needsStream = true;
        this.#retry(from);
      }
    } else if (kind === 'answer') {
      if (!from.edns) resolver.lacksEdns = true;
      this.#settle(question, { reply, resolver: resolver.label, transport: transport.name });
    } else if (from.edns && (rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP)) {
      question.edns = false;
      this.#retry(from);
    } else {
      this.#failed(from, kind, reply);
    }
  }

  #settle(question: PendingQuery, settled: QueryResult): void {
    question.isSettled = true;
    for (let each = question.latest; question.inFlight > 0 && each; each = each.older) {
      if (each.isInFlight) each.channel.forget(each);
    }
    question.listener.onAnswer(settled);
  }

  /** Asks at once in another way: that the first way did not do has cost no try. */
  #retry({ question }: Attempt): void {
    question.tries--;
    this.#putBack([question]);
  }

  /** A try is over and has settled nothing. */
  #failed(over: Attempt, failed: LookupFailure, reply?: Reply): void {
    const { question } = over;
    if (question.isHealthCheck || question.isSettled) return;
    const { resolver, transport } = over.channel;
    const now = this.#clock();
    question.needsStream = false;
    question.last = {
      failed,
      resolver: resolver.label,
      transport: transport.name,
      ...(reply && { reply }),
    };
    // Another try is about to begin, or may still bring the answer.
    if (question.isWaiting || (failed === 'timeout' && question.inFlight > 0)) return;
    if (question.tries >= this.#options.tries) {
      if (question.inFlight === 0) this.#settle(question, question.last);
    } else if (failed === 'timeout' || (question.tries === 1 && this.#hasOther(resolver, now))) {
      this.#putBack([question]);
    } else {
      this.#rest(question, now + Math.min(PAUSE * 2 ** (question.tries - 1), MAX_PAUSE));
    }
  }

  overdue(late: Attempt, now: number): void {
    const { question, channel } = late;
    // A stream loses nothing. A datagram may be lost, if its resolver has answered others since.
    if (channel.transport.isStream || channel.resolver.lastAnswerAt <= late.sentAt) return;
    if (question.isWaiting || question.isHealthCheck || question.tries >= this.#options.tries)
      return;
    const pause = channel.window.rto * (2 ** (question.tries - 1) - 1);
    if (pause === 0) this.#putBack([question]);
    else this.#rest(question, now + pause);
  }

  /** A resolver that seemed silent is not: what was overdue there was lost. */
  #askAgain(resolver: Resolver, now: number): void {
    for (const { flight, transport } of resolver.channels) {
      if (!transport.isPaced) continue;
      for (const each of flight) {
        if (!each.inWindow && each.question.latest === each) this.overdue(each, now);
      }
    }
  }

  /** Puts questions before all others. */
  #putBack(questions: readonly PendingQuery[]): void {
    for (const question of questions) question.isWaiting = true;
    this.#queue.putBack(questions);
  }

  #rest(question: PendingQuery, until: number): void {
    question.isWaiting = true;
    question.due = until;
    this.#resting.push(question);
  }

  closed(
    channel: Channel,
    line: OpenConnection,
    wasOpen: boolean,
    lost: Attempt[],
    failed?: 'tls',
  ): void {
    const now = this.#clock();
    const { resolver } = channel;
    if (failed && !wasOpen) resolver.isDistrusted = true;
    const isBarren = line.answers === 0;
    if (isBarren) {
      channel.fruitlessConnections++;
      channel.redialAt = now + Math.min(PAUSE * 2 ** (channel.fruitlessConnections - 1), MAX_PAUSE);
    } else {
      channel.window.restart(line.answers);
    }
    if (resolver.choice.closed(channel, line.answers, wasOpen, now)) {
      this.#handBack(lost);
    } else if (channel !== resolver.choice.current) {
      // A stream that is only there for what was truncated: no other way leads to these answers.
      if (isBarren) for (const each of lost) this.#failed(each, 'network');
      else this.#handBack(lost);
    } else if (!wasOpen || channel.fruitlessConnections >= MAX_FRUITLESS) {
      this.#bench(resolver, now, lost);
    } else {
      // The first question of a conversation that brought no answer may be what ended it.
      const suspectQuery = isBarren ? lost.shift() : undefined;
      this.#handBack(lost);
      if (suspectQuery) this.#failed(suspectQuery, 'network');
    }
    this.#dispatch();
  }

  /** Puts what was in flight before all others. It has spent no try, only time. */
  #handBack(lost: readonly Attempt[]): void {
    const now = this.#clock();
    const again: PendingQuery[] = [];
    for (const each of lost) {
      const { question } = each;
      if (question.isHealthCheck) {
        each.channel.resolver.healthCheck = undefined;
      } else if (now - each.startedAt >= this.#options.timeout) {
        this.#failed(each, 'timeout');
      } else {
        question.tries--;
        question.tryStart = each.startedAt;
        if (!question.isWaiting && !question.isSettled) again.push(question);
      }
    }
    this.#putBack(again);
  }

  /** Takes a resolver out of play; `lost` and all it still had go back, no try spent. */
  #bench(resolver: Resolver, now: number, lost: readonly Attempt[] = []): void {
    const wasBenched = resolver.isQuarantined;
    // A certificate does not get better by the second.
    const canWait = resolver.isDistrusted || this.#hasOther(resolver, now);
    resolver.bench(now, canWait ? undefined : OUTAGE_BENCH);
    const all = [...lost];
    for (const channel of resolver.channels) {
      all.push(...channel.close());
      channel.window.restart(1);
    }
    this.#release(all);
    if (wasBenched || this.#outSince !== undefined) return;
    if (this.#resolvers.every(({ isQuarantined }) => isQuarantined)) {
      this.#outSince = now;
      this.#options.onOutage?.(true);
    }
  }

  /** Puts back what a resolver never had a chance to answer: neither a try nor its time was spent. */
  #release(lost: readonly Attempt[]): void {
    const again = new Set<PendingQuery>();
    for (const { question } of lost) {
      question.tries--;
      if (!question.isHealthCheck && !question.isSettled && !question.isWaiting)
        again.add(question);
    }
    this.#putBack([...again]);
  }

  /** Somebody is back from the bench. */
  #returned(): void {
    if (this.#outSince === undefined) return;
    this.#outSince = undefined;
    this.#options.onOutage?.(false);
  }

  readonly #tick = (): void => {
    this.#now = 0;
    const now = this.#clock();
    for (const resolver of this.#resolvers) {
      resolver.adjust(now);
      for (const channel of resolver.channels) this.#age(channel, now);
      resolver.choice.tick(now, this.#backlogSince);
      this.#listen(resolver, now);
    }
    this.#wake(now);
    if (this.#outSince !== undefined) this.#outage(now);
    this.#dispatch();
    if (this.#isIdle) {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    }
  };

  get #isIdle(): boolean {
    const isQuiet = ({ channels }: Resolver) => channels.every(({ flight }) => flight.size === 0);
    return this.#resting.length === 0 && this.#queue.size === 0 && this.#resolvers.every(isQuiet);
  }

  /** Lets what is overdue leave the window, ends tries whose time is over, closes what is stuck. */
  #age(channel: Channel, now: number): void {
    const { flight, window, transport } = channel;
    if (transport.isPaced) channel.age(now);
    let oldest = flight.oldest;
    while (oldest && now - oldest.sentAt >= this.#options.timeout) {
      channel.forget(oldest);
      this.#failed(oldest, 'timeout');
      oldest = flight.oldest;
    }
    if (!transport.isStream || !oldest) return;
    const silence = now - Math.max(channel.lastAnswerAt, oldest.sentAt);
    if (silence >= Math.max(STUCK, 2 * window.rto)) this.#unstick(channel);
  }

  /** Ends a stream that has gone silent with questions waiting: they are asked again on a new one. */
  #unstick(channel: Channel): void {
    const isBarren = channel.flight.oldest?.line.answers === 0;
    const lost = channel.close();
    channel.fruitlessConnections = isBarren ? channel.fruitlessConnections + 1 : 0;
    if (
      channel.fruitlessConnections >= MAX_FRUITLESS &&
      channel === channel.resolver.choice.current
    ) {
      this.#bench(channel.resolver, this.#clock(), lost);
      return;
    }
    const suspectQuery = isBarren ? lost.shift() : undefined;
    this.#handBack(lost);
    if (suspectQuery) this.#failed(suspectQuery, 'timeout');
  }

  /** Watches for a resolver that has fallen silent: a healthCheck, then suspicion, then the bench. */
  #listen(resolver: Resolver, now: number): void {
    const channel = resolver.choice.current;
    if (!channel.transport.isPaced || now < resolver.pausedUntil) return;
    const { healthCheck } = resolver;
    if (resolver.quarantinedUntil !== undefined) {
      if (healthCheck && now - healthCheck.sentAt >= CANARY_WAIT) this.#bench(resolver, now);
      else if (!healthCheck && now >= resolver.quarantinedUntil)
        this.#sendCanary(resolver, channel, now);
      return;
    }
    const oldest = healthCheck ?? channel.flight.oldest;
    if (!oldest) return;
    const patience = channel.window.roundTrip > 0 ? channel.window.rto : PATIENCE;
    const silence = now - Math.max(resolver.lastAnswerAt, healthCheck ? 0 : oldest.sentAt);
    if (!healthCheck) {
      if (silence >= patience) this.#sendCanary(resolver, channel, now);
    } else if (now - healthCheck.sentAt >= SILENCE - patience) {
      this.#bench(resolver, now);
    } else if (!resolver.isSuspect && now - healthCheck.sentAt >= patience) {
      resolver.isSuspect = true;
      // Others may know: what waits here need not.
      if (!this.#hasOther(resolver, now)) return;
      this.#release(resolver.channels.flatMap((each) => each.forgetAll()));
    }
  }

  /** Asks for the name servers of the root: any answer says that somebody is there. */
  #sendCanary(resolver: Resolver, channel: Channel, now: number): void {
    const healthCheck = new PendingQuery('', TYPE.NS, nobody, true);
    resolver.healthCheck = this.#send(healthCheck, channel, now);
  }

  #wake(now: number): void {
    const due = this.#resting.filter((question) => question.due <= now);
    if (due.length === 0) return;
    this.#resting = this.#resting.filter((question) => question.due > now);
    this.#putBack(due.filter(({ isWaiting, isSettled }) => isWaiting && !isSettled));
  }

  /** Nobody answers: after a while the names that wait are given up. */
  #outage(now: number): void {
    const { outage } = this.#options;
    const isHopeless = this.#resolvers.every(({ isDistrusted }) => isDistrusted);
    if (!isHopeless && (outage === 0 || now - (this.#outSince as number) < outage)) return;
    const failed = isHopeless ? 'tls' : 'timeout';
    const lost = this.#resting;
    this.#resting = [];
    for (let question = this.#queue.shift(); question; question = this.#queue.shift())
      lost.push(question);
    for (const question of lost) {
      if (!question.isSettled) this.#settle(question, { failed });
    }
  }
}

const nobody: AnswerListener = { onAnswer() {} };

function outcomeOf(answer: Reply | Failure): 'answered' | 'refused' | 'servfail' {
  if ('failed' in answer) {
    if (answer.retryAfter !== undefined) return 'refused';
    return answer.failed === 'servfail' ? 'servfail' : 'answered';
  }
  if (answer.rcode === RCODE.REFUSED) return 'refused';
  return answer.rcode === RCODE.SERVFAIL ? 'servfail' : 'answered';
}
