/**
 * The resolver pool: every judgement about asking. Which resolver, over what, how many at once, how
 * often again, and when to give up. Lines only carry.
 *
 * Nothing here is done per question that can be done per tick: no timer, no listener, no promise.
 */

import type { LookupFailure } from '../core/model.js';
import { Queue } from '../core/queue.js';
import { RCODE, type Reply } from '../dns/message.js';
import { TYPE } from '../dns/types.js';
import type { Failure, Transport } from '../transports/connection.js';
import { type InFlight, type OpenedLine, Route, type RouteEvents } from './channel.js';
import { type Asker, Asking, type Settled, type Try } from './query.js';
import { AutoChoice, onlyRoute } from './transport-selector.js';
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
/** Silence after which, the canary unanswered, a resolver is benched. */
const SILENCE = 3000;
/** How long a canary sent from the bench may take. */
const CANARY_WAIT = 1000;
/** The most that all stay on the bench when nobody else is left. */
const OUTAGE_BENCH = 2000;
/** The least silence on a stream, questions waiting, that means it is stuck. */
const STUCK = 1000;
/** Lines that break one after the other without an answer: the resolver does not want us. */
const MAX_BARREN = 3;

export class ResolverPool implements RouteEvents {
  readonly #options: PoolOptions;
  readonly #resolvers: readonly Resolver[];
  readonly #queue = new Queue<Asking>();
  /** Waiting for their pause to end. */
  #resting: Asking[] = [];
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
    const newRoute = (transport: Transport) =>
      new Route({
        resolver,
        transport,
        events: this,
        inFlight: this.#inFlight,
        concurrency,
        timeout,
      });
    const firstRoute = newRoute(first);
    const streamRoute = stream && newRoute(stream);
    resolver.choice =
      streamRoute && chooses
        ? new AutoChoice(firstRoute, streamRoute, (route) => this.#handBack(route.close()))
        : onlyRoute(firstRoute, streamRoute);
    return resolver;
  }

