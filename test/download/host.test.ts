import { describe, expect, it } from 'vitest';
import { Host } from '../../src/download/host.js';
import { type TurnOptions, Turns } from '../../src/download/turns.js';

const open = (most = 1000, rate = 0) => new Host('h', most, rate, 0);

/** Lets requests fail, each as soon as it may go out; the times at which they went out. */
function fail(host: Host, times: number, from = 0): number[] {
  let now = from;
  return Array.from({ length: times }, () => {
    for (let wait = host.admit(now); wait > 0; wait = host.admit(now)) now += wait;
    host.learn('failing', host.era, now);
    return now;
  });
}

describe('a host', () => {
  it('is rested after 8 failures running, 1 s and then twice as long each time up to 8', () => {
    const host = open();
    expect(fail(host, 13)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1000, 3000, 7000, 15_000, 23_000]);
    expect(host.isDown).toBe(true);
  });

  it('that is rested is asked one thing at a time', () => {
    const host = open();
    fail(host, 8);
    host.inFlight = 1;
    expect(host.admit(5000)).toBe(Number.POSITIVE_INFINITY);
    host.inFlight = 0;
    expect(host.admit(5000)).toBe(0);
  });

  it('that answers is well at once', () => {
    const host = open();
    fail(host, 12);
    host.learn('alive', host.era, 30_000);
    expect(host.isDown).toBe(false);
    expect(fail(host, 8, 30_000)).toEqual(Array(8).fill(30_000));
  });

  it('does not suffer for what was sent before its rest, nor for what nobody can tell', () => {
    const host = open();
    const { era } = host;
    fail(host, 8);
    for (let i = 0; i < 50; i++) host.learn('failing', era, 0);
    for (let i = 0; i < 50; i++) host.learn('unclear', host.era, 0);
    expect(host.isDown).toBe(false);
    expect(fail(host, 1)).toEqual([1000]);
  });

  it('is let in at its rate, in bursts of a tenth of a second', () => {
    const host = open(1000, 20);
    const times: number[] = [];
    for (let now = 0; times.length < 5; now += host.admit(now) || 0) times.push(now);
    expect(host.admit(0)).toBeGreaterThan(0);
    const slow = open(1000, 2);
    expect(slow.admit(0)).toBe(0);
    expect(slow.admit(0)).toBe(500);
    expect(slow.admit(500)).toBe(0);
  });

  it('that wants peace gets it, and the longer wish counts', () => {
    const host = open();
    host.pause(2000, 429, 0);
    host.pause(1000, 503, 0);
    expect(host.admit(500)).toBe(1500);
    expect(host.pauseLeft(500)).toEqual({ ms: 1500, status: 429 });
    expect(host.admit(2000)).toBe(0);
    expect(host.pauseLeft(2000)).toBeUndefined();
  });
});

/** A turn that writes down what happens to it. */
function turns(options: Partial<TurnOptions>) {
  const all = new Turns({ concurrency: 1000, perHost: 1000, rate: 0, ...options });
  const events: string[] = [];
  const request = (host: string, name = host, isUrgent = false, patience = Infinity) => {
    const turn = {
      host,
      patience,
      start: () => events.push(`${name} starts`),
      refuse: (status: number) => events.push(`${name} is refused by ${status}`),
      despair: () => events.push(`${name} despairs`),
    };
    all.request(turn, isUrgent);
    return turn;
  };
  return { all, events, request };
}

describe('turns', () => {
  it('are so many at once, of each host one after the other', () => {
    const { all, events, request } = turns({ concurrency: 2 });
    for (const name of ['a', 'a', 'a', 'b', 'b']) request(name);
    expect(events).toEqual(['a starts', 'a starts']);
    all.end('a', 'alive', 0);
    all.end('a', 'alive', 0);
    expect(events.slice(2).sort()).toEqual(['a starts', 'b starts']);
  });

  it('are so many at once for each host', () => {
    const { all, events, request } = turns({ perHost: 1 });
    for (const name of ['a', 'a', 'b']) request(name);
    expect(events).toEqual(['a starts', 'b starts']);
    all.end('b', 'alive', 0);
    expect(events).toHaveLength(2);
    all.end('a', 'alive', 0);
    expect(events).toEqual(['a starts', 'b starts', 'a starts']);
  });

  it('in the middle of something go first', () => {
    const { all, events, request } = turns({ concurrency: 1 });
    request('a', 'first');
    request('a', 'second');
    request('a', 'urgent', true);
    all.end('a', 'alive', 0);
    expect(events).toEqual(['first starts', 'urgent starts']);
  });

  it('that are withdrawn are forgotten', () => {
    const { all, events, request } = turns({ concurrency: 1 });
    request('a', 'first');
    all.withdraw(request('a', 'second'));
    request('a', 'third');
    all.end('a', 'alive', 0);
    expect(events).toEqual(['first starts', 'third starts']);
  });

  it('are refused where a host wants longer peace than anybody waits for', () => {
    const { all, events, request } = turns({ concurrency: 1 });
    request('a', 'first');
    request('a', 'patient');
    request('a', 'hasty', false, 100);
    all.pause('a', 1000, 429);
    expect(events).toEqual(['first starts', 'hasty is refused by 429']);
    all.pause('a', 31_000, 503);
    request('a', 'late');
    expect(events.slice(2)).toEqual(['patient is refused by 503', 'late is refused by 503']);
    all.close();
  });

  it('all despair of a host that is down, until it is forgiven', () => {
    const { all, events, request } = turns({});
    for (let era = 0, i = 0; i < 13; i++) {
      // Nobody waits for the rests: what is let in late has failed by then.
      all.request({ host: 'a', patience: 0, start() {}, refuse() {}, despair() {} });
      all.end('a', 'failing', era);
      if (i >= 7) era++;
    }
    request('a', 'late');
    expect(events).toEqual(['late despairs']);
    all.forgive();
    request('a', 'later');
    expect(events).toEqual(['late despairs', 'later starts']);
    all.close();
  });
});
