/** Sorts the many codes of sockets, TLS and undici into the few reasons that a result names. */

import type { HttpErrorReason } from '../core/model.js';

/** Why there is no whole reply. */
export interface HttpFailure {
  readonly failed: HttpErrorReason;
  /** One phrase for people. */
  readonly detail: string;
  /** Whether the same request may well succeed a moment later. */
  readonly isTransient: boolean;
  /** The status, if the head had arrived. */
  readonly status?: number | undefined;
}

const DNS = /^(?:EAI_|ENOTFOUND$|ENODATA$)/;
const TLS = /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|.*(?:_CERT|SIGNATURE)(?:_|$))/;
const MALFORMED = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW$)/;
/** The connection ended before the body was as long as promised, or before its last chunk. */
const ENDED_EARLY = /^(?:UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_INVALID_EOF_STATE)$/;
const CLOSED = /^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE|ECONNABORTED)$/;

/** Whether the other side closed the connection. */
export function isClosedByPeer({ code = '' }: NodeJS.ErrnoException): boolean {
  return CLOSED.test(code);
}

/** @param status of the head, if it had arrived */
export function httpFailure(error: NodeJS.ErrnoException, status?: number): HttpFailure {
  const { code = '', message } = error;
  const because = (failed: HttpErrorReason, isTransient: boolean, detail = message || code) => {
    // Several addresses refused in turn are one error without a message of its own.
    return { failed, detail, isTransient, status };
  };
  if (DNS.test(code)) return because('dns', code === 'EAI_AGAIN');
  if (TLS.test(code)) return because('tls', false);
  if (code === 'ETIMEDOUT') return because('timeout', true);
  // undici's name for a head that nothing was asked for by, or that changes the protocol.
  if (/^bad (?:response|upgrade)$/.test(message))
    return because('malformed', false, notHttp(message));
  if (MALFORMED.test(code) && !ENDED_EARLY.test(code)) {
    return because('malformed', false, notHttp(message));
  }
  const isEarly = CLOSED.test(code) || ENDED_EARLY.test(code);
  if (status !== undefined) return because('truncated', true, isEarly ? CLOSED_IN_BODY : message);
  return because('network', true, code === 'UND_ERR_SOCKET' ? CLOSED_BEFORE : message || code);
}

const CLOSED_IN_BODY = 'the connection was closed in the middle of the answer';
const CLOSED_BEFORE = 'the connection was closed before an answer';

function notHttp(why: string): string {
  return `the answer is malformed: ${why}`;
}
