/** Who may send the next request: so many at once in all, and no host asked more than it can bear. */

import { type Health, Host, type Turn } from './host.js';

export interface TurnOptions {
  /** Requests in flight. */
  readonly concurrency: number;
  /** Requests in flight to one host. */
  readonly perHost: number;
  /** Requests a second to one host; 0 is no limit. */
  readonly rate: number;
}

/** Milliseconds; what a host asks for beyond that is not waited for. */
const MAX_PAUSE = 30_000;

/** Hosts that are remembered; more of them are looked through for some to forget. */
const MAX_HOSTS = 1024;

export class Turns {
  readonly #options: TurnOptions;
  readonly #hosts = new Map<string, Host>();
  /** The one that was looked for last: it mostly is the next as well. */
  #last: Host | undefined;
  /** Those that somebody waits for, the next first. */
  readonly #waiting = new Set<Host>();
  #free: number;
  #isPumping = false;

  constructor(options: TurnOptions) {
    this.#options = options;
    this.#free = options.concurrency;
  }

  /**
   * Lets a turn in when there is room: a permit, and a host that can bear it.
   *
   * @param isUrgent it is in the middle of something: a redirect, metadata
   */
  request(turn: Turn, isUrgent = false): void {
    const host = this.#host(turn.host);
    if (host.isDown) {
      turn.despair();
      return;
    }
    const pause = host.pauseLeft(performance.now());
    if (pause && pause.ms > Math.min(MAX_PAUSE, turn.patience)) {
      turn.refuse(pause.status, pause.ms);
      return;
    }
    if (isUrgent) host.urgent.push(turn);
    else host.add(turn);
    this.#waiting.add(host);
    this.#pump();
  }

  /** It does not wait any more. */
  withdraw(turn: Turn): void {
    this.#hosts.get(turn.host)?.remove(turn);
  }

  /** A turn that was let in is over. */
  end(name: string, health: Health, era: number): void {
    const host = this.#host(name);
    this.#free++;
    host.inFlight--;
    // The usual case needs no clock.
    if (health !== 'alive') host.learn(health, era, performance.now());
    else host.learn(health, era, 0);
    if (host.isDown) this.#giveUp(host);
    this.#pump();
  }

  /** A host wants to be left alone: nobody is let in meanwhile, and who will not wait is told. */
  pause(name: string, ms: number, status: number): void {
    const now = performance.now();
    const host = this.#host(name);
    host.pause(ms, status, now);
    const left = host.pauseLeft(now)?.ms ?? 0;
    for (const turn of host.takeAll()) {
      if (left > Math.min(MAX_PAUSE, turn.patience)) turn.refuse(status, left);
      else host.add(turn);
    }
  }

  /** Whether a host has asked for peace since a turn was let in. */
  isPaused(name: string): boolean {
    return this.#host(name).isPaused;
  }

  /** Hosts that were given up get a new chance. */
  forgive(): void {
    for (const host of this.#hosts.values()) host.forgive();
  }

  /** Nobody is let in any more. */
  close(): void {
    for (const host of this.#hosts.values()) clearTimeout(host.timer);
    this.#waiting.clear();
    this.#free = Number.NEGATIVE_INFINITY;
  }

  #host(name: string): Host {
    if (this.#last?.name === name) return this.#last;
    let host = this.#hosts.get(name);
    if (!host) {
      if (this.#hosts.size >= MAX_HOSTS) this.#forget();
      const { perHost, rate } = this.#options;
      host = new Host(name, perHost, rate, performance.now());
      this.#hosts.set(name, host);
    }
    this.#last = host;
    return host;
  }

  #forget(): void {
    for (const [name, host] of this.#hosts) {
      if (host.isForgettable && host !== this.#last) this.#hosts.delete(name);
    }
  }

  /** One turn of each host after the other, as long as anything can go out. */
  #pump(): void {
    // What starts may end at once and come back to here: the loop below goes on, not a deeper one.
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (let hasMoved = true; hasMoved && this.#free > 0; ) {
      hasMoved = false;
      for (const host of this.#waiting) {
        if (this.#free <= 0) break;
        if (this.#startOne(host)) hasMoved = true;
      }
    }
    this.#isPumping = false;
  }

  #startOne(host: Host): boolean {
    if (!host.hasWaiting) {
      this.#waiting.delete(host);
      return false;
    }
    const wait = host.admit(host.isTimed ? performance.now() : 0);
    if (wait > 0) {
      if (wait !== Number.POSITIVE_INFINITY) this.#wake(host, wait);
      return false;
    }
    const turn = host.shift() as Turn;
    if (this.#waiting.size > 1) {
      // To the end: the other hosts are next.
      this.#waiting.delete(host);
      this.#waiting.add(host);
    }
    this.#free--;
    host.inFlight++;
    turn.start(host.era);
    return true;
  }

  #wake(host: Host, ms: number): void {
    host.timer ??= setTimeout(() => {
      host.timer = undefined;
      this.#pump();
    }, Math.ceil(ms));
  }

  #giveUp(host: Host): void {
    for (const turn of host.takeAll()) turn.despair();
  }
}
