/** Looks after the resolvers that are asked, once a tick: what is late, stuck, silent or back. */

import {
  type HealthEvent,
  MAX_OUTAGE_QUARANTINE_MS,
  MAX_QUARANTINE_MS,
  needsCheck,
} from '../pacing/resolver-health.js';
import type { SelectorAction } from '../pacing/transport-selector.js';
import type { ConnectionFailure } from '../transports/connection-failure.js';
import type { Attempt } from './attempt.js';
import type { AttemptJudge } from './attempt-judge.js';
import type { Channel, ClosedConnection } from './channel.js';
import type { OutageWatch } from './outage-watch.js';
import type { AnswerListener, PendingQuery } from './query.js';
import type { Upstream } from './upstream.js';
import type { UpstreamSet } from './upstream-set.js';

export interface MonitorOptions {
  readonly upstreams: UpstreamSet;
  readonly judge: AttemptJudge;
  readonly outage: OutageWatch;
  /** Milliseconds that one attempt may take. */
  readonly timeout: number;
  readonly send: (query: PendingQuery, channel: Channel, now: number) => Attempt;
}

/** How long a resolver may be silent before anything is known of its latency. */
const PATIENCE_MS = 300;
/** Where so many wait, silence is checked when it is so long and so many times as long as answers take. */
const MANY_WAITING = 24;
const EARLY_CHECK_MS = 100;
const EARLY_CHECK_FACTOR = 2;
/** Silence on a stream, attempts waiting, that is checked; and that means, unchecked, that it is stuck. */
const STREAM_PATIENCE_MS = 1000;
const STUCK_MS = 2000;
/** A health check that was not answered is repeated after this long. */
const RECHECK_MS = 500;
/** How long a connection may take to stand. */
const DIAL_MS = 3000;
/**
 * Resolvers that are looked after within one tick: with a thousand, each every fourth time. A pace allows bursts
 * of a tenth of a second, so that none waits for it.
 */
const UPSTREAMS_A_TICK = 256;
/** Streams that may be dialled for a trial within one tick. */
const DIALS_A_TICK = 2;

/** The part of its time after which an attempt over a stream is made again at the soonest, at the end of a run. */
const LAST_PART = 1 / 4;

/** What there is to ask. */
export interface Demand {
  /** Questions wait. */
  readonly isWanted: boolean;
  /** None of them is new, and none has come for a while: the run waits for its last names, or for more. */
  readonly isEnding: boolean;
}

export class UpstreamMonitor {
  readonly #options: MonitorOptions;
  #dials = 0;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /**
   * @param readUntil what is not answered by then is judged by how long it has waited until then
   */
  tick(now: number, readUntil: number, demand: Demand): void {
    const { isWanted, isEnding } = demand;
    this.#dials = 0;
    const { upstreams } = this.#options;
    upstreams.tick(now, isWanted);
    for (const upstream of upstreams.nextBusy(UPSTREAMS_A_TICK)) {
      upstream.noteBacklog(isWanted, now);
      for (const channel of upstream.channels) {
        if (!channel.isUsed) continue;
        this.#expire(channel, readUntil, now);
        if (isEnding && channel.isStream) this.#askAgainOver(channel, now);
        this.#watch(upstream, channel, now, demand);
      }
      this.#select(upstream, now);
      this.#listen(upstream, now);
      upstreams.update(upstream, now);
      if (upstream.channels.every(({ inFlight }) => inFlight === 0)) upstreams.markIdle(upstream);
    }
  }

  onClose(channel: Channel, closed: ClosedConnection, now: number): void {
    const { upstreams, judge } = this.#options;
    const upstream = upstreams.all[channel.upstream] as Upstream;
    const { wasOpen, failure, answers, lost } = closed;
    if (failure) noteFailure(upstream, channel, failure);
    if (lost.some((each) => each === upstream.healthCheck)) upstream.endHealthCheck();
    // The first query of a connection that brought no answer may be what ended it.
    const suspect = answers === 0 ? lost[0] : undefined;
    if (closed.isExcess) {
      judge.requeue(lost, now, suspect);
    } else if (this.#handleBySelector(upstream, channel, closed, now)) {
      judge.requeue(lost, now);
    } else if (channel !== upstream.current) {
      // A stream that is only there for what was truncated: no other way leads to these answers.
      if (channel.answers > 0 && !channel.breaks.isBroken) judge.requeue(lost, now, suspect);
      else for (const each of lost) judge.fail(each, 'network', undefined, now);
    } else if (!wasOpen || channel.breaks.isBroken) {
      const kind = failure?.reason === 'tls' && !wasOpen ? 'unverified' : 'unreachable';
      this.quarantine(upstream, { kind }, lost, now);
    } else {
      judge.requeue(lost, now, suspect);
    }
    upstreams.update(upstream, now);
  }

