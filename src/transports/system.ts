/**
 * getaddrinfo: asks as the operating system would (hosts file, search list, split DNS). It reports no
 * rcode, and reports some failures as "not found".
 */

import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFailure } from '../core/model.js';
import { bareReply, RCODE, type Reply } from '../dns/message.js';
import type { Transport } from './connection.js';

/** libuv lets getaddrinfo use half of its threads: more calls would only wait in its queue. */
const threads = Math.max(1, Number(process.env.UV_THREADPOOL_SIZE ?? 4) >> 1);

const open: Transport['open'] = (_to, events) => {
  let busy = 0;
  let closed = false;
  const waiting = new Set<object>();
  return {
    get room() {
      return threads - busy;
    },
    send(query) {
      busy++;
      waiting.add(query);
      lookup(query.question.name, { all: true }, (error, addresses) => {
        // A call cannot be cancelled: its thread is free only now, even if the query was dropped.
        busy--;
        if (closed || !waiting.delete(query)) return;
        events.onAnswer(query, error ? failure(error) : success(query.question.name, addresses));
      });
    },
    cancel(query) {
      waiting.delete(query);
    },
    close() {
      closed = true;
    },
  };
};

export const system: Transport = {
  name: 'system',
  usualPort: 0,
  open,
  connections: 1,
  maxConnections: 1,
  queriesPerConnection: threads,
  isStream: false,
  isPaced: false,
};

function success(name: string, addresses: readonly LookupAddress[]): Reply {
  const records = addresses.map(({ address, family }) => ({
    name,
    type: family === 6 ? 'AAAA' : 'A',
    ttl: 0,
    data: address,
  }));
  return { ...bareReply(RCODE.NOERROR), isRecursive: true, records };
}

function failure(error: NodeJS.ErrnoException): Reply | { failed: LookupFailure } {
  switch (error.code) {
    case 'ENOTFOUND':
      return { ...bareReply(RCODE.NXDOMAIN), isRecursive: true };
    case 'EAI_FAIL':
      return { failed: 'servfail' };
    default:
      return { failed: 'network' };
  }
}
