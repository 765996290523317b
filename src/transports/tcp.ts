/** DNS over TCP (RFC 7766): many questions in one write, answers in any order. */

import { connect } from 'node:net';
import { Exchange, MAX_IN_FLIGHT } from '../dns/exchange.js';
import { MAX_QUERY, writeQuery } from '../dns/message.js';
import { FrameReader } from '../io/frames.js';
import { deliver, type Query, randomId, type Transport } from './line.js';

const open: Transport['open'] = (to, events) => {
  const exchange = new Exchange<Query>(randomId);
  const frames = new FrameReader();
  let outbox: Query[] = [];
  let connected = false;
  let closed = false;

  const flush = () => {
    const queries = outbox;
    outbox = [];
    if (closed || queries.length === 0) return;
    let size = 0;
    for (const { name } of queries) size += name.length + (MAX_QUERY - 255) + 4;
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    for (const query of queries) {
      const end = writeQuery(bytes, at + 2, query.id, query, query.edns);
      bytes.writeUInt16BE(end - at - 2, at);
      at = end;
    }
    socket.write(bytes.subarray(0, at));
  };

  const socket = connect({ port: to.port ?? 53, host: to.host, noDelay: true });
  socket.on('connect', () => {
    connected = true;
    flush();
  });
  socket.on('data', (chunk) => {
    frames.push(chunk, (bytes, start, end) => {
      if (!closed) deliver(exchange, events, bytes, start, end);
    });
  });
  socket.on('error', () => {});
  // A server that ends its half will answer nothing more.
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    if (closed) return;
    closed = true;
    events.closed(connected);
  });

  return {
    get room() {
      return closed ? 0 : exchange.room;
    },
    send(query) {
      exchange.claim(query);
      outbox.push(query);
      if (connected && outbox.length === 1) setImmediate(flush);
    },
    forget: (query) => exchange.release(query),
    close() {
      closed = true;
      socket.destroy();
    },
  };
};

/** One connection a resolver (RFC 7766, 6.2.2). */
export const tcp: Transport = {
  name: 'tcp',
  open,
  lines: 1,
  full: MAX_IN_FLIGHT,
  isStream: true,
  isPaced: true,
};