  #handleBySelector(
    upstream: Upstream,
    channel: Channel,
    { answers, wasOpen }: ClosedConnection,
    now: number,
  ): boolean {
    const { selector } = upstream;
    if (!selector) return false;
    if (channel === upstream.stream) {
      const action = selector.onStreamClosed(answers, wasOpen, now);
      if (action === 'leave-stream') this.#act(upstream, action, now);
      return action !== undefined;
    }
    if (wasOpen) return false;
    const action = selector.onDatagramsRefused(now);
    if (action) this.#act(upstream, action, now);
    return action !== undefined;
  }

  /** Takes a resolver out of play; `lost` and all that it still had go back. */
  quarantine(upstream: Upstream, event: HealthEvent, lost: readonly Attempt[], now: number): void {
    const { upstreams, judge, outage } = this.#options;
    // A certificate does not get better by the second.
    const canWait = event.kind === 'unverified' || upstreams.hasOther(upstream);
    const atMost = canWait ? MAX_QUARANTINE_MS : MAX_OUTAGE_QUARANTINE_MS;
    if (!upstream.onHealthEvent(event, now, atMost)) return;
    const all = [...lost];
    for (const channel of upstream.channels) {
      all.push(...channel.close());
      if (channel.isUsed) channel.pacer.restart(now);
    }
    judge.release(all);
    upstreams.update(upstream, now);
    outage.update(now);
  }

  /**
   * A resolver that seemed silent is not: what was late there was lost. If a health check was lost as well, it was
   * away, and that costs the names no try.
   *
   * @param checkedForMs how long it took from the first health check on
   */
  askAgain(upstream: Upstream, checkedForMs: number, now: number): void {
    const wasAway = checkedForMs >= RECHECK_MS;
    for (const channel of upstream.channels) {
      if (channel.isStream || !channel.transport.isPaced || !channel.isUsed) continue;
      for (const each of channel.late()) {
        if (wasAway) each.excuse();
        this.#options.judge.onLate(each, now);
      }
    }
  }

  /**
   * What is late on a stream is not lost, but its name may be dead: when the run waits for it, that had better be known
   * soon. Five attempts together have no less time than two. Where nothing was answered since, it is the stream
   * that is late.
   */
  #askAgainOver(channel: Channel, now: number): void {
    const { judge, timeout } = this.#options;
    const afterMs = Math.max(channel.pacer.lostAfterMs, timeout * LAST_PART);
    for (const each of channel.late(now - afterMs)) {
      const isHeldUp = channel.lastAnswerAt <= each.sentAt;
      if (!isHeldUp && !each.isMissed) judge.onLate(each, now);
    }
  }

  /** Ends attempts whose time is over. */
  #expire(channel: Channel, readUntil: number, now: number): void {
    channel.age(readUntil);
    for (let { oldest } = channel; oldest; { oldest } = channel) {
      if (readUntil - oldest.sentAt < this.#options.timeout) return;
      channel.cancel(oldest);
      this.#options.judge.fail(oldest, 'timeout', undefined, now);
    }
  }

  /** Closes what is stuck, and lets the pacer judge. */
  #watch(upstream: Upstream, channel: Channel, now: number, demand: Demand): void {
    const { transport, pacer } = channel;
    const { isWanted, isEnding } = demand;
    if (transport.isPaced) pacer.tick(now, isWanted, isWanted && !isEnding);
    if (!channel.isStream || !channel.oldest) return;
    this.#options.judge.release(channel.tendConnections(now));
    const isStuck = channel.silentFor(now) >= Math.max(STUCK_MS, 2 * pacer.resendAfterMs);
    const isUnreachable = channel.diallingFor(now) >= DIAL_MS;
    if (isUnreachable && channel === upstream.current && !upstream.selector) {
      this.quarantine(upstream, { kind: 'unreachable' }, [], now);
    } else if (isStuck || isUnreachable) {
      this.#unstick(upstream, channel, now);
    }
  }

  /** Ends a stream that is silent while attempts wait: they are made again on a new one. */
  #unstick(upstream: Upstream, channel: Channel, now: number): void {
    const { judge } = this.#options;
    const answers = channel.oldest?.connection.answers ?? 0;
    const lost = channel.close();
    if (lost.some((each) => each === upstream.healthCheck)) upstream.endHealthCheck();
    channel.breaks.onEnd(answers, lost.length);
    if (channel.breaks.isBroken && channel === upstream.current) {
      this.quarantine(upstream, { kind: 'unreachable' }, lost, now);
      return;
    }
    const suspect = answers === 0 ? lost[0] : undefined;
    judge.requeue(suspect ? lost.slice(1) : lost, now);
    if (suspect) judge.fail(suspect, 'timeout', undefined, now);
  }

  #select(upstream: Upstream, now: number): void {
    const { selector } = upstream;
    if (!selector || upstream.isAway) return;
    const { upstreams } = this.#options;
    const facts = upstream.selectorFacts(now, {
      mayDial: this.#dials < DIALS_A_TICK,
      isFavourite: upstreams.isFavourite(upstream),
    });
    this.#act(upstream, selector.tick(facts), now);
  }

  #act(upstream: Upstream, action: SelectorAction, now: number): void {
    const { first, stream } = upstream;
    if (action === 'dial') {
      this.#dials++;
      stream.dial();
    } else if (action === 'use-stream') {
      stream.pacer.adopt(first.pacer, now);
    } else if (action === 'leave-stream') {
      this.#options.judge.requeue(stream.close(), now);
    }
  }

  /** Watches for silence: a health check, then suspicion, then quarantine. */
  #listen(upstream: Upstream, now: number): void {
    const { current, health } = upstream;
    if (!current.transport.isPaced || upstream.isPaused(now)) return;
    const silence = {
      kind: 'silent',
      forMs: current.silentFor(now),
      checkedForMs: upstream.checkedFor(now),
      checkAfterMs: checkAfter(current),
      patienceMs: patienceFor(upstream),
    } as const;
    if (needsCheck(health, silence, now)) this.#check(upstream, now);
    if (silence.checkedForMs === undefined) return;
    this.quarantine(upstream, silence, [], now);
    if (upstream.isAway) return;
    // The check itself may have been lost: of early ones more than one, before that is suspicious.
    const sentAt = upstream.healthCheck?.sentAt ?? now;
    const isEarly = silence.checkAfterMs < silence.patienceMs;
    const recheckMs = isEarly ? silence.checkAfterMs : Math.max(RECHECK_MS, silence.patienceMs);
    if (now - sentAt >= recheckMs) this.#check(upstream, now);
    if (upstream.health.kind !== 'suspect' || health.kind === 'suspect') return;
    this.#options.upstreams.update(upstream, now);
    // Others may know: what waits here need not.
    if (!this.#options.upstreams.hasOther(upstream)) return;
    this.#options.judge.release(upstream.channels.flatMap((each) => each.cancelAll()));
  }

  #check(upstream: Upstream, now: number): void {
    const query = upstream.healthQuestion(nowhere);
    upstream.beginHealthCheck(this.#options.send(query, upstream.current, now));
  }
}

