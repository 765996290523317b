/** DNS over TCP (RFC 7766). */

import { connect } from 'node:net';
import type { Transport } from './connection.js';
import { StreamConnection, streamTraits } from './stream.js';

const PORT = 53;

export const tcp: Transport = {
  name: 'tcp',
  usualPort: PORT,
  open({ host, address = host, port = PORT }, events) {
    return new StreamConnection(
      (onread) => connect({ host: address, port, noDelay: true, onread }),
      'connect',
      events,
    );
  },
  ...streamTraits,
};