  /** Asks until there is an answer to trust or the tries are used up, and tells the asker. */
  ask(name: string, type: number, asker: Asker): void {
    if (this.#isClosed) return;
    const asking = new Asking(name, type, asker, false);
    asking.isWaiting = true;
    this.#queue.push(asking);
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
    for (const { routes } of this.#resolvers) {
      for (const route of routes) route.close();
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
      const asking = this.#queue.first as Asking;
      if (asking.isSettled || !asking.isWaiting) {
        // A late answer came while it waited to be asked again, or it was asked in another way.
        this.#queue.shift();
        continue;
      }
      const route = this.#choose(asking, now);
      if (route) {
        this.#queue.shift();
        this.#send(asking, route, now);
      } else if (asking.needsStream) {
        // The one stream it needs has no room; the others need not wait behind it.
        this.#queue.shift();
        this.#rest(asking, now + TICK);
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

  #send(asking: Asking, route: Route, now: number): Try {
    if (route.resolver.isPlain) asking.edns = false;
    asking.isWaiting = false;
    asking.tries++;
    route.resolver.spendToken(now);
    return route.send(asking, now);
  }

  /**
   * The next resolver in turn that has room, or the one after it if that has more: whoever is slow or
   * loses much is asked little. Not the one that has just failed if there is another.
   */
  #choose(asking: Asking, now: number): Route | undefined {
    const resolvers = this.#resolvers;
    const failed = asking.latest?.route.resolver;
    if (asking.needsStream && failed && !failed.isBenched) {
      return this.#usable(failed.choice.stream, now) ? failed.choice.stream : undefined;
    }
    let best: Route | undefined;
    for (let i = 0; i < resolvers.length; i++) {
      const resolver = resolvers[(this.#turn + i) % resolvers.length] as Resolver;
      if (resolver === failed && this.#hasOther(resolver, now)) continue;
      if (resolver.isSuspect && this.#hasOther(resolver, now)) continue;
      const route = asking.needsStream ? resolver.choice.stream : resolver.choice.current;
      if (!this.#usable(route, now)) continue;
      if (best) {
        if (route.window.room > best.window.room) best = route;
        break;
      }
      best = route;
    }
    if (best) this.#turn = (this.#turn + 1) % resolvers.length;
    return best;
  }

  #usable(route: Route, now: number): boolean {
    return route.resolver.isOpen(now) && route.hasRoom(now);
  }

  /** Whether somebody else can be asked. */
  #hasOther(resolver: Resolver, now: number): boolean {
    return (
      this.#resolvers.length > 1 &&
      this.#resolvers.some((other) => other !== resolver && !other.isSuspect && other.isOpen(now))
    );
  }

  answered(route: Route, from: Try, answer: Reply | Failure): void {
    const now = this.#clock();
    const { resolver } = route;
    const { asking } = from;
    const wasBenched = resolver.isBenched;
    const hadCanary = resolver.canary !== undefined;
    route.heardAt = now;
    route.answers++;
    route.barren = 0;
    resolver.heard(now);
    if (route.transport.isPaced) {
      route.window.measured(now - from.sentAt);
      if (from.inWindow) route.window.ended(outcomeOf(answer), now);
    }
    route.land(from);
    if (wasBenched) this.#returned();
    else if (hadCanary) this.#askAgain(resolver, now);
    if ('failed' in answer && answer.retryAfter !== undefined) {
      this.#leaveAlone(resolver, answer.retryAfter, now);
    }
    if (!asking.isSettled && !asking.isCanary) {
      if ('failed' in answer) this.#failed(from, answer.failed);
      else this.#judge(from, answer, route);
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

  #judge(from: Try, reply: Reply, route: Route): void {
    const { asking } = from;
    const { resolver, transport } = route;
    const { rcode } = reply;
    if (rcode === RCODE.REFUSED) resolver.refusals.refused();
    else resolver.refusals.good();
    if (reply.truncated) {
      if (transport.isStream) {
        this.#failed(from, 'malformed', rcode);
      } else {
        asking.needsStream = true;
        this.#retry(from);
      }
    } else if (reply.referral) {
      this.#failed(from, 'referral', rcode);
    } else if (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) {
      if (!from.edns) resolver.isPlain = true;
      this.#settle(asking, { reply, resolver: resolver.label, transport: transport.name });
    } else if (from.edns && (rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP)) {
      asking.edns = false;
      this.#retry(from);
    } else {
      this.#failed(from, uncertainty(rcode), rcode);
    }
  }

  #settle(asking: Asking, settled: Settled): void {
    asking.isSettled = true;
    for (let each = asking.latest; asking.inFlight > 0 && each; each = each.older) {
      if (each.isInFlight) each.route.forget(each);
    }
    asking.asker.heard(settled);
  }

  /** Asks at once in another way: that the first way did not do has cost no try. */
  #retry({ asking }: Try): void {
    asking.tries--;
    this.#putBack([asking]);
  }

  /** A try is over and has settled nothing. */
  #failed(over: Try, failed: LookupFailure, rcode?: number): void {
    const { asking } = over;
    if (asking.isCanary || asking.isSettled) return;
    const { resolver, transport } = over.route;
    const now = this.#clock();
    asking.needsStream = false;
    asking.last = {
      failed,
      resolver: resolver.label,
      transport: transport.name,
      ...(rcode === undefined ? undefined : { rcode }),
    };
    // Another try is about to begin, or may still bring the answer.
    if (asking.isWaiting || (failed === 'timeout' && asking.inFlight > 0)) return;
    if (asking.tries >= this.#options.tries) {
      if (asking.inFlight === 0) this.#settle(asking, asking.last);
    } else if (failed === 'timeout' || (asking.tries === 1 && this.#hasOther(resolver, now))) {
      this.#putBack([asking]);
    } else {
      this.#rest(asking, now + Math.min(PAUSE * 2 ** (asking.tries - 1), MAX_PAUSE));
    }
  }

  overdue(late: Try, now: number): void {
    const { asking, route } = late;
    // A stream loses nothing. A datagram may be lost, if its resolver has answered others since.
    if (route.transport.isStream || route.resolver.heardAt <= late.sentAt) return;
    if (asking.isWaiting || asking.isCanary || asking.tries >= this.#options.tries) return;
    const pause = route.window.rto * (2 ** (asking.tries - 1) - 1);
    if (pause === 0) this.#putBack([asking]);
    else this.#rest(asking, now + pause);
  }

  /** A resolver that seemed silent is not: what was overdue there was lost. */
  #askAgain(resolver: Resolver, now: number): void {
    for (const { flight, transport } of resolver.routes) {
      if (!transport.isPaced) continue;
      for (const each of flight) {
        if (!each.inWindow && each.asking.latest === each) this.overdue(each, now);
      }
    }
  }

  /** Puts questions before all others. */
  #putBack(askings: readonly Asking[]): void {
    for (const asking of askings) asking.isWaiting = true;
    this.#queue.putBack(askings);
  }

  #rest(asking: Asking, until: number): void {
    asking.isWaiting = true;
    asking.due = until;
    this.#resting.push(asking);
  }

  closed(route: Route, line: OpenedLine, wasOpen: boolean, lost: Try[], failed?: 'tls'): void {
    const now = this.#clock();
    const { resolver } = route;
    if (failed && !wasOpen) resolver.isDistrusted = true;
    const isBarren = line.answers === 0;
    if (isBarren) {
      route.barren++;
      route.redialAt = now + Math.min(PAUSE * 2 ** (route.barren - 1), MAX_PAUSE);
    } else {
      route.window.restart(line.answers);
    }
    if (resolver.choice.closed(route, line.answers, wasOpen, now)) {
      this.#handBack(lost);
    } else if (route !== resolver.choice.current) {
      // A stream that is only there for what was truncated: no other way leads to these answers.
      if (isBarren) for (const each of lost) this.#failed(each, 'network');
      else this.#handBack(lost);
    } else if (!wasOpen || route.barren >= MAX_BARREN) {
      this.#bench(resolver, now, lost);
    } else {
      // The first question of a conversation that brought no answer may be what ended it.
      const poison = isBarren ? lost.shift() : undefined;
      this.#handBack(lost);
      if (poison) this.#failed(poison, 'network');
    }
    this.#dispatch();
  }

  /** Puts what was in flight before all others. It has spent no try, only time. */
  #handBack(lost: readonly Try[]): void {
    const now = this.#clock();
    const again: Asking[] = [];
    for (const each of lost) {
      const { asking } = each;
      if (asking.isCanary) {
        each.route.resolver.canary = undefined;
      } else if (now - each.startedAt >= this.#options.timeout) {
        this.#failed(each, 'timeout');
      } else {
        asking.tries--;
        asking.tryStart = each.startedAt;
        if (!asking.isWaiting && !asking.isSettled) again.push(asking);
      }
    }
    this.#putBack(again);
  }

  /** Takes a resolver out of play; `lost` and all it still had go back, no try spent. */
  #bench(resolver: Resolver, now: number, lost: readonly Try[] = []): void {
    const wasBenched = resolver.isBenched;
    // A certificate does not get better by the second.
    const canWait = resolver.isDistrusted || this.#hasOther(resolver, now);
    resolver.bench(now, canWait ? undefined : OUTAGE_BENCH);
    const all = [...lost];
    for (const route of resolver.routes) {
      all.push(...route.close());
      route.window.restart(1);
    }
    this.#release(all);
    if (wasBenched || this.#outSince !== undefined) return;
    if (this.#resolvers.every(({ isBenched }) => isBenched)) {
      this.#outSince = now;
      this.#options.onOutage?.(true);
    }
  }

  /** Puts back what a resolver never had a chance to answer: neither a try nor its time was spent. */
  #release(lost: readonly Try[]): void {
    const again = new Set<Asking>();
    for (const { asking } of lost) {
      asking.tries--;
      if (!asking.isCanary && !asking.isSettled && !asking.isWaiting) again.add(asking);
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
      for (const route of resolver.routes) this.#age(route, now);
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
    const isQuiet = ({ routes }: Resolver) => routes.every(({ flight }) => flight.size === 0);
    return this.#resting.length === 0 && this.#queue.size === 0 && this.#resolvers.every(isQuiet);
  }

  /** Lets what is overdue leave the window, ends tries whose time is over, closes what is stuck. */
  #age(route: Route, now: number): void {
    const { flight, window, transport } = route;
    if (transport.isPaced) route.age(now);
    let oldest = flight.oldest;
    while (oldest && now - oldest.sentAt >= this.#options.timeout) {
      route.forget(oldest);
      this.#failed(oldest, 'timeout');
      oldest = flight.oldest;
    }
    if (!transport.isStream || !oldest) return;
    const silence = now - Math.max(route.heardAt, oldest.sentAt);
    if (silence >= Math.max(STUCK, 2 * window.rto)) this.#unstick(route);
  }

