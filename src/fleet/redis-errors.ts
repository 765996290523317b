/** What can be wrong with a Redis, as a sentence for people that says what to do about it. */

import { printable } from '../core/printable.js';
import { RunError } from '../core/run-error.js';

/** What Redis, the network or the driver say, what it means, and whether it may pass by itself. */
const meanings: readonly { says: RegExp; means: string; passes?: true }[] = [
  {
    says: /^(?:NOAUTH|WRONGPASS|ERR invalid password|ERR AUTH|ERR Client sent AUTH)/,
    means:
      'it does not accept the user and password, or wants some: give them in the URL, with % written as %25, or as REDIS_USERNAME and REDIS_PASSWORD',
  },
  {
    says: /^NOPERM/,
    means:
      'its user may not do all that a fleet needs: ACL SETUSER <user> ~flagprobe* +@all -@admin -@dangerous +info',
  },
  { says: /^OOM/, means: 'it is full: raise its maxmemory or remove other data', passes: true },
  {
    says: /^READONLY/,
    means: 'it is a replica, which takes no data: give the address of its primary',
    passes: true,
  },
  {
    says: /^(?:CLUSTERDOWN|MOVED|ASK |CROSSSLOT|flagprobe: cluster)/,
    means: 'it is part of a cluster: give the address of a Redis without cluster mode',
    passes: true,
  },
  {
    says: /^flagprobe: sentinel/,
    means:
      'it is a Sentinel: give the address of the primary, which SENTINEL GET-MASTER-ADDR-BY-NAME <name> tells',
  },
  {
    says: /^WRONGTYPE/,
    means:
      'a key of this run holds other data: choose another name with --run, or another database',
  },
  {
    says: /^MISCONF/,
    means: 'it cannot save to its disk, which its log explains: make room there',
    passes: true,
  },
  { says: /^(?:LOADING|BUSY)/, means: 'it is busy: try again later', passes: true },
  {
    says: /^(?:MASTERDOWN|NOREPLICAS|TRYAGAIN|UNBLOCKED)/,
    means: 'it has lost its replicas or its primary: wait until they are back',
    passes: true,
  },
  {
    says: /^ERR max number of clients/,
    means: 'it has as many clients as it allows: raise its maxclients',
    passes: true,
  },
  {
    says: /self.signed|UNABLE_TO_|^unable to|CERT_|certificate|altname/i,
    means: 'its certificate is not trusted: name a file with that of its authority by --redis-ca',
  },
  {
    says: /wrong version number|EPROTO|packet length too long|no answer to TLS/i,
    means: 'it does not speak TLS there: give its TLS port, or redis:// instead of rediss://',
  },
  {
    says: /Protocol error|Unknown RESP|^ERR unknown command|^ERR Protocol/i,
    means: 'it does not speak the Redis protocol, or not all that a fleet needs',
  },
  {
    says: /^Connection is closed|ECONNRESET|EPIPE/,
    means: 'it closed the connection: if it wants TLS, write rediss:// instead of redis://',
    passes: true,
  },
  { says: /ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/, means: 'no connection', passes: true },
  { says: /ENOTFOUND|EAI_AGAIN/, means: 'no such host', passes: true },
  { says: /timeout|timed out|no answer/i, means: 'it does not answer', passes: true },
];

function meaningOf(error: unknown) {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return meanings.find(({ says }) => says.test(message) || says.test(code));
}

/** Whether the same may succeed a moment later. */
export function isTransient(error: unknown): boolean {
  return meaningOf(error)?.passes === true;
}

/** `cannot use Redis at redis://h:6379: it is full: … (OOM command not allowed …)` */
export function explainRedisError(error: unknown, shown: string, since = ''): RunError {
  if (error instanceof RunError) return error;
  const { message } = error as Error;
  const means = meaningOf(error)?.means;
  const said = printable(message).slice(0, 200);
  const what = means === undefined ? said : `${means} (${said})`;
  return new RunError(`cannot use Redis at ${shown}${since}: ${what}`, { cause: error });
}
