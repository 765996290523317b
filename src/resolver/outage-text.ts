/** Words for people about resolvers that cannot be asked: which, what happened to each, what to try. */

import type { LookupFailure } from '../core/model.js';
import type { ResolverFailure } from './outage-watch.js';

interface Cause {
  readonly codes: readonly string[];
  readonly phrase: string;
  /** What to try. */
  readonly advice: string;
}

const NETWORK = 'check the network of this machine';
const PORT = 'check the address and the port';
const CA = '--tls-ca FILE names the certificates to trust';

const causes: readonly Cause[] = [
  { codes: ['ECONNREFUSED'], phrase: 'nothing listens there', advice: PORT },
  { codes: ['EINVAL', 'EACCES'], phrase: 'nothing can be sent there', advice: PORT },
  {
    codes: ['ENOTFOUND', 'ENODATA'],
    phrase: 'its host name has no address',
    advice: 'check the spelling of the host name, or give its IP address',
  },
  { codes: ['EAI_AGAIN'], phrase: 'its host name cannot be looked up now', advice: NETWORK },
  {
    codes: ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EHOSTDOWN'],
    phrase: 'no route leads there',
    advice: NETWORK,
  },
  {
    codes: ['ECONNRESET', 'EPIPE'],
    phrase: 'it ends connections without an answer',
    advice: 'check that it speaks DNS over this transport',
  },
  {
    codes: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    phrase: 'its certificate is out of date',
    advice:
      'check the clock of this machine; certificates are renewed by the operator of the resolver',
  },
  {
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    phrase: 'its certificate is for another name',
    advice: '--tls-name NAME says whose certificate to expect',
  },
  {
    codes: ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
    phrase: 'its certificate is self-signed',
    advice: CA,
  },
  {
    codes: [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ],
    phrase: 'its certificate is signed by an authority that is not trusted',
    advice: CA,
  },
  {
    codes: ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER'],
    phrase: 'it speaks no TLS there',
    advice: 'check the port: DNS over TLS has 853, over HTTPS 443',
  },
  {
    codes: [
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      'ERR_SSL_UNSUPPORTED_PROTOCOL',
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    ],
    phrase: 'it speaks no TLS that is understood here',
    advice: 'ask one that speaks TLS 1.2 or later',
  },
  {
    codes: ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
    phrase: 'it wants a certificate of its clients, and none can be given',
    advice: 'ask one that is open to everyone',
  },
];

const silent: Cause = {
  codes: [],
  phrase: 'no answer',
  advice: 'check the address, and that no firewall is in the way',
};
const unsafe: Cause = { codes: [], phrase: 'it cannot prove its identity', advice: CA };
const broken: Cause = { codes: [], phrase: 'the connection failed', advice: PORT };

/** What answers are like that settle nothing. */
const useless: Partial<Record<LookupFailure, string>> = {
  refused: 'it refuses all that it is asked',
  servfail: 'it answers everything with SERVFAIL',
  referral: 'it points at other servers instead of answering',
  lame: 'it has no zone of these names, and does not resolve for others',
  filtered: 'it filters all that it is asked',
  http: 'it answers with an HTTP status and no DNS message',
  malformed: 'none of its answers can be read',
  contradiction: 'each of its answers contradicts itself',
  rcode: 'it answers everything with an error',
};

const REDIRECTED = 'give the URL that it redirects to';
const WRONG_PATH = 'check the path of its URL';

/** What the status of an answer over HTTPS most likely means. */
const httpHints: Readonly<Record<number, string>> = {
  301: REDIRECTED,
  302: REDIRECTED,
  307: REDIRECTED,
  308: REDIRECTED,
  401: 'it wants a login',
  403: 'it does not serve this machine',
  404: WRONG_PATH,
  405: WRONG_PATH,
  410: WRONG_PATH,
  429: 'ask it more slowly with --rate',
};

/** The most resolvers that are named. */
const MAX_NAMED = 5;
const OTHERS = 'ask others with -r, such as -r 9.9.9.9';

/** @param limit seconds for which the run waits; 0 is no limit */
export function outageText(failures: readonly ResolverFailure[], limit: number): string {
  const wait = limit > 0 ? `waiting for up to ${limit} s` : 'waiting';
  return [`no resolver answers; ${wait}`, ...linesOf(failures)].join('\n');
}

export function giveUpText(failures: readonly ResolverFailure[]): string {
  const advice = new Set(failures.map((failure) => causeOf(failure).advice));
  return [
    'no resolver can be asked, so names stay unknown',
    ...linesOf(failures),
    `to try: ${[...advice, OTHERS].join('; ')}`,
  ].join('\n');
}

/** About one whose certificate is wrong, while others are asked. */
export function notAskedText(failure: ResolverFailure): string {
  return `${sentenceOf(failure)}; it is not asked. To try: ${causeOf(failure).advice}`;
}

/**
 * About those that were of no use in a run.
 *
 * @param count how many resolvers there are
 */
export function failingText(failures: readonly ResolverFailure[], count: number): string {
  const rest = count > failures.length ? ', so the others are asked' : '';
  const [first] = failures;
  if (failures.length === 1 && first) {
    return `${first.resolver} is failing${rest}: ${wordsOf(first)}`;
  }
  const head = `${failures.length} of ${count} resolvers are failing${rest}`;
  return [head, ...linesOf(failures)].join('\n');
}

/** @param configured what the system has */
export function noResolverText(configured: readonly string[]): string {
  const shown = configured.map((text) => `\`${text}\``).join(', ') || 'none';
  return `no resolver can be asked: the system has ${shown}; name one with -r, such as -r 9.9.9.9`;
}

function linesOf(failures: readonly ResolverFailure[]): string[] {
  const lines = failures.slice(0, MAX_NAMED).map((failure) => `  ${sentenceOf(failure)}`);
  const others = failures.length - lines.length;
  return others > 0 ? [...lines, `  and ${others} more`] : lines;
}

/** `192.0.2.1:53: nothing listens there (connect ECONNREFUSED 192.0.2.1:53)` */
function sentenceOf(failure: ResolverFailure): string {
  return `${failure.resolver}: ${wordsOf(failure)}`;
}

function wordsOf(failure: ResolverFailure): string {
  const { message, httpStatus } = failure;
  const text = httpStatus === undefined ? message.trim() : httpText(httpStatus);
  const words = text === '' ? '' : ` (${text})`;
  return `${causeOf(failure).phrase}${words}`;
}

/** `HTTP 404: check the path of its URL` */
function httpText(status: number): string {
  const hint = httpHints[status];
  return hint === undefined ? `HTTP ${status}` : `HTTP ${status}: ${hint}`;
}

function causeOf({ code, reason }: ResolverFailure): Cause {
  const cause = causes.find(({ codes }) => codes.includes(code));
  if (cause) return cause;
  if (reason === 'timeout') return silent;
  const phrase = useless[reason];
  if (phrase !== undefined) return { codes: [], phrase, advice: OTHERS };
  return reason === 'tls' ? unsafe : broken;
}