/** The same; the health check of one that is away has its time, however far away that is. */
function patienceFor({ isAway, channels, current }: Upstream): number {
  if (!isAway) return patienceWith(current);
  const medians = channels.map((each) => (each.isUsed ? each.pacer.medianMs : 0));
  return Math.max(patienceWith(current), 2 * Math.max(...medians));
}

/** How long a resolver may be silent before that is suspicious. */
function patienceWith({ pacer, isStream }: Channel): number {
  // A connection has to be made first, and a lost segment is sent again by the kernel.
  if (isStream) return Math.max(STREAM_PATIENCE_MS, pacer.resendAfterMs);
  return pacer.medianMs > 0 ? pacer.resendAfterMs : PATIENCE_MS;
}

/** How long a resolver may be silent before it is checked. Where many wait it is soon no chance that none is answered. */
function checkAfter(channel: Channel): number {
  const { pacer, isStream, inFlight } = channel;
  const patience = patienceWith(channel);
  if (isStream || inFlight < MANY_WAITING || pacer.medianMs === 0) return patience;
  return Math.min(patience, Math.max(EARLY_CHECK_MS, EARLY_CHECK_FACTOR * pacer.inTimeMs));
}

const nowhere: AnswerListener = { onAnswer() {} };

/**
 * That TCP is refused says nothing of UDP, where a resolver is asked over both: that nothing listens
 * there is known only when datagrams are refused, too.
 */
function noteFailure(upstream: Upstream, channel: Channel, failure: ConnectionFailure): void {
  const isOneOfTwo = upstream.selector !== undefined && channel === upstream.stream;
  if (!isOneOfTwo || failure.reason !== 'network') {
    upstream.noteFailure(failure);
  } else if (upstream.failure === undefined) {
    const message = `over TCP ${failure.message}`;
    upstream.noteFailure({ reason: 'timeout', code: '', message, isLasting: false });
  }
}
