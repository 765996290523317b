import { describe, expect, it } from 'vitest';
import { Window } from '../../src/pacing/window.js';
import type { Channel } from '../../src/resolver/channel.js';
import { AutoSelector } from '../../src/resolver/transport-selector.js';

/** What the choice looks at of a channel, set by the test. */
class FakeChannel {
  readonly window = new Window(1000, 3000);
  readonly flight: { oldest: { sentAt: number } | undefined } = { oldest: undefined };
  lastAnswerAt = 0;
  answers = 0;
  dials = 0;
  dial(): void {
    this.dials++;
  }
}

function begin() {
  const [datagram, stream] = [new FakeChannel(), new FakeChannel()];
  const handedBack: Channel[] = [];
  const channels = [datagram, stream].map((channel) => channel as unknown as Channel) as [
    Channel,
    Channel,
  ];
  const choice = new AutoSelector(...channels, (channel) => handedBack.push(channel));
  const isStream = () => choice.current === channels[1];
  /** Names wait since 0; each way gives so many answers until its slot is over. */
  const measure = (overDatagram: number, overStream: number) => {
    choice.tick(100, 1);
    choice.tick(101, 1);
    datagram.answers += overDatagram;
    choice.tick(351, 1);
    stream.answers += overStream;
    stream.lastAnswerAt = 601;
    choice.tick(602, 1);
  };
  return { choice, datagram, stream, channels, handedBack, isStream, measure };
}

describe('auto', () => {
  it('stays with datagrams while nobody waits', () => {
    const { choice, stream, isStream } = begin();
    for (let now = 20; now < 10_000; now += 20) choice.tick(now, 0);
    expect([isStream(), stream.dials]).toEqual([false, 0]);
  });

  it.each([
    [100, 200, true],
    [200, 100, false],
  ])('measures both ways when names wait: %i against %i', (overDatagram, overStream, wins) => {
    const { measure, stream, isStream, handedBack } = begin();
    measure(overDatagram, overStream);
    expect([stream.dials, isStream(), handedBack.length]).toEqual([1, wins, wins ? 0 : 1]);
  });

  it('gives the stream that lost another chance after half a minute, then after a minute', () => {
    const { choice, measure, isStream, stream, channels } = begin();
    measure(200, 100);
    const isTriedAt = (now: number) => {
      choice.closed(channels[0], 0, false, now);
      return isStream();
    };
    expect([isTriedAt(30_601), isTriedAt(30_602)]).toEqual([false, true]);
    expect(choice.closed(channels[1], 0, false, 40_000)).toBe(true);
    expect([stream.dials, isTriedAt(99_999), isTriedAt(100_000)]).toEqual([1, false, true]);
  });

  it('turns to the stream when datagrams are silent for a second, or turned away', () => {
    const silent = begin();
    silent.datagram.flight.oldest = { sentAt: 500 };
    silent.choice.tick(1499, 0);
    expect(silent.isStream()).toBe(false);
    silent.choice.tick(1500, 0);
    expect(silent.isStream()).toBe(true);
    const refused = begin();
    expect(refused.choice.closed(refused.channels[0], 0, false, 10)).toBe(true);
    expect(refused.isStream()).toBe(true);
  });

  it('leaves a stream that closes twice after few answers, not one that gave many', () => {
    const few = begin();
    few.measure(100, 200);
    few.choice.closed(few.channels[1], 100, true, 700);
    expect(few.isStream()).toBe(true);
    few.choice.closed(few.channels[1], 100, true, 800);
    expect([few.isStream(), few.handedBack.length]).toEqual([false, 1]);
    const many = begin();
    many.measure(100, 200);
    for (let now = 700; now < 800; now += 10) many.choice.closed(many.channels[1], 5000, true, now);
    expect(many.isStream()).toBe(true);
  });

  it('leaves a stream that is silent for two RTOs', () => {
    const { choice, measure, stream, isStream } = begin();
    measure(100, 200);
    stream.flight.oldest = { sentAt: 600 };
    const limit = stream.lastAnswerAt + 2 * stream.window.rto;
    choice.tick(limit - 1, 0);
    expect(isStream()).toBe(true);
    choice.tick(limit, 0);
    expect(isStream()).toBe(false);
  });

  it('forgets what it learned about a resolver that went away', () => {
    const { choice, measure, isStream, channels } = begin();
    measure(200, 100);
    choice.reset();
    expect(choice.closed(channels[0], 0, false, 700)).toBe(true);
    expect(isStream()).toBe(true);
  });
});
