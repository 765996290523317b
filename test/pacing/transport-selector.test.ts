import { describe, expect, it } from 'vitest';
import { type SelectorFacts, TransportSelector } from '../../src/pacing/transport-selector.js';

const facts = (now: number, more: Partial<SelectorFacts> = {}): SelectorFacts => ({
  now,
  backlogForMs: 0,
  datagram: { silentForMs: 0, answers: 0 },
  stream: { silentForMs: 0, answers: 0 },
  medianMs: 10,
  inTimeMs: 50,
  reference: 0.8,
  mayDial: true,
  ...more,
});

/** Questions wait, and datagrams bring 5,000 answers a second, until a connection is dialled. */
function dial(selector: TransportSelector, from = 1000): number {
  for (let now = from; now < from + 5000; now += 20) {
    const answers = (now - from) * 5;
    const action = selector.tick(
      facts(now, { backlogForMs: 200, datagram: { silentForMs: 0, answers } }),
    );
    if (action === 'dial') return now;
  }
  throw new Error('Never dialled');
}

/** The trial is over, with so many answers in time. */
function tryOut(selector: TransportSelector, inTime: number): number {
  let now = dial(selector) + 10;
  selector.onStreamOpen(now);
  for (let ticks = 0; ticks < 64; ticks++) {
    while (selector.isTrying) selector.onTrialSent();
    now += 20;
    selector.tick(facts(now, { backlogForMs: 200, inTimeMs: 5000 }));
  }
  for (let i = 0; i < inTime; i++) selector.onTrialAnswer(true);
  return now + 1000;
}

/** How many a trial sends at once. */
function burstOf(selector: TransportSelector): number {
  let sent = 0;
  for (; selector.isTrying; sent++) selector.onTrialSent();
  return sent;
}

describe('auto', () => {
  it('stays with datagrams while no question waits', () => {
    const selector = new TransportSelector();
    for (let now = 20; now < 10_000; now += 20) {
      expect(selector.tick(facts(now))).toBeUndefined();
    }
    expect(selector.usesStream).toBe(false);
  });

  it('takes a stream that serves as well as datagrams', () => {
    const selector = new TransportSelector();
    const now = tryOut(selector, 50);
    expect(selector.tick(facts(now, { backlogForMs: 200 }))).toBe('use-stream');
    expect(selector.usesStream).toBe(true);
  });

  it('tries a stream with few questions at first, as a new connection is slow', () => {
    const selector = new TransportSelector();
    const now = dial(selector) + 10;
    selector.onStreamOpen(now);
    expect(burstOf(selector)).toBeLessThanOrEqual(10);
    selector.tick(facts(now + 20, { backlogForMs: 200 }));
    expect(burstOf(selector)).toBeGreaterThan(0);
  });

  it('leaves a stream that answers too few in time, and tries it again half a minute later', () => {
    const selector = new TransportSelector();
    const now = tryOut(selector, 20);
    expect(selector.tick(facts(now, { backlogForMs: 200 }))).toBe('leave-stream');
    expect(selector.tick(facts(now + 29_000, { backlogForMs: 200 }))).toBeUndefined();
    expect(dial(selector, now + 30_000)).toBeGreaterThanOrEqual(now + 30_000);
  });

  it('turns to the stream when datagrams are silent for a second, or turned away', () => {
    const silent = new TransportSelector();
    const datagram = (silentForMs: number) => ({ silentForMs, answers: 0 });
    expect(silent.tick(facts(1500, { datagram: datagram(999) }))).toBeUndefined();
    expect(silent.tick(facts(1501, { datagram: datagram(1000) }))).toBe('use-stream');
    expect(new TransportSelector().onDatagramsRefused(10)).toBe('use-stream');
  });

  it('leaves a stream that closes twice after few answers, not one that gave many', () => {
    const few = new TransportSelector();
    few.onDatagramsRefused(10);
    expect(few.onStreamClosed(100, true, 700)).toBe('reconnect');
    expect(few.onStreamClosed(100, true, 800)).toBe('leave-stream');
    const good = new TransportSelector();
    good.onDatagramsRefused(10);
    for (let now = 700; now < 800; now += 10) {
      expect(good.onStreamClosed(5000, true, now)).toBe('reconnect');
    }
  });

  it('leaves a stream that brings less than datagrams did, however long its own queue', () => {
    const selector = new TransportSelector();
    const start = tryOut(selector, 50);
    selector.tick(facts(start, { backlogForMs: 200 }));
    let now = start;
    while (selector.usesStream && now < start + 5000) {
      now += 20;
      const stream = { silentForMs: 0, answers: (now - start) * 3 };
      selector.tick(facts(now, { backlogForMs: 200, medianMs: 2000, stream }));
    }
    expect(now - start).toBeLessThanOrEqual(1000);
  });

  it('leaves a stream that falls silent', () => {
    const selector = new TransportSelector();
    selector.onDatagramsRefused(10);
    const stream = (silentForMs: number) => ({ silentForMs, answers: 0 });
    expect(selector.tick(facts(3000, { stream: stream(1999) }))).toBeUndefined();
    expect(selector.tick(facts(3001, { stream: stream(2000) }))).toBe('leave-stream');
  });

  it('forgets what it learned about a resolver that went away', () => {
    const selector = new TransportSelector();
    selector.tick(facts(tryOut(selector, 0), { backlogForMs: 200 }));
    selector.reset();
    expect(selector.onDatagramsRefused(10)).toBe('use-stream');
  });
});
