/** Fetches one image: tries, in each try the redirects, for each of these one request. */

import type { CancelSignal } from '../core/cancel-signal.js';
import type { DownloadErrorReason } from '../core/model.js';
import { withoutSecrets } from '../core/without-secrets.js';
import { countryIn, MAX_METADATA } from '../flags/metadata.js';
import type { HttpAgent } from '../http/agent.js';
import { type Decoded, decodeBody } from '../http/decode-body.js';
import type { HttpFailure, Remedy } from '../http/failure.js';
import { followRedirects } from '../http/follow-redirects.js';
import { get } from '../http/get.js';
import { Reply } from '../http/reply.js';
import { retryAfter } from '../http/retry-after.js';
import { validatorsOf } from '../http/validators.js';
import { isTruncated } from '../images/image-end.js';
import { imageExtension } from '../images/image-type.js';
import { nonImageKind } from '../images/non-image-kind.js';
import type { HostSign, SkipCause } from '../pacing/host-limiter.js';
import type { FetchTarget } from './fetch-target.js';
import type { HeadersByOrigin } from './headers-by-origin.js';
import type { Job } from './job.js';
import { httpError, type ImageFailure, type Outcome } from './outcome.js';
import type { HostSigns, RequestQueue, Skipped } from './request-queue.js';
import { wait } from './wait.js';

interface FetchOptions {
  /** Tries after the first. */
  readonly retries: number;
  /** Seconds, each: for the connection, for the head, and for any silence in the body. */
  readonly timeout: number;
  /** Seconds that a host may ask to wait. */
  readonly maxWait: number;
  /** Seconds for everything together; 0 is no limit. */
  readonly maxTime: number;
  /** Bytes. */
  readonly maxSize: number;
  /** `image` turns away what does not begin like one. */
  readonly accept: 'image' | 'any';
}

/** What all fetches have in common. */
export interface FetchContext {
  readonly options: FetchOptions;
  readonly agent: HttpAgent;
  readonly queue: RequestQueue;
  readonly headers: HeadersByOrigin;
  /** From 0 to 1; spreads the tries again. */
  readonly random: () => number;
}

/** What one try came to. */
interface Attempt {
  readonly outcome: Outcome;
  /** Whether another may follow: `counted` costs one of the tries, `free` none, as the host paces it. */
  readonly retry: 'no' | 'counted' | 'free';
}

const MAX_REDIRECTS = 10;
/** Characters of a bad target that a message shows. */
const MAX_TARGET = 200;
/** Statuses after which the same request may succeed; all of 5xx as well. */
const TRANSIENT = new Set([408, 425, 429]);

/** The wait before a try is anything up to this, doubled with each try. */
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8000;

/**
 * Fetches an image, with as many tries as allowed. Its bytes are reserved in `job.room`. What the
 * network does is a value; the promise rejects only by the job's signal.
 */
export async function fetchImage(
  context: FetchContext,
  target: FetchTarget,
  job: Job,
): Promise<Outcome> {
  const { retries, maxWait } = context.options;
  for (let failures = 0; ; ) {
    const { outcome, retry } = await tryOnce(context, target, job);
    if (retry === 'no') return outcome;
    // A host may not ask for ever: after a while its wish is a failure like others.
    const isFree = retry === 'free' && job.markThrottled() <= maxWait * 1000;
    if (!isFree) failures++;
    if (failures > retries) return outcome;
    job.room.release();
    job.last = outcome;
    // The next try begins at the URL itself. Nothing waits here for a host that has asked for it: the
    // queue holds back whichever request of the try leads to that host, until then.
    if (retry === 'counted') await backOff(failures, context, job.signal);
  }
}

async function backOff(failures: number, { random }: FetchContext, signal: CancelSignal) {
  const most = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  await wait(Math.ceil(random() * most), signal);
}

/** One try: asks the target's own URL, again if need be, and those that it redirects to. */
async function tryOnce(context: FetchContext, target: FetchTarget, job: Job): Promise<Attempt> {
  const answer = await follow(context, target, job);
  if ('skipped' in answer) return skipped(answer.skipped, context, job);
  job.attempts++;
  if ('failed' in answer) return failed(answer);
  if (!carriesImage(answer.status)) return withoutImage(answer, target, context, job);
  const { maxSize, accept } = context.options;
  const decoded = await decodeBody(answer, { maxSize, room: job.room, isPlain: isImage });
  if ('failed' in decoded) return failed(decoded);
  const { outcome, retry } = imageOf(answer, decoded, accept);
  if (outcome.status !== 'ok' || !target.metadata) return { outcome, retry };
  const country = await countryOf(target.metadata, target, context, job);
  return { outcome: { ...outcome, country }, retry: 'no' };
}

/** What came of a request, or why it was not sent. */
type Answer = Reply | HttpFailure | LostRedirect | Skipped;

