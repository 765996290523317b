/**
 * What one RDAP response (RFC 9083) says about one domain. Pure. A response counts only if it is
 * about the very name that was asked, and a 404 is no more than "this server does not know it": what
 * that is worth, the control question decides.
 */

import type { RegistrationFailure } from '../core/model.js';

export type RdapVerdict =
  | { readonly kind: 'registered'; readonly registryStatus: readonly string[] }
  | { readonly kind: 'reserved'; readonly registryStatus: readonly string[] }
  /** A well-formed 404: it counts once the server has passed the control question. */
  | { readonly kind: 'not-found' }
  | NoVerdict;

/** The registry did not tell. */
export interface NoVerdict {
  readonly kind: 'unknown';
  readonly reason: RegistrationFailure;
  /** What happened: one phrase for people. */
  readonly detail: string;
}

export function noVerdict(reason: RegistrationFailure, detail: string): NoVerdict {
  return { kind: 'unknown', reason, detail };
}

export interface RdapResponse {
  readonly status: number;
  readonly body: Uint8Array;
  /** Milliseconds that the server asks to be left alone, where it does. */
  readonly retryAfterMs?: number | undefined;
}

/** Registry statuses that are kept of one answer, and the characters of each. */
const MAX_STATUSES = 16;
const MAX_STATUS_LENGTH = 64;

const otherName = noVerdict('rdap-other-name', 'the answer is not about the domain');
const notJson = (status: number) =>
  noVerdict('rdap-not-json', `${statusText(status)}, and no RDAP (JSON) in the body`);
const contradiction = noVerdict('rdap-http', 'HTTP status 404, and a body that says otherwise');

/** @param domain what was asked: an A-label name in lower case without the final dot */
export function readRdapResponse(response: RdapResponse, domain: string): RdapVerdict {
  const { status, body, retryAfterMs } = response;
  if (status !== 200 && status !== 404) {
    const isLimited = status === 429 || status === 403;
    return noVerdict(isLimited ? 'rdap-limited' : 'rdap-http', statusText(status, retryAfterMs));
  }
  const isEmpty = body.every((byte) => byte <= 0x20);
  if (isEmpty) return status === 404 ? { kind: 'not-found' } : notJson(status);
  const document = parseObject(body);
  if (!document) return notJson(status);
  return status === 200 ? readDomain(document, domain) : readNotFound(document);
}

/** `HTTP status 429, Retry-After: 1` */
function statusText(status: number, retryAfterMs?: number): string {
  const rest = retryAfterMs === undefined ? '' : `, Retry-After: ${retryAfterMs / 1000}`;
  return `HTTP status ${status}${rest}`;
}

function readDomain(document: JsonObject, domain: string): RdapVerdict {
  const { objectClassName, ldhName, status } = document;
  if (objectClassName !== 'domain' || typeof ldhName !== 'string') return otherName;
  if (ldhName.toLowerCase().replace(/\.$/, '') !== domain) return otherName;
  const statuses = (Array.isArray(status) ? status : [])
    .filter((each) => typeof each === 'string')
    .slice(0, MAX_STATUSES)
    .map((each) => each.slice(0, MAX_STATUS_LENGTH).toLowerCase());
  return {
    kind: statuses.includes('reserved') ? 'reserved' : 'registered',
    registryStatus: statuses,
  };
}

/** A 404 whose body claims another outcome contradicts itself. */
function readNotFound(document: JsonObject): RdapVerdict {
  const { errorCode, objectClassName } = document;
  if (objectClassName !== undefined) return contradiction;
  if (errorCode !== undefined && Number(errorCode) !== 404) return contradiction;
  return isBlocked(document)
    ? { kind: 'reserved', registryStatus: ['blocked'] }
    : { kind: 'not-found' };
}

/** GlobalBlock answers 404 with a notice that bears this title for names that it keeps from sale. */
function isBlocked({ title, notices, remarks, description }: JsonObject): boolean {
  const lists = [notices, remarks].flatMap((list) => (Array.isArray(list) ? list : []));
  const titles = lists.map((each: unknown) => (each as JsonObject | null)?.title);
  const texts = [title, ...(Array.isArray(description) ? description : [description]), ...titles];
  return texts.some((text) => typeof text === 'string' && /\bblocked domain\b/i.test(text));
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(body: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}
