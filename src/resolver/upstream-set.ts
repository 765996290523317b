/**
 * Which resolver is asked next. Those that have room are kept in a list, so that a choice costs the
 * same for any number of resolvers.
 */

import { Favourites } from '../pacing/favourites.js';
import type { Channel } from './channel.js';
import type { PendingQuery } from './query.js';
import type { Upstream } from './upstream.js';

/** What becomes of a query for now: `wait` concerns this one only, `none` all that wait. */
export type Choice = Channel | 'wait' | 'none';

/** A name that was lost is asked no more often at those that were asked for it, before others have been. */
const MOST_AT_ONE = 2;

/**
 * So many resolvers are asked from the start, and so many more each tick: each is checked at its first use, and what that
 * takes of our own time is not taken all at once. By then the quickest may be known, and little else is asked.
 */
const FIRST = 128;
const MORE_A_TICK = 8;

interface Standing {
  /** It may be asked at all. */
  isInPlay: boolean;
  /** The same, and no other is to be asked before it. */
  isPreferred: boolean;
  /** The list that it is in, and where. */
  list: Upstream[] | undefined;
  at: number;
}

export class UpstreamSet {
  readonly all: readonly Upstream[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #standings: Standing[];
  /** Those with room: those to be asked first, and the doubtful. */
  readonly #ready: Upstream[] = [];
  readonly #spare: Upstream[] = [];
  readonly #busy = new Set<Upstream>();
  readonly #favourites: Favourites<Upstream>;
  #preferred = 0;
  #turn = 0;
  /** So many may be asked by now, in the order that they were given in. */
  #asked = FIRST;

  constructor(all: readonly Upstream[], now: number) {
    this.all = all;
    this.#favourites = new Favourites(all);
    this.#numbers = new Map(all.map(({ label, number }) => [label, number]));
    this.#standings = all.map(() => ({
      isInPlay: false,
      isPreferred: false,
      list: undefined,
      at: 0,
    }));
    for (const upstream of all) this.update(upstream, now);
    this.#busy.clear();
  }

  /**
   * Those that have something in flight, or that are not ready: up to so many, each in its turn.
   */
  nextBusy(most: number): readonly Upstream[] {
    const next: Upstream[] = [];
    for (const upstream of this.#busy) {
      if (next.length === most) break;
      next.push(upstream);
    }
    if (next.length === this.#busy.size) return next;
    for (const upstream of next) {
      this.#busy.delete(upstream);
      this.#busy.add(upstream);
    }
    return next;
  }

  /** The number of the resolver that results call so. */
  numberOf(label: string | undefined): number | undefined {
    return label === undefined ? undefined : this.#numbers.get(label);
  }

  get hasInFlight(): boolean {
    for (const { channels } of this.#busy) {
      for (const { inFlight } of channels) if (inFlight > 0) return true;
    }
    return false;
  }

  /** To be called when anything about it has changed. */
  update(upstream: Upstream, now: number): void {
    const standing = this.#standings[upstream.number] as Standing;
    const isInPlay = upstream.isInPlay(now);
    const isPreferred = isInPlay && !upstream.isDoubtful;
    if (isPreferred !== standing.isPreferred) this.#preferred += isPreferred ? 1 : -1;
    standing.isInPlay = isInPlay;
    standing.isPreferred = isPreferred;
    const hasRoom = isInPlay && upstream.number < this.#asked && upstream.hasRoom(now);
    const list = hasRoom ? (isPreferred ? this.#ready : this.#spare) : undefined;
    if (list !== standing.list) this.#move(upstream, standing, list);
    if (list === this.#ready) this.#favourites.noteRoom();
    else if (upstream.number < this.#asked) this.#busy.add(upstream);
  }

  /** To be called often. @param isWanted whether questions wait */
  tick(now: number, isWanted: boolean): void {
    this.#favourites.tick(this.#ready.length, isWanted, now);
    for (let left = MORE_A_TICK; left > 0 && this.#asked < this.all.length; left--) {
      this.update(this.all[this.#asked++] as Upstream, now);
    }
  }

  /** Whether it is asked before others that have room. */
  isFavourite(upstream: Upstream): boolean {
    return this.#favourites.has(upstream);
  }

  markBusy(upstream: Upstream): void {
    this.#busy.add(upstream);
  }

  markIdle(upstream: Upstream): void {
    const { list } = this.#standings[upstream.number] as Standing;
    if (list === this.#ready) this.#busy.delete(upstream);
  }

  /** Whether another one can be asked. */
  hasOther(upstream: Upstream): boolean {
    const { isPreferred } = this.#standings[upstream.number] as Standing;
    return this.#preferred > (isPreferred ? 1 : 0);
  }

  /** Whether one that was not asked for this name can be. */
  hasUntried(query: PendingQuery): boolean {
    return this.all.some(
      ({ number }) => (this.#standings[number] as Standing).isInPlay && !query.wasAskedAt(number),
    );
  }

  /** The same of one that leaves much less open than this one, which leaves much. */
  hasSteadier(query: PendingQuery, { answerCounts }: Upstream): boolean {
    if (!answerCounts.isUnsteady) return false;
    return this.all.some(
      (each) =>
        (this.#standings[each.number] as Standing).isInPlay &&
        each.answerCounts.isSteadierThan(answerCounts) &&
        !query.wasAskedAt(each.number),
    );
  }

  choose(query: PendingQuery, now: number): Choice {
    if (query.needsStream && query.latest) return this.#chooseStream(query, now);
    const only = query.only === undefined ? undefined : this.all[query.only];
    if (only?.isInPlay(now)) return only.channelFor(query, now) ?? 'wait';
    const isFresh = (query.begun === 0 && !query.isRestricted) || this.all.length === 1;
    if (!isFresh) return this.#chooseUntried(query, now);
    const favourite = this.#favourites.next(now)?.channelFor(query, now);
    if (favourite) return favourite;
    const list = this.#preferred > 0 ? this.#ready : this.#spare;
    return this.#lessLoaded(list, query, now);
  }

  #chooseStream(query: PendingQuery, now: number): Choice {
    const upstream = this.all[query.latest?.upstream ?? 0] as Upstream;
    if (upstream.isAway) return this.#chooseUntried(query, now);
    const channel = upstream.channelFor(query, now);
    if (channel) return channel;
    // Where streams break, waiting for each would take seconds a name. Datagrams cost it its tries.
    const isBroken = upstream.hasStream(now) === false;
    return isBroken && upstream.first.hasRoom(now) ? upstream.first : 'wait';
  }

  /** One that was not asked for this name, as long as there is one. */
  #chooseUntried(query: PendingQuery, now: number): Choice {
    const untried = ({ number }: Upstream) => !query.wasAskedAt(number);
    const choice = this.#firstOf(this.#ready, untried, query, now);
    if (choice) return choice;
    const waits = (isPreferred: boolean) =>
      this.all.some((each) => {
        const standing = this.#standings[each.number] as Standing;
        return standing.isInPlay && standing.isPreferred === isPreferred && untried(each);
      });
    if (waits(true)) return this.#chooseAgain(query, now);
    const isOther = ({ number }: Upstream) => number !== query.latest?.upstream;
    // Those that never answer anything well will not help what is only late at one that does.
    const late = this.#lateAt(query);
    if (late) {
      const other = this.#firstOf(this.#ready, isOther, query, now);
      return other ?? late.channelFor(query, now) ?? 'wait';
    }
    const spare = this.#firstOf(this.#spare, untried, query, now);
    if (spare) return spare;
    if (waits(false)) return 'wait';
    const list = this.#preferred > 0 ? this.#ready : this.#spare;
    return this.#firstOf(list, isOther, query, now) ?? this.#lessLoaded(list, query, now);
  }

  /**
   * Those that were not asked for this name have no room now. What was only lost may be asked again where it was, as
   * long as tries for the others are left. Else new names may have the room of those it was asked at; where none has
   * any, it stays before them, or they would take all the room to come.
   */
  #chooseAgain(query: PendingQuery, now: number): Choice {
    const { begun, lastFailure } = query;
    const isLost = begun > 0 && (lastFailure === undefined || lastFailure.failed === 'timeout');
    const choice =
      isLost && begun <= MOST_AT_ONE
        ? this.#firstOf(this.#ready, (each) => each.isProven, query, now)
        : undefined;
    return choice ?? (this.#ready.some((each) => each.hasRoom(now)) ? 'wait' : 'none');
  }

  /** The resolver that still may answer it, if no other is preferred to that. */
  #lateAt({ latest }: PendingQuery): Upstream | undefined {
    if (!latest?.isInFlight || !this.#standings[latest.upstream]?.isPreferred) return undefined;
    return this.all[latest.upstream];
  }

  #firstOf(
    list: readonly Upstream[],
    isWanted: (upstream: Upstream) => boolean,
    query: PendingQuery,
    now: number,
  ): Choice | undefined {
    this.#turn++;
    for (let i = 0; i < list.length; i++) {
      const upstream = list[(this.#turn + i) % list.length] as Upstream;
      if (!isWanted(upstream)) continue;
      const channel = upstream.channelFor(query, now);
      if (channel) return channel;
    }
    return undefined;
  }

  /** The next in turn, or the one after it if that has less in flight: slow ones get less. */
  #lessLoaded(list: readonly Upstream[], query: PendingQuery, now: number): Choice {
    while (list.length > 0) {
      this.#turn++;
      let upstream = list[this.#turn % list.length] as Upstream;
      const next = list[(this.#turn + 1) % list.length] as Upstream;
      if (loadOf(next) < loadOf(upstream)) upstream = next;
      const channel = upstream.channelFor(query, now);
      if (channel) return channel;
      // It has no room any more, and leaves the list; or only its stream has none, which the query needs.
      this.update(upstream, now);
      if (this.#standings[upstream.number]?.list === list) return 'wait';
    }
    return 'none';
  }

  #move(upstream: Upstream, standing: Standing, list: Upstream[] | undefined): void {
    if (standing.list) {
      const last = standing.list.pop() as Upstream;
      if (last !== upstream) {
        standing.list[standing.at] = last;
        (this.#standings[last.number] as Standing).at = standing.at;
      }
    }
    standing.list = list;
    if (!list) return;
    standing.at = list.length;
    list.push(upstream);
  }
}

/** How long what is in flight will take. */
function loadOf({ current: { pacer } }: Upstream): number {
  return (pacer.inFlight + 1) * Math.max(1, pacer.medianMs);
}
