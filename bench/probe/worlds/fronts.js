/** The sockets of a simulated resolver: UDP, and pipelined TCP. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * @typedef {import('./simulated-resolver.js').SimulatedResolver} SimulatedResolver
 * @typedef {import('./delayed-replies.js').Target} Target
 *
 * @typedef {object} Question
 * @property {Buffer} bytes
 * @property {number} start
 * @property {number} end
 * @property {number} delay milliseconds until it reaches the resolver, beyond what the path always takes
 * @property {boolean} isStream
 *
 * @typedef {(resolver: SimulatedResolver, target: Target, question: Question, client: { port: number, address: string }) => void} OnQuestion
 */

const BUFFER = 1 << 22;

/** Answers where it is already known which address that is. @param {string} host @param {unknown} _ @param {(error: null, address: string, family: number) => void} done */
const noLookup = (host, _, done) => done(null, host, 4);

/**
 * @param {SimulatedResolver} resolver
 * @param {{ host: string, port: number }} at
 * @param {OnQuestion} onQuestion
 */
export async function listenUdp(resolver, { host, port }, onQuestion) {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: BUFFER,
    sendBufferSize: BUFFER,
    lookup: /** @type {any} */ (noLookup),
  });
  /** @type {Target} */
  const target = {
    reply: (bytes, start, end, client) =>
      socket.send(bytes, start, end - start, client.port, client.address),
  };
  // One object for all: it is read before the next question comes.
  const question = { bytes: Buffer.alloc(0), start: 0, end: 0, delay: 0, isStream: false };
  socket.on('message', (bytes, client) => {
    question.bytes = bytes;
    question.end = bytes.length;
    onQuestion(resolver, target, question, client);
  });
  const listening = once(socket, 'listening');
  socket.bind(port, host);
  await listening;
}

/**
 * @param {SimulatedResolver} resolver
 * @param {{ host: string, port: number }} at
 * @param {OnQuestion} onQuestion
 */
export async function listenTcp(resolver, { host, port }, onQuestion) {
  const server = createServer({ noDelay: true }, (socket) => {
    serveConnection(resolver, socket, onQuestion);
  });
  server.listen(port, host, 4096);
  await once(server, 'listening');
}

const NO_CLIENT = { port: 0, address: '' };

/**
 * @param {SimulatedResolver} resolver
 * @param {import('node:net').Socket} socket
 * @param {OnQuestion} onQuestion
 */
function serveConnection(resolver, socket, onQuestion) {
  const up = resolver.newPath();
  const target = new Connection(socket, resolver.newPath());
  // The handshake takes a round trip, which the loopback's does not.
  const openAt = performance.now() + resolver.plan.rtt;
  const question = { bytes: Buffer.alloc(0), start: 0, end: 0, delay: 0, isStream: true };
  let rest = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const now = performance.now();
    question.delay = Math.max(0, openAt - now, up.delay(now, chunk.length));
    question.bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + 2 <= question.bytes.length) {
      question.start = at + 2;
      question.end = question.start + question.bytes.readUInt16BE(at);
      if (question.end > question.bytes.length) break;
      onQuestion(resolver, target, question, NO_CLIENT);
      at = question.end;
    }
    rest = question.bytes.subarray(at);
  });
}

/** The way back of a connection: what is due at the same time is written at once. */
class Connection {
  /** @type {Buffer[]} */
  #chunks = [];
  #bytes = Buffer.allocUnsafe(0);
  #used = 0;
  #isFlushing = false;
  #socket;
  #path;

  /**
   * @param {import('node:net').Socket} socket
   * @param {import('./tcp-path.js').TcpPath} path
   */
  constructor(socket, path) {
    this.#socket = socket;
    this.#path = path;
  }

  /** @param {Buffer} bytes @param {number} start @param {number} end */
  reply(bytes, start, end) {
    const length = end - start;
    if (this.#used + 2 + length > this.#bytes.length) {
      if (this.#used > 0) this.#chunks.push(this.#bytes.subarray(0, this.#used));
      this.#bytes = Buffer.allocUnsafe(8192);
      this.#used = 0;
    }
    this.#bytes.writeUInt16BE(length, this.#used);
    bytes.copy(this.#bytes, this.#used + 2, start, end);
    this.#used += 2 + length;
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(this.#flush);
  }

  #flush = () => {
    this.#isFlushing = false;
    const chunk = Buffer.concat([...this.#chunks, this.#bytes.subarray(0, this.#used)]);
    this.#chunks = [];
    this.#used = 0;
    const delay = this.#path.delay(performance.now(), chunk.length);
    // The path delivers in order, and timers of later times come later.
    if (delay < 0.5) this.#socket.write(chunk);
    else setTimeout(() => this.#socket.write(chunk), delay);
  };
}
