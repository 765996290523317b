/** Sorts the many codes of sockets, TLS and undici into the few reasons that a result names. */

import type { HttpErrorReason } from '../core/model.js';

/** What more of would help: seconds, bytes, or certificates that are trusted. */
export type Remedy = 'time' | 'size' | 'trust';

/** Why there is no whole reply. */
export interface HttpFailure {
  readonly failed: HttpErrorReason;
  /** One phrase for people. */
  readonly detail: string;
  /** Whether the same request may well succeed a moment later. */
  readonly isTransient: boolean;
  /** The status, if the head had arrived. */
  readonly status?: number | undefined;
  /** What may help that the asker decides about. */
  readonly remedy?: Remedy;
  /** Whether the request had been written. */
  readonly wasSent?: boolean;
}

const DNS = /^(?:EAI_|ENOTFOUND$|ENODATA$)/;
const TLS = /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|.*(?:_CERT|SIGNATURE)(?:_|$))/;
/** No chain of certificates leads to one that is trusted. */
const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;
const CLOSED = /^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE|ECONNABORTED)$/;
const MISMATCH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';

/** Whether the other side closed the connection. */
export function isClosedByPeer({ code = '' }: NodeJS.ErrnoException): boolean {
  return CLOSED.test(code);
}

/** @param status of the head, if it had arrived */
export function httpFailure(error: NodeJS.ErrnoException, status?: number): HttpFailure {
  const { code = '', message } = error;
  const because = (failed: HttpErrorReason, isTransient: boolean, detail: string) => {
    return { failed, detail, isTransient, status };
  };
  const words = connectionWords(error) ?? (message || code);
  if (DNS.test(code)) return because('dns', code === 'EAI_AGAIN', words);
  if (TLS.test(code)) {
    const failure = because('tls', false, opensslReason(error) ?? words);
    return UNTRUSTED.test(code) ? { ...failure, remedy: 'trust' } : failure;
  }
  if (code === 'ETIMEDOUT') return because('timeout', true, words);
  // undici asserts what an answer must be, such as a status from 100 on.
  if (code === 'ERR_ASSERTION') return because('malformed', false, 'the answer is malformed');
  if (isMalformed(error, status)) {
    return because('malformed', false, `the answer is malformed: ${words}`);
  }
  if (status !== undefined) return because('truncated', true, CLOSED_IN_BODY);
  return because('network', true, code === 'UND_ERR_SOCKET' ? CLOSED_BEFORE : words);
}

interface SystemError extends NodeJS.ErrnoException {
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
  /** Of several addresses that were tried in turn: then it has no message of its own. */
  readonly errors?: readonly SystemError[];
}

/** What no connection came of, by code, about a host or an address. */
const NO_CONNECTION: Readonly<Record<string, (where: string) => string>> = {
  ENOTFOUND: (host) => `\`${host}\` has no address`,
  ENODATA: (host) => `\`${host}\` has no address`,
  EAI_AGAIN: (host) => `the system's resolver does not answer about \`${host}\``,
  ECONNREFUSED: (address) => `nothing listens at ${address}`,
  ENETUNREACH: (address) => `no network leads to ${address}`,
  EHOSTUNREACH: (address) => `no way leads to ${address}`,
  ETIMEDOUT: (address) => `${address} does not answer`,
};

/** In words, with the code behind them; undefined where the error does not say about what it is. */
function connectionWords({ code = '', errors = [], ...error }: SystemError): string | undefined {
  const { hostname, address = '', port } = errors[0] ?? error;
  const host = address.includes(':') ? `[${address}]` : address;
  const where = hostname ?? (address === '' ? '' : `${host}:${port}`);
  const words = NO_CONNECTION[code];
  return words && where !== '' ? `${words(where)} (${code})` : undefined;
}

/** What OpenSSL says, without the codes and the place in its source that stand around it. */
function opensslReason({ message, reason }: Error & { reason?: string }): string | undefined {
  return reason !== undefined && message.includes(':error:') ? `no TLS: ${reason}` : undefined;
}

const CLOSED_IN_BODY = 'the connection was closed in the middle of the answer';
const CLOSED_BEFORE = 'the connection was closed before an answer';

/** What undici's parser says of an answer; where the connection ends is another matter. */
function isMalformed({ code, name, message }: NodeJS.ErrnoException, status?: number): boolean {
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || /^bad (?:response|upgrade)$/.test(message))
    return true;
  if (code === MISMATCH) return status === undefined;
  return name === 'HTTPParserError' && !/\(Invalid EOF state\)/.test(message);
}
