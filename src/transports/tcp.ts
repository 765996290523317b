/** DNS over TCP (RFC 7766). */

import { connect } from 'node:net';
import type { Transport } from './line.js';
import { openStreamLine, streamTraits } from './stream.js';

export const tcp: Transport = {
  name: 'tcp',
  open({ host, port = 53 }, events) {
    const socket = connect({ host, port, noDelay: true });
    return openStreamLine(socket, 'connect', events);
  },
  ...streamTraits,
};
