/** DNS over TCP (RFC 7766). */

import { connect } from 'node:net';
import type { Transport } from './connection.js';
import { openStreamConnection, streamTraits } from './stream.js';

const PORT = 53;

export const tcp: Transport = {
  name: 'tcp',
  usualPort: PORT,
  open({ host, address = host, port = PORT }, events) {
    const socket = connect({ host: address, port, noDelay: true });
    return openStreamConnection(socket, 'connect', events);
  },
  ...streamTraits,
};
