/**
 * DNS over a byte stream (RFC 7766): many questions in one write, answers in any order. What is
 * common to TCP and TLS.
 */

import type { Socket } from 'node:net';
import { FrameReader } from '../dns/frames.js';
import { IdTable } from '../dns/id-table.js';
import { MAX_QUERY, readKeepalive, writeQuery } from '../dns/message.js';
import {
  type Connection,
  type ConnectionEvents,
  deliver,
  type Query,
  randomId,
} from './connection.js';
import { isTlsFailure } from './tls-failure.js';

/** A write waits until this part of all questions in flight is in it, but no longer than so many ms. */
const SHARE = 4;
const PATIENCE = 1;

/**
 * A line over a socket that is about to connect.
 *
 * @param ready the event that says that it is connected
 */
export function openStreamConnection(
  socket: Socket,
  ready: string,
  events: ConnectionEvents,
): Connection {
  const ids = new IdTable<Query>(randomId);
  const frames = new FrameReader();
  let outbox: Query[] = [];
  let isConnected = false;
  let isClosed = false;
  let failed: 'tls' | undefined;
  let isFlushing = false;
  let waiting: NodeJS.Timeout | undefined;
  let hasKeepalive = false;

  const flush = () => {
    const queries = outbox;
    outbox = [];
    isFlushing = false;
    clearTimeout(waiting);
    waiting = undefined;
    if (isClosed || queries.length === 0) return;
    let size = 0;
    for (const { question } of queries) size += 2 + MAX_QUERY - 255 + question.name.length + 2;
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    for (const { id, question, edns } of queries) {
      const end = writeQuery(bytes, at + 2, id, question, edns ? 'keepalive' : 'none');
      bytes.writeUInt16BE(end - at - 2, at);
      at = end;
    }
    socket.write(bytes.subarray(0, at));
  };
  const close = () => {
    isClosed = true;
    clearTimeout(waiting);
    socket.destroy();
  };
  const onFrame = (bytes: Uint8Array, start: number, end: number) => {
    if (isClosed) return;
    if (!hasKeepalive) keepAlive(readKeepalive(bytes, start, end));
    deliver(ids, events, bytes, start, end);
  };
  /** Leaves before the server does: a question that crosses its goodbye would be asked in vain. */
  const keepAlive = (idle: number | undefined) => {
    hasKeepalive = true;
    if (idle === undefined) return;
    socket.setTimeout(Math.max(1, idle * 0.9), () => {
      if (ids.size === 0) socket.destroy();
    });
  };

  socket.on(ready, () => {
    isConnected = true;
    flush();
  });
  socket.on('data', (chunk: Buffer) => frames.push(chunk, onFrame));
  socket.on('error', (error) => {
    if (isTlsFailure(error)) failed = 'tls';
  });
  // A server that ends its half will answer nothing more.
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    if (isClosed) return;
    close();
    events.onClose(isConnected, failed);
  });

  return {
    get room() {
      return isClosed ? 0 : ids.room;
    },
    send(query) {
      ids.claim(query);
      outbox.push(query);
      if (!isConnected) return;
      // While many answers are still to come, the questions that follow them can share one write:
      // a write costs the kernel more than a hundred questions cost us.
      if (outbox.length * SHARE < ids.size) {
        waiting ??= setTimeout(flush, PATIENCE);
      } else if (!isFlushing) {
        isFlushing = true;
        setImmediate(flush);
      }
    },
    cancel: (query) => ids.release(query),
    close,
  };
}

/** Questions that fill a connection before another is dialled, and the most connections. */
const FULL = 250;
const CONNECTIONS = 3;

/**
 * RFC 7766 (6.2.2) wants as few connections as will do: another is dialled only when those there are
 * full. A server gives each connection to one of its threads, so one alone would use one thread.
 */
export const streamTraits = {
  maxConnections: CONNECTIONS,
  queriesPerConnection: FULL,
  isStream: true,
  isPaced: true,
} as const;