  /** Ends a stream that has gone silent with questions waiting: they are asked again on a new one. */
  #unstick(route: Route): void {
    const isBarren = route.flight.oldest?.line.answers === 0;
    const lost = route.close();
    route.barren = isBarren ? route.barren + 1 : 0;
    if (route.barren >= MAX_BARREN && route === route.resolver.choice.current) {
      this.#bench(route.resolver, this.#clock(), lost);
      return;
    }
    const poison = isBarren ? lost.shift() : undefined;
    this.#handBack(lost);
    if (poison) this.#failed(poison, 'timeout');
  }

  /** Watches for a resolver that has fallen silent: a canary, then suspicion, then the bench. */
  #listen(resolver: Resolver, now: number): void {
    const route = resolver.choice.current;
    if (!route.transport.isPaced || now < resolver.pausedUntil) return;
    const { canary } = resolver;
    if (resolver.benchedUntil !== undefined) {
      if (canary && now - canary.sentAt >= CANARY_WAIT) this.#bench(resolver, now);
      else if (!canary && now >= resolver.benchedUntil) this.#sendCanary(resolver, route, now);
      return;
    }
    const oldest = canary ?? route.flight.oldest;
    if (!oldest) return;
    const patience = route.window.roundTrip > 0 ? route.window.rto : PATIENCE;
    const silence = now - Math.max(resolver.heardAt, canary ? 0 : oldest.sentAt);
    if (!canary) {
      if (silence >= patience) this.#sendCanary(resolver, route, now);
    } else if (now - canary.sentAt >= SILENCE - patience) {
      this.#bench(resolver, now);
    } else if (!resolver.isSuspect && now - canary.sentAt >= patience) {
      resolver.isSuspect = true;
      // Others may know: what waits here need not.
      if (!this.#hasOther(resolver, now)) return;
      this.#release(resolver.routes.flatMap((each) => each.forgetAll()));
    }
  }

  /** Asks for the name servers of the root: any answer says that somebody is there. */
  #sendCanary(resolver: Resolver, route: Route, now: number): void {
    const canary = new Asking('', TYPE.NS, nobody, true);
    resolver.canary = this.#send(canary, route, now);
  }

  #wake(now: number): void {
    const due = this.#resting.filter((asking) => asking.due <= now);
    if (due.length === 0) return;
    this.#resting = this.#resting.filter((asking) => asking.due > now);
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
    for (let asking = this.#queue.shift(); asking; asking = this.#queue.shift()) lost.push(asking);
    for (const asking of lost) {
      if (!asking.isSettled) this.#settle(asking, { failed });
    }
  }
}

const nobody: Asker = { heard() {} };

function outcomeOf(answer: Reply | Failure): 'answered' | 'refused' | 'servfail' {
  if ('failed' in answer) {
    if (answer.retryAfter !== undefined) return 'refused';
    return answer.failed === 'servfail' ? 'servfail' : 'answered';
  }
  if (answer.rcode === RCODE.REFUSED) return 'refused';
  return answer.rcode === RCODE.SERVFAIL ? 'servfail' : 'answered';
}

function uncertainty(rcode: number): LookupFailure {
  if (rcode === RCODE.SERVFAIL) return 'servfail';
  if (rcode === RCODE.REFUSED) return 'refused';
  return 'rcode';
}
