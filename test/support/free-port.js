import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
/** Below those that Linux gives to sockets that want any port (32768 on), so that none takes it. */
const [FIRST, AFTER] = [12_000, 32_000];

/** A port of loopback that is free for UDP and TCP, and stays so unless another test draws the same. */
export async function freePort() {
  for (;;) {
    const port = randomInt(FIRST, AFTER);
    if ((await isFreeForTcp(port)) && (await isFreeForUdp(port))) return port;
  }
}

/** @param {number} port */
async function isFreeForTcp(port) {
  const server = createServer();
  try {
    await once(server.listen(port, HOST), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** @param {number} port */
async function isFreeForUdp(port) {
  const socket = createSocket('udp4');
  const isFree = await once(socket.bind(port, HOST), 'listening').then(
    () => true,
    () => false,
  );
  socket.close();
  await once(socket, 'close');
  return isFree;
}
