/**
 * A resolver that misbehaves, in front of one that does not: `node relay.js KIND HOST PORT` prints
 * the port of loopback it serves over UDP and TCP. What is not tampered with are real answers.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { misbehaviours } from './misbehaviour.js';

/** @typedef {import('./misbehaviour.js').Conversation} Conversation */

const [, , kind = '', host = '', port = ''] = process.argv;
const misbehaviour = misbehaviours[kind]?.();
if (!misbehaviour) throw new Error(`Expected one of ${Object.keys(misbehaviours)}, got ${kind}`);
const { asked, answered } = misbehaviour;

/** The conversation that each id upstream belongs to. @type {(Conversation | undefined)[]} */
const waiting = new Array(65_536);
let nextId = 0;

let sendUpstream = connectUpstream();

/** Over TCP, so that nothing is lost but by plan. The server closes a connection that is idle. */
function connectUpstream() {
  const upstream = connect(Number(port), host).setNoDelay();
  upstream.on('error', () => upstream.destroy());
  upstream.once('close', () => {
    sendUpstream = connectUpstream();
  });
  onFrames(upstream, (answer) => {
    const id = answer.readUInt16BE(0);
    const conversation = waiting[id];
    if (!conversation) return;
    waiting[id] = undefined;
    answer.writeUInt16BE(conversation.query.readUInt16BE(0), 0);
    answered(conversation, answer);
  });
  return framesTo(upstream);
}

/**
 * @param {Buffer} query
 * @param {Pick<Conversation, 'isStream' | 'reply' | 'replyFromElsewhere'>} how
 */
function converse(query, how) {
  const conversation = { ...how, query, ask: () => ask(conversation) };
  asked(conversation);
}

/** @param {Conversation} conversation */
function ask(conversation) {
  nextId = (nextId + 1) & 0xffff;
  waiting[nextId] = conversation;
  const query = Buffer.from(conversation.query);
  query.writeUInt16BE(nextId, 0);
  sendUpstream(query);
}

const server = createServer((client) => {
  client.setNoDelay().on('error', () => client.destroy());
  const reply = framesTo(client);
  onFrames(client, (query) => converse(query, { isStream: true, reply, replyFromElsewhere() {} }));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = /** @type {import('node:net').AddressInfo} */ (server.address());

const buffers = { recvBufferSize: 1 << 22, sendBufferSize: 1 << 22 };
const socket = createSocket({ type: 'udp4', ...buffers });
const stranger = createSocket({ type: 'udp4', ...buffers });
socket.bind(address.port, '127.0.0.1');
socket.on('message', (query, client) => {
  converse(query, {
    isStream: false,
    reply: (answer) => socket.send(answer, client.port, client.address, () => {}),
    replyFromElsewhere: (answer) => stranger.send(answer, client.port, client.address, () => {}),
  });
});
await once(socket, 'listening');
process.stdout.write(`${address.port}\n`);

/**
 * What writes messages, each behind its length, all of one turn at once.
 * @param {import('node:net').Socket} stream
 */
function framesTo(stream) {
  let isCorked = false;
  return (/** @type {Buffer} */ message) => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      setImmediate(() => {
        isCorked = false;
        stream.uncork();
      });
    }
    stream.write(Buffer.from([message.length >> 8, message.length & 255]));
    stream.write(message);
  };
}

/**
 * @param {import('node:net').Socket} stream
 * @param {(message: Buffer) => void} take
 */
function onFrames(stream, take) {
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      take(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
  });
}