interface LostRedirect extends Omit<HttpFailure, 'failed'> {
  readonly failed: 'redirect';
}

/** Asks for the image, or for `metadata`, and follows redirects. */
async function follow(
  context: FetchContext,
  target: FetchTarget,
  job: Job,
  metadata?: URL,
): Promise<Answer> {
  const { outcome, lost } = await followRedirects<Exclude<Answer, LostRedirect>>(
    metadata ?? target.url,
    {
      request: (url, redirects) => {
        const isAtHome = redirects === 0 || url.origin === target.url.origin;
        const headers = context.headers.of(target, isAtHome, metadata === undefined);
        const isUrgent = redirects > 0 || metadata !== undefined || job.wasThrottled;
        return request({ url, headers, isUrgent, metadata }, context, job);
      },
      responseOf: (answer) =>
        answer instanceof Reply
          ? { status: answer.status, location: answer.header('location') }
          : undefined,
      mayFollow: ({ protocol }) => protocol === 'http:' || protocol === 'https:',
      max: MAX_REDIRECTS,
    },
  );
  return lost ? lostRedirect(outcome as Reply, lost) : outcome;
}

interface Request {
  readonly url: URL;
  readonly headers: readonly string[];
  readonly isUrgent: boolean;
  readonly metadata: URL | undefined;
}

/** Sends one request, when its host and the permits allow it. */
async function request(
  { url, headers, isUrgent, metadata }: Request,
  { agent, options, queue }: FetchContext,
  job: Job,
): Promise<Exclude<Answer, LostRedirect>> {
  const { signal } = job;
  const timeoutMs = options.timeout * 1000;
  const maxSize = metadata ? MAX_METADATA : options.maxSize;
  const wantsBody = metadata ? isOk : carriesImage;
  const room = metadata ? undefined : job.room;
  const answer = await queue.run<Reply | HttpFailure>({
    host: url.host,
    send: (mayStart) => {
      job.begin();
      return get(url, { agent, headers, timeoutMs, maxSize, wantsBody, room, signal, mayStart });
    },
    signsOf,
    signal,
    asker: job,
    maxWaitMs: longestWaitMs(options, job),
    isUrgent,
  });
  job.isRefusedAlone = queue.refusesOnly(url.host, job);
  return answer;
}

/** What an answer without an image means. */
function withoutImage(reply: Reply, target: FetchTarget, context: FetchContext, job: Job): Attempt {
  const { status: httpStatus, phrase } = reply;
  if (httpStatus === 304 && target.validators) {
    return { outcome: { status: 'unchanged', httpStatus }, retry: 'no' };
  }
  if (httpStatus === 404 || httpStatus === 410) {
    return { outcome: { status: 'not_found', httpStatus }, retry: 'no' };
  }
  const { ms = 0 } = retryAfterOf(reply) ?? {};
  if (ms > longestWaitMs(context.options, job)) {
    return { outcome: asksForTooLong(httpStatus, ms, context.options), retry: 'no' };
  }
  const message = httpError(httpStatus, phrase);
  const outcome = { status: 'error', reason: 'http', httpStatus, message } as const;
  // After a 429 its host is asked more slowly, which is a wait as well; unless it serves all others.
  const isPaced = (ms > 0 || httpStatus === 429) && !job.isRefusedAlone;
  if (isPaced) return { outcome, retry: 'free' };
  return { outcome, retry: isTransient(httpStatus) ? 'counted' : 'no' };
}

/** What an answer holds that should carry an image. */
function imageOf(reply: Reply, { bytes, encoding }: Decoded, accept: 'image' | 'any'): Attempt {
  const { status: httpStatus } = reply;
  const extension = imageExtension(bytes);
  const error = (reason: DownloadErrorReason, message: string): ImageFailure => {
    return { status: 'error', reason, httpStatus, message };
  };
  if (!extension && encoding !== undefined) {
    return { outcome: error('malformed', `unknown content encoding ${encoding}`), retry: 'no' };
  }
  if (!extension && accept === 'image') {
    const message = `the answer is ${nonImageKind(bytes)}, not an image`;
    return { outcome: error('not-an-image', message), retry: 'no' };
  }
  if (accept === 'image' && isTruncated(bytes, extension)) {
    // Where its length was not told, the connection may have ended early.
    const retry = reply.header('content-length') === undefined ? 'counted' : 'no';
    return { outcome: error('truncated', `the ${extension} image has no end`), retry };
  }
  const validators = validatorsOf(reply.header('etag'), reply.header('last-modified'));
  const country = undefined;
  const outcome = { status: 'ok', httpStatus, bytes, extension, country, validators } as const;
  return { outcome, retry: 'no' };
}

