/** DNS over TLS (RFC 7858): the stream of TCP inside TLS. */

import type { Transport } from './connection.js';
import { openSecureSocket } from './secure-socket.js';
import { StreamConnection, streamTraits } from './stream.js';

const PORT = 853;

export const tls: Transport = {
  name: 'tls',
  usualPort: PORT,
  open(to, events) {
    return new StreamConnection(
      (onread) => openSecureSocket(to, { usualPort: PORT, protocols: ['dot'], onread }),
      'secureConnect',
      events,
    );
  },
  ...streamTraits,
};
