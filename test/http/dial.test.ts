import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Dialer } from '../../src/http/dial.js';
import { loadUndici } from '../../src/http/undici.js';

const NOWHERE = '2001:db8::1';
const FAR = '192.0.2.1';

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.close();
});

/**
 * Dials a name with some addresses, none of which answers by itself.
 *
 * @param onAttempt told of each address that is tried, and given the sockets so far
 * @param onNoDescriptor told when no socket could be opened
 */
async function dial(
  addresses: readonly string[],
  onAttempt: (address: string, sockets: Map<string, Socket>) => void,
  onNoDescriptor = () => {},
) {
  const sockets = new Map<string, Socket>();
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const dialer = new Dialer({
    undici: await loadUndici(),
    lookup: (_host, _options, callback) => callback(null, found),
    connect: ((options: { host: string }) => {
      const socket = new Socket();
      sockets.set(options.host, socket);
      onAttempt(options.host, sockets);
      return socket;
    }) as never,
  });
  const { signal } = new AbortController();
  const url = new URL(`http://name.example:${port}`);
  const dialed = await dialer.dial({ url, proxy: undefined, signal, onNoDescriptor });
  return { dialed, sockets };
}
const answer = (socket: Socket | undefined) => socket?.connect(port, '127.0.0.1');

it.each([
  [NOWHERE, FAR],
  [FAR, NOWHERE],
])('tries the next address while the first leads nowhere: %s, then %s', async (first, second) => {
  const { dialed, sockets } = await dial([first, second], (address, all) => {
    if (address === second) answer(all.get(second));
  });
  expect(dialed).toBe(sockets.get(second));
  expect(sockets.get(first)?.destroyed).toBe(true);
  dialed.destroy();
});

it('leaves an attempt open when it begins the next, and takes whichever answers', async () => {
  let isOpen = false;
  const { dialed, sockets } = await dial([FAR, NOWHERE], (address, all) => {
    if (address === FAR) return;
    isOpen = all.get(FAR)?.destroyed === false;
    answer(all.get(FAR));
  });
  expect(isOpen).toBe(true);
  expect(dialed).toBe(sockets.get(FAR));
  expect(sockets.get(NOWHERE)?.destroyed).toBe(true);
  dialed.destroy();
});

it('tries the next at once where one is refused, and fails with the error of the last', async () => {
  const begun: string[] = [];
  const refused = dial([NOWHERE, FAR], (address, all) => {
    begun.push(address);
    setImmediate(() => all.get(address)?.destroy(new Error(`no way to ${address}`)));
  });
  await expect(refused).rejects.toThrow(`no way to ${FAR}`);
  expect(begun).toEqual([NOWHERE, FAR]);
});

it.each(['EMFILE', 'ENFILE'])(
  'waits and tries again where there is no descriptor: %s',
  async (code) => {
    const steps: string[] = [];
    const { dialed } = await dial(
      [FAR],
      (address, all) => {
        steps.push(address);
        if (steps.filter((step) => step === FAR).length === 3) return answer(all.get(FAR));
        return all.get(address)?.destroy(Object.assign(new Error(code), { code }));
      },
      () => steps.push(code),
    );
    expect(steps).toEqual([FAR, code, FAR, code, FAR]);
    dialed.destroy();
  },
);