/** The country's name. It is asked for once, and whatever goes wrong, the image is there. */
async function countryOf(
  metadata: URL,
  target: FetchTarget,
  context: FetchContext,
  job: Job,
): Promise<string | undefined> {
  try {
    const answer = await follow(context, target, job, metadata);
    if (!(answer instanceof Reply) || answer.status !== 200) return undefined;
    const decoded = await decodeBody(answer, { maxSize: MAX_METADATA });
    return 'bytes' in decoded ? countryIn(decoded.bytes, target.cc) : undefined;
  } catch (error) {
    if (job.isOutOfTime) return undefined;
    throw error;
  }
}

/** Which option gives more of it. */
const ADVICE: Readonly<Record<Remedy, string>> = {
  time: '--timeout waits longer',
  size: '--max-size takes more',
  trust: '--ca trusts more certificates',
};

function failed(failure: HttpFailure | LostRedirect): Attempt {
  const { failed: reason, detail, isTransient, status, remedy } = failure;
  const httpStatus = status === undefined ? {} : { httpStatus: status };
  const message = remedy ? `${detail}; ${ADVICE[remedy]}` : detail;
  const outcome = { status: 'error', reason, message, ...httpStatus } as const;
  return { outcome, retry: isTransient ? 'counted' : 'no' };
}

/** Its own last answer says more about an image than what its host does now. */
function skipped(cause: SkipCause, { options }: FetchContext, job: Job): Attempt {
  return { outcome: job.last ?? skipFailure(cause, options), retry: 'no' };
}

function skipFailure(cause: SkipCause, options: FetchOptions): ImageFailure {
  const { reason, status = 429, waitMs = 0 } = cause;
  if (reason === 'silent') {
    const message = 'its host gave no answer to many requests running and is asked no more';
    return { status: 'error', reason: 'host-down', message };
  }
  const wish =
    reason === 'asks-to-wait'
      ? `asks to wait for ${Math.ceil(waitMs / 1000)} s`
      : 'refuses everything';
  const message = `not asked, as its host ${wish} (HTTP ${status}), longer than ${longestWaitText(options)}`;
  return { status: 'error', reason: 'host-wait', httpStatus: status, message };
}

function asksForTooLong(httpStatus: number, ms: number, options: FetchOptions): ImageFailure {
  const wait = `the host asks to wait for ${Math.ceil(ms / 1000)} s`;
  const message = `${httpError(httpStatus)}; ${wait}, longer than ${longestWaitText(options)}`;
  return { status: 'error', reason: 'http', httpStatus, message };
}

function longestWaitText({ maxWait, maxTime }: FetchOptions): string {
  return maxTime > 0
    ? `--max-wait (${maxWait} s) or --max-time (${maxTime} s) allow`
    : `--max-wait (${maxWait} s) allows`;
}

/** Milliseconds that a job may be asked to wait. */
function longestWaitMs({ maxWait }: FetchOptions, job: Job): number {
  return Math.max(0, Math.min(maxWait * 1000, job.timeLeftMs));
}

/** What an answer tells of its host. */
function signsOf(answer: Reply | HttpFailure): HostSigns {
  return { sign: signOf(answer), retryAfter: retryAfterOf(answer) };
}

/**
 * A complete answer speaks for its URL alone, whatever its status. So does a connection that was closed
 * instead of an answer: only silence, and a connection that cannot be made, speak for the host.
 */
function signOf(answer: Reply | HttpFailure): HostSign {
  if (answer instanceof Reply) return answer.status === 429 ? 'refused' : 'answered';
  const { failed, isTransient, status, wasSent } = answer;
  const isUnreachable = (failed === 'network' || failed === 'dns') && !wasSent;
  const isSilent = failed === 'timeout' && status === undefined;
  return isTransient && (isUnreachable || isSilent) ? 'silent' : 'unclear';
}

/** For how long the host asks to be left alone. */
function retryAfterOf(answer: Reply | HttpFailure): HostSigns['retryAfter'] {
  if (!(answer instanceof Reply) || !isTransient(answer.status)) return undefined;
  const ms = retryAfter(answer.header('retry-after'), answer.header('date'), Date.now());
  return ms === undefined || ms === 0 ? undefined : { ms, status: answer.status };
}

function isTransient(status: number): boolean {
  return status >= 500 || TRANSIENT.has(status);
}

/** Only these carry what was asked for (RFC 9110, 15.3). */
function carriesImage(status: number): boolean {
  return status === 200 || status === 203;
}

function isOk(status: number): boolean {
  return status === 200;
}

function isImage(bytes: Uint8Array): boolean {
  return imageExtension(bytes) !== undefined;
}

function lostRedirect(reply: Reply, lost: 'bad-target' | 'too-many'): LostRedirect {
  const target = withoutSecrets(reply.header('location') ?? '').slice(0, MAX_TARGET);
  const where = target === '' ? 'nowhere' : `\`${target}\`, which is no http or https address`;
  const detail =
    lost === 'too-many' ? `more than ${MAX_REDIRECTS} redirects` : `a redirect to ${where}`;
  return { failed: 'redirect', detail, isTransient: false, status: reply.status };
}
