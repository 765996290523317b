/** Why there was no whole answer: the many codes of sockets, TLS and undici, as few words. */

import type { HttpTrouble } from '../core/model.js';

export interface HttpFailure {
  readonly failed: HttpTrouble;
  /** What the system or the library said. */
  readonly detail: string;
  /** Whether the next try may well succeed. */
  readonly mayPass: boolean;
  /** The status, where the head had come. */
  readonly status?: number;
}

const DNS = /^(?:EAI_|ENOTFOUND$|ENODATA$)/;
const TLS = /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|.*(?:_CERT|SIGNATURE)(?:_|$))/;
const MALFORMED = /^UND_ERR_(?:HEADERS_OVERFLOW|INVALID_ARG)$/;

/** Sorts an error of a request. `status`: of the head, if it had come. */
export function httpFailure(error: Error & { code?: string }, status?: number): HttpFailure {
  const code = error.code ?? '';
  const of = (failed: HttpTrouble, mayPass: boolean): HttpFailure => ({
    failed,
    // Several addresses refused in turn are one error without a message of its own.
    detail: error.message || code,
    mayPass,
    ...(status === undefined ? {} : { status }),
  });
  if (DNS.test(code)) return of('dns', code === 'EAI_AGAIN');
  if (TLS.test(code)) return of('tls', false);
  // A closed connection may end a message, or end it too early: that, too, is the parser's to say.
  const isEarlyEnd = status !== undefined && /EOF state/.test(error.message);
  if (MALFORMED.test(code) || (error.name === 'HTTPParserError' && !isEarlyEnd)) {
    return of('malformed', false);
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return of('timeout', true);
  return of(status === undefined ? 'network' : 'truncated', true);
}
