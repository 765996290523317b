/** A path to a server that takes time, and counts what goes over it. */

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Listens on a free port of 127.0.0.1, and passes on what comes, half a round trip later. The first
 * bytes of a connection take a whole round trip more: so long would its handshake have taken.
 *
 * @param {number} port where the server is
 * @param {number} roundTripMs
 */
export async function openDistance(port, roundTripMs) {
  let made = 0;
  let open = 0;
  let most = 0;
  const server = createServer({ noDelay: true }, (near) => {
    made++;
    most = Math.max(most, ++open);
    near.once('close', () => open--);
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    const until = performance.now() + roundTripMs;
    const handshake = () => Math.max(0, until - performance.now());
    passOn(near, far, () => handshake() + roundTripMs / 2);
    passOn(far, near, () => roundTripMs / 2);
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    port: address.port,
    /** Connections since the last time: how many were made, and the most that were open at once. */
    counts() {
      const counts = { made, most };
      made = 0;
      most = open;
      return counts;
    },
    close: () => server.close(),
  };
}

/**
 * @param {import('node:net').Socket} from
 * @param {import('node:net').Socket} to
 * @param {() => number} delayMs
 */
function passOn(from, to, delayMs) {
  let last = 0;
  /** Later than what came before. @param {() => void} act */
  const later = (act) => {
    last = Math.max(last, performance.now() + delayMs());
    setTimeout(act, last - performance.now());
  };
  from.on('data', (bytes) => later(() => to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('close', () => later(() => to.destroy()));
  from.on('error', () => from.destroy());
}
