/** Sorts the many codes of sockets and of TLS into what a run has to tell apart. */

/** Why a resolver could not be reached. */
export interface ConnectionFailure {
  /**
   * `dns`: its host name has no address. `tls`: it could not prove who it is. `timeout`: it is silent over
   * UDP, and only TCP says more.
   */
  readonly reason: 'network' | 'dns' | 'tls' | 'timeout';
  /** The system's name for it, or OpenSSL's: `ECONNREFUSED`, `CERT_HAS_EXPIRED`. */
  readonly code: string;
  /** Node's words. */
  readonly message: string;
  /** Waiting does not mend it, unless the resolver has answered before. */
  readonly isLasting: boolean;
}

/** Nothing listens there, no such host, or an address that no packet can be sent to. */
const LASTING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EINVAL', 'EACCES']);

export function connectionFailure(error: NodeJS.ErrnoException): ConnectionFailure {
  const { code = '', message } = error;
  const reason = reasonOf(code);
  const isLasting = reason === 'tls' || LASTING.has(code);
  // Several addresses that refused in turn are one error without words of its own.
  return { reason, code, message: message || code, isLasting };
}

function reasonOf(code: string): ConnectionFailure['reason'] {
  if (/^(?:EAI_[A-Z]+|ENOTFOUND|ENODATA)$/.test(code)) return 'dns';
  // The system's own codes are ECONNREFUSED and the like; those of TLS have underscores.
  return code === 'EPROTO' || !/^(?:E[A-Z\d]+|)$/.test(code) ? 'tls' : 'network';
}
