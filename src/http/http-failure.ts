/** Why there was no whole answer: the many codes of sockets and TLS, as few words. */

import type { HttpErrorReason } from '../core/model.js';

export interface HttpFailure {
  readonly failed: HttpErrorReason;
  /** What the system said. */
  readonly detail: string;
  /** Whether the next try may well succeed. */
  readonly mayPass: boolean;
  /** The status, where the head had come. */
  readonly status?: number;
}

const DNS = /^(?:EAI_|ENOTFOUND$|ENODATA$)/;
const TLS = /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|.*(?:_CERT|SIGNATURE)(?:_|$))/;

/** Sorts an error of a request. `status`: of the head, if it had come. */
export function httpFailure(error: Error & { code?: string }, status?: number): HttpFailure {
  const code = error.code ?? '';
  const of = (failed: HttpErrorReason, mayPass: boolean): HttpFailure => ({
    failed,
    // Several addresses refused in turn are one error without a message of its own.
    detail: error.message || code,
    mayPass,
    ...(status === undefined ? {} : { status }),
  });
  if (DNS.test(code)) return of('dns', code === 'EAI_AGAIN');
  if (TLS.test(code)) return of('tls', false);
  if (code === 'ETIMEDOUT') return of('timeout', true);
  return of(status === undefined ? 'network' : 'truncated', true);
}
