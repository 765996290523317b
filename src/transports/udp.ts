/** DNS over UDP (RFC 1035, 4.2.1): one connected socket, which hears only its resolver. */

import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { IdTable } from '../dns/id-table.js';
import { MAX_QUERY, writeQuery } from '../dns/message.js';
import { deliver, type Query, randomId, type Transport } from './connection.js';

/**
 * A burst of answers must fit, or the kernel drops what we asked for. More than the system allows
 * is an error on some, so it is halved until it is taken.
 */
const RECEIVE_BUFFER = 4 * 1024 * 1024;
const SLAB = 64 * 1024;
const PORT = 53;

const open: Transport['open'] = (to, events) => {
  const ids = new IdTable<Query>(randomId);
  const socket = createSocket(isIPv6(to.host) ? 'udp6' : 'udp4');
  let outbox: Query[] = [];
  let connected = false;
  let closed = false;
  let slab = Buffer.allocUnsafe(SLAB);
  let used = 0;

  const close = () => {
    if (closed) return;
    closed = true;
    socket.close();
  };
  const fail = () => {
    if (closed) return;
    close();
    // An error here is the network's own word: nobody listens there, or no way leads there.
    events.onClose(false);
  };
  const flush = () => {
    const queries = outbox;
    outbox = [];
    for (const query of queries) {
      if (closed) return;
      // The kernel may take a datagram later than we hand it over: its bytes are not used again.
      if (used + MAX_QUERY > SLAB) {
        slab = Buffer.allocUnsafe(SLAB);
        used = 0;
      }
      const end = writeQuery(slab, used, query.id, query.question, query.edns ? 'payload' : 'none');
      socket.send(slab, used, end - used, sent);
      used = end;
    }
  };

  // Without a callback an error would be swallowed; a closure for each datagram is not needed.
  const sent = (error: Error | null) => {
    // A full send queue has lost this one datagram; anything else is the way itself.
    if (error && (error as NodeJS.ErrnoException).code !== 'ENOBUFS') fail();
  };
  socket.on('error', fail);
  socket.on('message', (bytes) => deliver(ids, events, bytes, 0, bytes.length));
  socket.on('connect', () => {
    connected = true;
    enlarge(socket);
    flush();
  });
  socket.connect(to.port ?? PORT, to.host);

  return {
    get room() {
      return closed ? 0 : ids.room;
    },
    send(query) {
      ids.claim(query);
      outbox.push(query);
      if (connected && outbox.length === 1) setImmediate(flush);
    },
    cancel: (query) => ids.release(query),
    close,
  };
};

/** About 200 answers fit into the receive buffer that every system grants. */
export const udp: Transport = {
  name: 'udp',
  usualPort: PORT,
  open,
  maxConnections: 8,
  queriesPerConnection: 200,
  isStream: false,
  isPaced: true,
};

function enlarge(socket: Socket): void {
  for (let size = RECEIVE_BUFFER; size > socket.getRecvBufferSize(); size /= 2) {
    try {
      socket.setRecvBufferSize(size);
    } catch {
      // Too much for this system.
    }
  }
}
