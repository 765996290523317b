import { describe, expect, it } from 'vitest';
import { type SelectorFacts, TransportSelector } from '../../src/pacing/transport-selector.js';

const facts = (now: number, more: Partial<SelectorFacts> = {}): SelectorFacts => ({
  now,
  backlogForMs: 0,
  datagram: { silentForMs: 0, answers: 0, roomRate: 10_000, resendAfterMs: 600 },
  stream: { silentForMs: 0, answers: 0, roomRate: 10_000, resendAfterMs: 600 },
  medianMs: 10,
  inTimeMs: 50,
  reference: 0.8,
  mayDial: true,
  isFavourite: false,
  ...more,
});

/** Questions wait, and datagrams bring so many answers a second, from `start` on. */
function busy(now: number, start: number, rate = 5000, roomRate = 10_000) {
  const answers = ((now - start) * rate) / 1000;
  return facts(now, {
    backlogForMs: 200,
    datagram: { silentForMs: 0, answers, roomRate, resendAfterMs: 600 },
  });
}

/** Until a connection is dialled. */
function dial(selector: TransportSelector, from = 1000): number {
  for (let now = from; now < from + 5000; now += 20) {
    if (selector.tick(busy(now, from)) === 'dial') return now;
  }
  throw new Error('Never dialled');
}

/** Until a connection stands and its trial begins. */
function beginTrial(selector: TransportSelector, from = 1000): number {
  let now = dial(selector, from);
  selector.onStreamOpen();
  for (; !selector.isTrying; now += 20) selector.tick(busy(now, from));
  return now;
}

/** The trial is over, with so many answers in time. */
function tryOut(selector: TransportSelector, inTime: number, from = 1000): number {
  const now = beginTrial(selector, from);
  while (selector.isTrying) selector.onTrialSent();
  for (let i = 0; i < inTime; i++) selector.onTrialAnswer(true);
  return now + 1000;
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

  it('dials at the first sign of a backlog, where the window has room for what pays', () => {
    expect(dial(new TransportSelector())).toBe(1000);
    const selector = new TransportSelector();
    expect(selector.tick(busy(1000, 1000, 5000, 1999))).toBeUndefined();
    expect(selector.tick({ ...busy(1020, 1000), backlogForMs: 20 })).toBeUndefined();
    expect(selector.tick({ ...busy(1040, 1000), mayDial: false })).toBeUndefined();
    expect(selector.tick(busy(1060, 1000))).toBe('dial');
  });

  it('dials one of several that are asked first for a part of that', () => {
    const selector = new TransportSelector();
    const favourite = (now: number, rate: number, roomRate: number) => ({
      ...busy(now, 1000, rate, roomRate),
      isFavourite: true,
    });
    expect(selector.tick(favourite(1000, 500, 399))).toBeUndefined();
    expect(selector.tick(favourite(1020, 500, 400))).toBe('dial');
    selector.onStreamOpen();
    for (let now = 1040; now < 2000; now += 20) selector.tick(favourite(now, 380, 500));
    expect(selector.isTrying).toBe(false);
    for (let now = 2000; now < 3000; now += 20) selector.tick(favourite(now, 420, 500));
    expect(selector.isTrying).toBe(true);
  });

  it('tries no stream where datagrams bring little, or a limit lets little through', () => {
    for (const [rate, roomRate] of [
      [1500, 10_000],
      [5000, 1500],
    ] as const) {
      const selector = new TransportSelector();
      const start = dial(selector);
      selector.onStreamOpen();
      for (let now = start; now < start + 5000; now += 20) {
        selector.tick(busy(now, start, rate, roomRate));
        expect(selector.isTrying).toBe(false);
      }
      expect(selector.usesStream).toBe(false);
    }
  });

  it('uses a connection that stands when datagrams fall silent', () => {
    const selector = new TransportSelector();
    const now = dial(selector);
    selector.onStreamOpen();
    const datagram = { silentForMs: 1000, answers: 0, roomRate: 10_000, resendAfterMs: 600 };
    expect(selector.tick(facts(now + 1000, { datagram }))).toBe('use-stream');
  });

  it('leaves a stream that answers nothing in a trial, and tries it again half a minute later', () => {
    const selector = new TransportSelector();
    const now = tryOut(selector, 0);
    expect(selector.tick(facts(now, { backlogForMs: 200 }))).toBe('leave-stream');
    expect(selector.tick(facts(now + 29_000, { backlogForMs: 200 }))).toBeUndefined();
    expect(dial(selector, now + 30_000)).toBeGreaterThanOrEqual(now + 30_000);
  });

  it('tries a stream sooner whose trial a lost segment may have held up, each time twice as long after', () => {
    const selector = new TransportSelector();
    let from = 1000;
    for (const pause of [1000, 2000, 4000]) {
      const now = tryOut(selector, 20, from);
      expect(selector.tick(facts(now, { backlogForMs: 200 }))).toBe('leave-stream');
      expect(selector.tick(busy(now + pause - 1, now))).toBeUndefined();
      from = now + pause;
    }
    expect(selector.tick(busy(from, from))).toBe('dial');
  });

  it('turns to the stream when datagrams are silent for a second, or turned away', () => {
    const silent = new TransportSelector();
    const datagram = (silentForMs: number) => ({
      silentForMs,
      answers: 0,
      roomRate: 0,
      resendAfterMs: 600,
    });
    expect(silent.tick(facts(1500, { datagram: datagram(999) }))).toBeUndefined();
    expect(silent.tick(facts(1501, { datagram: datagram(1000) }))).toBe('use-stream');
    expect(new TransportSelector().onDatagramsRefused(10)).toBe('use-stream');
  });

  it('gives a health check the time to be answered where datagrams take long', () => {
    const slow = (silentForMs: number) =>
      facts(5000, { datagram: { silentForMs, answers: 0, roomRate: 0, resendAfterMs: 1200 } });
    const selector = new TransportSelector();
    expect(selector.tick(slow(1799))).toBeUndefined();
    expect(selector.tick(slow(1800))).toBe('use-stream');
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

  /** When a stream is left that brings 3,000 answers a second, less than datagrams did; milliseconds, at most 5,000. */
  function keptFor(more: Partial<SelectorFacts>): number {
    const selector = new TransportSelector();
    const start = tryOut(selector, 50);
    selector.tick(facts(start, { backlogForMs: 200 }));
    let now = start;
    while (selector.usesStream && now < start + 5000) {
      now += 20;
      const answers = (now - start) * 3;
      const stream = { silentForMs: 0, answers, roomRate: 0, resendAfterMs: 600 };
      selector.tick(facts(now, { backlogForMs: 200, medianMs: 2000, stream, ...more }));
    }
    return now - start;
  }

  it('leaves a stream that brings less than datagrams did, however long its own queue', () => {
    expect(keptFor({})).toBeLessThanOrEqual(1000);
  });

  it('keeps one that brings another part as it is asked in another order', () => {
    expect(keptFor({ isFavourite: true })).toBe(5000);
  });

  it('leaves a stream that falls silent', () => {
    const selector = new TransportSelector();
    selector.onDatagramsRefused(10);
    const stream = (silentForMs: number) => ({
      silentForMs,
      answers: 0,
      roomRate: 0,
      resendAfterMs: 600,
    });
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
