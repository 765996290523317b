import { describe, expect, it } from 'vitest';
import { ConnectionPool } from '../../src/resolver/connection-pool.js';
import { OpenConnection } from '../../src/resolver/open-connection.js';
import type { Query } from '../../src/transports/connection.js';
import { tcp } from '../../src/transports/tcp.js';

const query = {} as Query;

/** A pool, and what a channel does with it. Connections stand at once. */
class Harness {
  readonly pool = new ConnectionPool({
    ...tcp,
    connections: 2,
    maxConnections: 4,
    queriesPerConnection: 100,
  });
  readonly opened: OpenConnection[] = [];
  readonly closed: OpenConnection[] = [];

  send(count: number, now = 0): void {
    for (let i = 0; i < count; i++) (this.pool.pick(now) ?? this.#open(now)).send(query, now);
  }

  #open(now: number): OpenConnection {
    const close = () => this.closed.push(opened);
    const opened: OpenConnection = new OpenConnection(
      { room: 1000, send() {}, cancel() {}, close },
      now,
      this.pool.isWidened,
    );
    this.pool.add(opened);
    this.opened.push(opened);
    return opened;
  }

  answer(...numbers: number[]): void {
    for (const number of numbers) {
      this.opened[number]?.answered();
      this.opened[number]?.end();
    }
  }

  /** @param readingSince when its turn of the event loop began */
  read(number: number, now: number, readingSince = now): void {
    const clock = { now, readingSince, arrivedAfter: readingSince };
    this.pool.onRead(this.opened[number] as OpenConnection, clock);
  }

  /** Both connections are full, are held up in turns, and so there may be more. */
  widen(): void {
    this.send(200);
    this.answer(0, 1);
    for (let now = 0; now <= 200; now += 10) {
      this.read(Math.floor(now / 60) % 2, now);
      this.pool.widen(now);
    }
  }

  get inFlight(): number[] {
    return this.opened.map(({ inFlight }) => inFlight);
  }
}

describe('a pool of connections', () => {
  it('opens the next one when those there are full, and shares out what comes above', () => {
    const harness = new Harness();
    harness.send(100);
    expect(harness.inFlight).toEqual([100]);
    harness.send(1);
    expect(harness.inFlight).toEqual([100, 1]);
    harness.send(199);
    expect(harness.inFlight).toEqual([150, 150]);
  });

  it('opens more where they are held up, and gives those little until they have answered', () => {
    const harness = new Harness();
    harness.widen();
    harness.send(102, 300);
    expect(harness.inFlight).toEqual([134, 134, 16, 16]);
    harness.answer(2);
    harness.send(120, 300);
    expect(harness.inFlight).toEqual([135, 134, 134, 16]);
  });

  it.each([
    ['the process takes long to read from one after the other', 200, 199],
    ['all of them were silent together', 100, 1],
  ])('opens no more because %s', (_, turnMs, laterMs) => {
    const harness = new Harness();
    harness.send(200);
    harness.answer(0, 1);
    for (let turn = 0; turn <= 1000; turn += turnMs) {
      harness.read(0, turn, turn);
      harness.read(1, turn + laterMs, turn);
      harness.pool.widen(turn + laterMs);
    }
    harness.send(200, 1000);
    expect(harness.opened).toHaveLength(2);
  });

  it('opens no more than it has when one above the usual number is turned away', () => {
    const harness = new Harness();
    harness.widen();
    harness.send(2 + 3, 300);
    expect(harness.inFlight).toEqual([99, 99, 5]);
    const end = { wasOpen: true, lost: 5, fruitless: 1 };
    expect(harness.pool.remove(harness.opened[2] as OpenConnection, end, 400)).toBe(true);
    harness.send(1000, 60_000);
    expect(harness.opened).toHaveLength(3);
    expect(harness.pool.hasRoom(60_000)).toBe(true);
  });

  it('sends fewer at a time after a connection of the usual number that ended without an answer', () => {
    const harness = new Harness();
    harness.send(160);
    harness.answer(0);
    const end = { wasOpen: true, lost: 60, fruitless: 1 };
    expect(harness.pool.remove(harness.opened[1] as OpenConnection, end, 400)).toBe(false);
    harness.send(20, 60_000);
    expect(harness.inFlight.slice(2)).toEqual([7]);
  });

  it('closes a connection that is not served within two seconds while others are', () => {
    const harness = new Harness();
    harness.send(150);
    expect(harness.pool.closeUnserved(2000)).toBeUndefined();
    harness.answer(0);
    harness.read(0, 1500);
    expect(harness.pool.closeUnserved(1999)).toBeUndefined();
    expect(harness.pool.closeUnserved(2000)).toBe(harness.opened[1]);
    expect(harness.closed).toEqual([harness.opened[1]]);
    expect(harness.pool.closeUnserved(9000)).toBeUndefined();
    harness.send(500, 9000);
    expect(harness.opened).toHaveLength(2);
  });

  it('leaves it open where the others have fallen silent too', () => {
    const harness = new Harness();
    harness.send(150);
    harness.answer(0);
    harness.read(0, 900);
    expect(harness.pool.closeUnserved(2000)).toBeUndefined();
    expect(harness.closed).toEqual([]);
  });

  it('leaves it open where bytes come that are no answers', () => {
    const harness = new Harness();
    harness.send(150);
    harness.read(0, 1900);
    harness.read(1, 1900);
    expect(harness.pool.closeUnserved(2000)).toBeUndefined();
  });
});
