/** One RDAP question over HTTP (RFC 7480): the request, its redirects, and what came of it. */

import type { RegistrationFailure } from '../core/model.js';
import { followRedirects } from '../http/follow-redirects.js';
import { noVerdict, type RdapVerdict, readRdapResponse } from './rdap-verdict.js';

/** One GET without redirects; the outcome of the network is a value. */
export type Fetch = (url: URL, signal: AbortSignal) => Promise<FetchOutcome>;

export type FetchOutcome =
  | {
      readonly status: number;
      readonly body: Uint8Array;
      /** The `Location` header, where there is one. */
      readonly location?: string | undefined;
      /** Milliseconds that the server asks to be left alone, where it does. */
      readonly retryAfterMs?: number | undefined;
    }
  | {
      readonly failed: 'timeout' | 'tls' | 'network';
      /** One phrase for people. */
      readonly detail: string;
      /** The HTTP status of an answer that would be as useless another time. */
      readonly status?: number | undefined;
    };

/** What one question came to. */
export interface RdapReply {
  readonly verdict: RdapVerdict;
  /** The HTTP status of the last response; undefined where none came. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** The answer came from another origin than was asked. */
  readonly isForeign: boolean;
}

/** A registry may send a question on, to a registrar at most; more is a loop. */
const MAX_REDIRECTS = 3;

const failures: Record<'timeout' | 'tls' | 'network', RegistrationFailure> = {
  timeout: 'rdap-timeout',
  tls: 'rdap-tls',
  network: 'rdap-http',
};

const lostText = {
  'bad-target': 'a redirect to no https address',
  'too-many': `more than ${MAX_REDIRECTS} redirects`,
};

/**
 * Asks one server about one domain and follows its redirects, to https only. A 404 counts only from
 * the origin that was asked: another server may not know the TLD at all.
 *
 * @param base ends with a slash
 */
export async function askRdap(
  base: string,
  domain: string,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<RdapReply> {
  const { outcome, url, lost } = await followRedirects(new URL(`domain/${domain}`, base), {
    request: (asked) => fetch(asked, signal),
    responseOf: (fetched) => ('failed' in fetched ? undefined : fetched),
    // A server that was itself given without TLS may only send to itself.
    mayFollow: (next, from) => next.protocol === 'https:' || next.origin === from.origin,
    max: MAX_REDIRECTS,
  });
  const noAnswer = (reason: RegistrationFailure, detail: string): RdapReply => {
    const { status } = outcome;
    return {
      verdict: noVerdict(reason, detail),
      status,
      retryAfterMs: undefined,
      isForeign: false,
    };
  };
  if ('failed' in outcome) return noAnswer(failures[outcome.failed], outcome.detail);
  if (lost) return noAnswer('rdap-http', lostText[lost]);
  const { status, retryAfterMs } = outcome;
  const isForeign = url.origin !== new URL(base).origin;
  if (isForeign && status === 404) {
    return noAnswer('rdap-untrusted', `HTTP status 404 of another server, ${url.host}`);
  }
  return { verdict: readRdapResponse(outcome, domain), status, retryAfterMs, isForeign };
}

/** Whether another try may bring another answer. */
export function isTransientReply({ verdict, status }: RdapReply): boolean {
  if (status === undefined) return verdict.kind === 'unknown' && verdict.reason !== 'rdap-tls';
  return status === 429 || status >= 500;
}
