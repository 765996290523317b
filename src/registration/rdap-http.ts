/** HTTP as registries are asked: one client for a run, small bodies, ten seconds. */

import { openAgent } from '../http/agent.js';
import { decodeBody } from '../http/decode-body.js';
import type { NotSent, Outcome } from '../http/exchange.js';
import type { HttpFailure } from '../http/failure.js';
import { get } from '../http/get.js';
import type { Reply } from '../http/reply.js';
import { retryAfter } from '../http/retry-after.js';
import type { FetchText } from './bootstrap-cache.js';
import type { Fetch, FetchOutcome } from './rdap-client.js';

export interface RdapHttp {
  readonly fetch: Fetch;
  /** Gets a table of registries; rejects with a sentence for people, and when the signal aborts. */
  fetchText(url: string, etag: string | undefined, signal: AbortSignal): ReturnType<FetchText>;
  close(): Promise<void>;
}

/** Milliseconds for the connection, for the head, and for the whole. */
const TIMEOUT_MS = 10_000;
/** Bytes of the largest body that is read of a registry, and of a table. */
const MAX_BODY = 256 * 1024;
const MAX_TABLE = 4 * 1024 * 1024;
/** Registries are asked one question at a time each; there are a few hundred of them. */
const MAX_CONNECTIONS = 256;

/** Opens a client; proxies are taken from the environment. */
export async function openRdapHttp(): Promise<RdapHttp> {
  const agent = await openAgent({ connections: MAX_CONNECTIONS, environment: process.env });
  const read = async (
    url: URL,
    headers: readonly string[],
    maxSize: number,
    signal: AbortSignal,
  ) => {
    const options = { agent, headers, timeoutMs: TIMEOUT_MS, maxSize, wantsBody };
    const late = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await get(url, { ...options, signal: AbortSignal.any([signal, late]) });
    } catch (error) {
      if (signal.aborted || !late.aborted) throw error;
      return tooLate;
    }
  };
  return {
    async fetch(url, signal) {
      const accept = ['accept', 'application/rdap+json, application/json;q=0.9'];
      return outcomeOf(await read(url, accept, MAX_BODY, signal));
    },
    async fetchText(url, etag, signal) {
      const headers = ['accept', 'application/json', ...(etag ? ['if-none-match', etag] : [])];
      return textOf(await read(new URL(url), headers, MAX_TABLE, signal));
    },
    close: () => agent.close(),
  };
}

/** Of all others the status says everything. */
const wantsBody = (status: number) => status === 200 || status === 404;

const tooLate: HttpFailure = {
  failed: 'timeout',
  detail: `not answered within ${TIMEOUT_MS / 1000} s`,
  isTransient: true,
};

async function outcomeOf(outcome: Outcome | NotSent): Promise<FetchOutcome> {
  const body = await bodyOf(outcome, MAX_BODY);
  if ('failed' in body) {
    const { detail, isTransient, status } = body;
    return { failed: failureOf(body), detail, status: isTransient ? undefined : status };
  }
  const { reply, bytes } = body;
  const wait = retryAfter(reply.header('retry-after'), reply.header('date'), Date.now());
  return {
    status: reply.status,
    body: bytes,
    location: reply.header('location'),
    retryAfterMs: wait,
  };
}

async function textOf(outcome: Outcome | NotSent): ReturnType<FetchText> {
  const body = await bodyOf(outcome, MAX_TABLE);
  if ('failed' in body) throw new Error(body.detail);
  const { reply, bytes } = body;
  const { status } = reply;
  if (status === 304) return { status };
  if (status !== 200) throw new Error(`HTTP status ${status}`);
  const [etag, expires] = [reply.header('etag'), reply.header('expires')];
  const text = new TextDecoder().decode(bytes);
  return { status, text, ...(etag && { etag }), ...(expires && { expires }) };
}

async function bodyOf(
  outcome: Outcome | NotSent,
  maxSize: number,
): Promise<{ readonly reply: Reply; readonly bytes: Uint8Array } | HttpFailure> {
  if (outcome === 'not-sent') return tooLate;
  if ('failed' in outcome) return outcome;
  const decoded = await decodeBody(outcome, { maxSize });
  return 'failed' in decoded ? decoded : { reply: outcome, bytes: decoded.bytes };
}

function failureOf({ failed }: HttpFailure): 'timeout' | 'tls' | 'network' {
  return failed === 'timeout' || failed === 'tls' ? failed : 'network';
}
