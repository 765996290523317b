import { expect, it } from 'vitest';
import { type Dial, HttpConnections } from '../../src/http/http-connection.js';

/** Connections that never stand; notes those that are broken off. */
function openConnections() {
  const brokenOff: number[] = [];
  let made = 0;
  const dial: Dial = () => {
    const number = made++;
    return () => brokenOff.push(number);
  };
  return { connections: new HttpConnections(dial), brokenOff };
}

it('takes the connection that was used last', () => {
  const { connections } = openConnections();
  const [first, second] = [connections.take(0), connections.take(0)];
  second.free();
  first.free();
  expect(connections.take(performance.now())).toBe(first);
  expect(connections.take(performance.now())).toBe(second);
});

it('leaves alone, and closes, what was idle for longer than 4 s', () => {
  const { connections, brokenOff } = openConnections();
  const [first, second] = [connections.take(0), connections.take(0)];
  first.free();
  second.free();
  const third = connections.take(second.idleSince + 4001);
  expect([first, second]).not.toContain(third);
  expect(brokenOff).toEqual([1, 0]);
  expect(connections.isIdle).toBe(false);
});

it('closes what was idle for longer than 4 s, whether or not anybody asks again', () => {
  const { connections, brokenOff } = openConnections();
  const [first, second] = [connections.take(0), connections.take(0)];
  const looks: number[] = [];
  const onNothing = () => {};
  const events = { onReady: onNothing, onBytes: onNothing, onClosed: onNothing };
  second.carry({ ...events, expire: (now) => looks.push(now) });
  first.free();
  connections.expire(first.idleSince + 3999);
  expect(brokenOff).toEqual([]);
  connections.expire(first.idleSince + 4001);
  expect(brokenOff).toEqual([0]);
  // The other one is at work.
  expect(connections.isEmpty).toBe(false);
  expect(looks).toEqual([first.idleSince + 3999, first.idleSince + 4001]);
});
